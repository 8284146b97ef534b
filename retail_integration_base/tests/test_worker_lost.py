"""A worker that dies leaves nothing behind but what was written before the try."""

from contextlib import contextmanager
from unittest.mock import patch

import psycopg2

from odoo.tests import tagged

from ..models import inbox_event_alone
from ..models.event_mixin_crash import CRASHES_MAX, RetailEventMixin
from . import factories as make
from .common import RetailCase
from .fakes import Partner


@tagged("post_install", "-at_install")
class TestWorkerLost(RetailCase):
    def setUp(self):
        super().setUp()
        self.backend.lane_count = 1
        self.lane = self.env["retail.lane"].search(
            [("backend_id", "=", self.backend.id), ("direction", "=", "in")], limit=1
        )

    def sales(self, count: int, **values):
        return self.receive(
            *(
                make.make_event(make.make_receipt(register=str(n), sequence=n))
                for n in range(1, count + 1)
            )
        )

    def lose_batch(self, events) -> None:
        """Begin a batch and never come back, as a killed worker does."""
        self.env["retail.lane.start"]._begin(self.lane.id, events.ids[-1])
        self.env.cr.postcommit.clear()
        self.env.cr.postrollback.clear()

    def lose_alone(self, event) -> bool:
        """Begin one message alone and never come back; tell whether it was begun."""
        self.env.cr.execute(
            "UPDATE retail_inbox_event SET next_attempt_at = '2020-01-01'"
            " WHERE id = %s AND state = 'retry'",
            [event.id],
        )
        event.invalidate_recordset()
        begun = event._begin_alone()
        event.invalidate_recordset()
        return begun

    def test_batch_of_a_lost_worker_is_worked_one_by_one(self):
        events = self.sales(5)
        self.lose_batch(events)
        count, more, _retry_at = events.sudo()._work_lane(self.lane)
        self.assertEqual((count, more), (5, True))
        events.invalidate_recordset()
        self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertEqual(set(events.mapped("crash_count")), {0})
        self.assertEqual(len(events.transaction_ids), 5)
        self.assertFalse(self.env["retail.lane.start"]._unfinished_until(self.lane.id))

    def test_message_that_kills_its_worker_waits_while_others_go_on(self):
        events = self.sales(4)
        guilty, *_others = events
        self.lose_batch(events)
        self.assertTrue(self.lose_alone(guilty))
        self.assertEqual((guilty.state, guilty.error_code), ("retry", "RET-2301"))
        self.work()
        self.assertEqual(set((events - guilty).mapped("state")), {"done"})
        self.assertEqual((guilty.state, guilty.crash_count), ("retry", 1))

    def test_message_that_kills_every_worker_needs_a_decision(self):
        guilty, behind = self.receive(make.make_event(), make.make_event())
        self.lose_batch(guilty | behind)
        for _n in range(CRASHES_MAX):
            self.assertTrue(self.lose_alone(guilty))
        self.assertFalse(self.lose_alone(guilty))
        self.assertEqual(guilty.state, "dead")
        self.assertEqual(guilty.exception_ids.code, "RET-2301")
        self.assertEqual(guilty.exception_ids.category, "technical")
        self.assertEqual(len(guilty.attempt_ids), CRASHES_MAX)
        self.work()
        self.assertEqual(behind.state, "held")

    def test_replay_of_a_killer_is_tried_once_more_and_alone(self):
        guilty, behind = self.receive(make.make_event(), make.make_event())
        self.lose_batch(guilty | behind)
        while self.lose_alone(guilty):
            pass
        self.work()
        guilty.action_replay()
        self.assertTrue(self.lose_alone(guilty))
        self.assertFalse(self.lose_alone(guilty))
        self.assertEqual(guilty.state, "dead")
        guilty.action_replay()
        self.work()
        self.assertEqual((guilty | behind).mapped("state"), ["done", "done"])
        self.assertEqual(guilty.exception_ids.mapped("state"), ["resolved"])

    def test_innocent_message_of_a_lost_batch_keeps_no_mark(self):
        refused, fine = self.receive(
            make.make_event(make.make_receipt([make.line("NEW")], register="1")),
            make.make_event(make.make_receipt(register="2")),
        )
        self.lose_batch(refused | fine)
        self.work()
        self.assertEqual((refused | fine).mapped("state"), ["dead", "done"])
        self.assertEqual((refused | fine).mapped("crash_count"), [0, 0])
        self.assertEqual(refused.exception_ids.code, "RET-1202")

    # --- the database goes away, the process lives ------------------------------------

    def lose_connection(self, event, times: int):
        """Try ``event`` alone while the database is away, for so many connections."""
        self.assertTrue(self.lose_alone(event))
        self.assertEqual(event.crash_count, 1)
        real = RetailEventMixin._own_transaction
        left = [times]

        @contextmanager
        def away(messages):
            if left[0]:
                left[0] -= 1
                raise psycopg2.OperationalError("server closed the connection")
            with real(messages) as found:
                yield found

        with (
            patch.object(RetailEventMixin, "_own_transaction", away),
            patch.object(inbox_event_alone, "TAKE_BACK_AFTER_S", (0.0,) * 4),
        ):
            # Not assertRaises: Odoo's takes back what was written in the block.
            try:
                event._try_alone(event.id)
            except psycopg2.OperationalError:
                event.invalidate_recordset()
            else:
                self.fail("the job has to learn that its connection is lost")

    def test_lost_connection_is_not_held_against_the_message(self):
        event = self.sales(1)
        self.lose_connection(event, times=1)
        self.assertEqual(event.crash_count, 0)

    def test_database_that_is_away_for_a_while_is_asked_again(self):
        event = self.sales(1)
        self.lose_connection(event, times=4)
        self.assertEqual(event.crash_count, 0)

    def test_workers_lost_with_the_database_are_not_held_against_the_message(self):
        event = self.sales(1)
        for _n in range(CRASHES_MAX + 2):
            self.assertTrue(self.lose_alone(event))
            # As if PostgreSQL had been restarted since then.
            self.env.cr.execute(
                "UPDATE retail_inbox_event SET tried_alone_at"
                " = (pg_postmaster_start_time() AT TIME ZONE 'UTC') - interval '1 s'"
                " WHERE id = %s",
                [event.id],
            )
        self.assertEqual((event.state, event.crash_count), ("retry", 1))
        self.assertFalse(event.attempt_ids)


