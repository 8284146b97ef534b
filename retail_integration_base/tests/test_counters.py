"""``retail.counter``: what is counted, that it is exact, that summing up keeps it."""

from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import counter, gateway_arrival, refusal
from ..models.counter import CounterKey, slot
from ..tools.clock import to_naive, utc_now
from . import factories as make
from .common import RetailCase


@tagged("post_install", "-at_install")
class TestCounters(RetailCase):
    def sums(self, name: str, *levels: str) -> dict[tuple, tuple[int, float]]:
        """Return (part, detail) -> (count, total), of all levels but ``total``."""
        levels = levels or ("fresh", "slot", "hour")
        rows = self.env["retail.counter"].search(
            [("name", "=", name), ("level", "in", levels)]
        )
        found: dict[tuple, tuple[int, float]] = {}
        for row in rows:
            count, total = found.get((row.part, row.detail), (0, 0.0))
            # Binary fractions add up differently in another order.
            total = round(total + row.total, 6)
            found[row.part, row.detail] = (count + row.count, total)
        return found

    def test_lane_counts_what_became_of_its_messages(self):
        self.receive(
            make.make_event(make.make_receipt(register="1")),
            make.make_event(make.make_receipt(register="2")),
            make.make_event(make.make_receipt([make.line("NEW")], register="3")),
        )
        self.work()
        counts = {key: count for key, (count, _s) in self.sums("message").items()}
        self.assertEqual(counts, {("in", "done"): 2, ("in", "dead"): 1})
        self.assertEqual(self.sums("failure")["RET-1202", "in"][0], 1)
        self.assertEqual(self.sums("lag")["in", "on_time"][0], 2)

    def test_effect_after_the_objective_is_late(self):
        event = self.receive(make.make_event())
        event.topic_id.objective_s = 60
        long_ago = to_naive(utc_now()) - timedelta(minutes=5)
        self.env.cr.execute(
            "UPDATE retail_inbox_event SET received_at = %s WHERE id = %s",
            [long_ago, event.id],
        )
        self.work()
        count, seconds = self.sums("lag")["in", "late"]
        self.assertEqual(count, 1)
        self.assertAlmostEqual(seconds, 300, delta=30)

    def test_rolled_back_effects_are_not_counted(self):
        self.receive(make.make_event())
        self.env.flush_all()
        with self.env.cr.savepoint() as savepoint:
            self.work()
            self.assertTrue(self.sums("sale"))
            savepoint.rollback()
        self.env.invalidate_all()
        self.assertFalse(self.sums("sale"))
        self.assertFalse(self.sums("message"))

    def test_sales_are_summed_to_the_cent_by_business_day(self):
        lines = [make.line(price="19.99", qty="3")]
        for register, kind in (("1", "sale"), ("2", "sale"), ("3", "return")):
            back = [make.line(price="19.99", qty="-1")] if kind == "return" else lines
            self.receive(
                make.make_event(make.make_receipt(back, register=register, type=kind))
            )
        self.work()
        rows = self.env["retail.counter"].search([("name", "=", "sale")])
        sales = self.env["retail.transaction"].search([])
        for kind in ("sale", "return"):
            of_kind = sales.filtered(lambda sale, kind=kind: sale.kind == kind)
            counted = rows.filtered(lambda row, kind=kind: row.part == kind)
            self.assertEqual(sum(counted.mapped("count")), len(of_kind))
            self.assertAlmostEqual(
                sum(counted.mapped("total")), sum(of_kind.mapped("amount_total")), 6
            )
        days = {row.period_at.date() for row in rows}
        self.assertEqual(days, set(sales.mapped("business_date")))
        self.assertEqual(rows.store_id, self.store)

    def test_folding_keeps_every_count(self):
        for register in "123":
            self.receive(make.make_event(make.make_receipt(register=register)))
            self.work()
        before = {name: self.sums(name) for name in ("sale", "message", "lag")}
        counters = self.env["retail.counter"]
        counters._fold()
        self.assertFalse(counters.search([("level", "=", "fresh")]))
        for name, sums in before.items():
            self.assertEqual(self.sums(name), sums)
            self.assertEqual(self.sums(name, "total"), sums)
        self.assertEqual(len(counters.search([("name", "=", "sale")])), 2)
        counters._fold_slots(to_naive(utc_now()) + timedelta(hours=1))
        self.assertFalse(counters.search([("level", "=", "slot")]))
        for name, sums in before.items():
            self.assertEqual(self.sums(name), sums)

    def test_folding_again_adds_to_what_is_there(self):
        counters = self.env["retail.counter"]
        key = CounterKey("http", part="/x", detail="200")
        for _round in range(3):
            counters._add({key: (2, 0.5)})
            counters._fold()
        self.assertEqual(self.sums("http"), {("/x", "200"): (6, 1.5)})
        self.assertEqual(self.sums("http", "total"), {("/x", "200"): (6, 1.5)})

    def test_what_was_counted_since_ever_outlives_its_periods(self):
        counters = self.env["retail.counter"]
        old = slot(to_naive(utc_now()) - timedelta(days=100))
        counters._add({CounterKey("http", part="/x", period_at=old): (7, 0.0)})
        counters._fold()
        counters._gc_counters()
        self.assertFalse(self.sums("http"))
        self.assertEqual(self.sums("http", "total"), {("/x", False): (7, 0.0)})

    def test_counts_in_memory_reach_the_table(self):
        database = self.env.cr.dbname
        counter.flush(database)
        before = self.sums("http")
        key = CounterKey("http", part="/memory", detail="202")
        for _request in range(3):
            self.env["retail.counter"]._add_soon(key, 1, 0.25)
        counter.flush(database)
        self.env.invalidate_all()
        self.assertNotIn(("/memory", "202"), before)
        self.assertEqual(self.sums("http")["/memory", "202"], (3, 0.75))

    def test_counts_that_cannot_be_written_are_kept(self):
        database = self.env.cr.dbname
        counter.flush(database)
        key = CounterKey("http", part="/kept", detail="202")
        self.env["retail.counter"]._add_soon(key)
        gone = counter.psycopg2.OperationalError("server closed the connection")
        with (
            mute_logger(counter.__name__),
            patch.object(counter, "_insert", side_effect=gone),
        ):
            counter.flush(database)
        counter.flush(database)
        self.env.invalidate_all()
        self.assertEqual(self.sums("http")["/kept", "202"], (1, 0.0))

    def test_refusals_of_two_workers_at_once_are_all_counted(self):
        refusals = self.env["retail.refusal"]
        refusal._buffer.take(self.env.cr.dbname)
        overtaken = psycopg2.errors.SerializationFailure("could not serialize access")
        with patch.object(refusal, "execute_values", side_effect=overtaken):
            refusals._count(self.backend.id, "missing")
            refusals._flush_buffer()
        refusals._count(self.backend.id, "missing")
        refusals._flush_buffer()
        self.env.invalidate_all()
        row = refusals.search([("backend_ref", "=", self.backend.id)])
        self.assertEqual(row.count, 2)

    def test_gateway_counts_verdicts_after_the_commit(self):
        database = self.env.cr.dbname
        counter.flush(database)
        event = make.make_event(event_id="twice")
        self.receive(event)
        self.receive(event)
        self.assertFalse(self.sums("received"))
        # In this thread: a test's transaction is nobody else's.
        with patch.object(gateway_arrival._arrivals, "add") as hand_over:
            self.env.cr.postcommit.run()
        for database, *arrivals in (call.args for call in hand_over.call_args_list):
            gateway_arrival.announce(database, arrivals)
        counter.flush(database)
        self.env.invalidate_all()
        counts = {key[0]: count for key, (count, _s) in self.sums("received").items()}
        self.assertEqual(counts, {"accepted": 1, "duplicate": 1})