@tagged("post_install", "-at_install")
class TestWorkerLostSending(RetailCase):
    def setUp(self) -> None:
        super().setUp()
        partner = self.partner = Partner()
        self.addCleanup(partner.stop)
        self.subscriber = make.make_backend(
            self.env, "loyalty", event_url=partner.url, phase_events=True
        )
        self.subscriber.subscription_ids.topic_ids = self.env.ref(
            "retail_integration_base.topic_transaction_recorded_v1"
        )
        self.receive(
            make.make_event(make.make_receipt(register="1")),
            make.make_event(make.make_receipt(register="2")),
        )
        self.work()
        self.outbox = self.env["retail.outbox.event"].sudo()
        self.messages = self.outbox.search(
            [("backend_id", "=", self.subscriber.id)], order="lane_id, id"
        )

    def test_message_that_kills_every_sender_needs_a_decision(self):
        guilty, other = self.messages
        for _n in range(CRASHES_MAX + 1):
            self.outbox._claim(guilty.lane_id.id)  # and then the worker is lost
        guilty.invalidate_recordset()
        self.assertEqual(guilty.state, "dead")
        self.assertEqual(guilty.exception_ids.code, "RET-2301")
        self.work(self.subscriber, "out")
        self.assertEqual(other.state, "sent")
        self.assertEqual(len(self.partner.received), 1)

    def test_senders_lost_with_the_database_are_not_held_against_the_message(self):
        event = self.messages[0]
        for _n in range(CRASHES_MAX + 2):
            self.outbox._claim(event.lane_id.id)
            # As if PostgreSQL had been restarted since then.
            self.env.cr.execute(
                "UPDATE retail_lane_start SET claimed_at"
                " = (pg_postmaster_start_time() AT TIME ZONE 'UTC') - interval '1 s'"
                " WHERE lane_id = %s",
                [event.lane_id.id],
            )
        event.invalidate_recordset()
        self.assertEqual((event.state, event.crash_count), ("sending", 0))
        self.assertTrue(event.outcome_unknown)
        self.work(self.subscriber, "out")
        self.assertEqual(self.messages.mapped("state"), ["sent", "sent"])
