"""``retail.cockpit``: who sees how much, and that the verdict follows the numbers."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from ..tools.clock import to_naive, utc_now
from . import factories as make
from .common import RetailCase

USER = "retail_integration_base.group_user"


@tagged("post_install", "-at_install")
class TestCockpit(RetailCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.reader = new_test_user(cls.env, "reader", USER, tz="Europe/Brussels")

    def sell(self, *registers: str, sku: str = "MUG") -> None:
        # Of the reader, for whom the day begins earlier.
        cockpit = self.env["retail.cockpit"].with_user(self.reader)
        today = fields.Date.context_today(cockpit).isoformat()
        self.receive(
            *(
                make.make_event(
                    make.make_receipt(
                        [make.line(sku)],
                        register=register,
                        business_date=today,
                    )
                )
                for register in registers
            )
        )
        self.work()
        self.env.flush_all()

    def read_cockpit(self, **filters: object) -> dict:
        cockpit = self.env["retail.cockpit"].with_user(self.reader)
        return cockpit.action_read({"period": "week", **filters})

    def tile(self, key: str, **filters: object) -> dict:
        [found] = [t for t in self.read_cockpit(**filters)["tiles"] if t["key"] == key]
        return found

    def test_day_without_trouble_is_good(self):
        self.sell("1", "2")
        self.assertTrue(self.read_cockpit()["verdict"]["is_good"])
        self.assertEqual(self.tile("sales")["value"], 2)
        [amount] = self.tile("sales_amount")["amounts"]
        self.assertAlmostEqual(amount["value"], 24.20)

    def test_sale_that_is_not_booked_spoils_the_verdict(self):
        self.sell("1", sku="NEW")
        self.assertEqual(self.read_cockpit()["verdict"]["business"], ["sales_failed"])
        tile = self.tile("sales_failed")
        self.assertTrue(tile["is_alarming"])
        self.assertEqual(tile["parts"], [{"label": "Needs a decision", "value": 1}])

    def test_each_filter_narrows_what_it_can_and_says_what_it_cannot(self):
        other_store = make.make_store(self.env, "31")
        other = make.make_backend(self.env, "other")
        self.sell("1")
        self.assertEqual(self.tile("sales", store_id=self.store.id)["value"], 1)
        self.assertEqual(self.tile("sales", store_id=other_store.id)["value"], 0)
        self.assertEqual(self.tile("sales", backend_id=other.id)["value"], 0)
        waiting = self.tile("waiting_in", store_id=self.store.id)
        self.assertEqual(waiting["ignores"], ["store"])
        systems = self.read_cockpit(backend_id=other.id)["systems"]
        self.assertEqual([line["id"] for line in systems], [other.id])

    def test_period_leaves_out_what_was_before(self):
        old = (utc_now() - timedelta(days=3)).date().isoformat()
        receipt = make.make_receipt(business_date=old)
        self.receive(make.make_event(receipt))
        self.work()
        self.env.flush_all()
        self.assertEqual(self.tile("sales", period="today")["value"], 0)
        self.assertEqual(self.tile("sales", period="week")["value"], 1)

    def test_number_opens_its_records_in_the_period(self):
        self.sell("1", "2")
        cockpit = self.env["retail.cockpit"].with_user(self.reader)
        action = cockpit.action_open("sales", {"period": "today"})
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(len(found), 2)
        with self.assertRaises(ValidationError):
            cockpit.action_open("nothing", {})

    def test_charts_add_up_to_the_tiles(self):
        self.sell("1", "2")
        self.sell("3", sku="NEW")
        data = self.read_cockpit()
        sums = {
            (name, series["key"]): sum(series["values"])
            for name, chart in data["charts"].items()
            for series in chart["series"]
        }
        self.assertEqual(sums["sales", "sale"], 2)
        self.assertEqual(sums["stores", "sale"], 2)
        self.assertEqual(sums["work", "worked"], 2)
        self.assertEqual(sums["work", "stuck"], 1)
        self.assertEqual(sums["exceptions", "in_time"], 1)
        for chart in data["charts"].values():
            for series in chart["series"]:
                self.assertEqual(len(series["values"]), len(chart["labels"]))

    def test_hours_of_a_day_are_the_readers(self):
        self.sell("1")
        chart = self.read_cockpit(period="today")["charts"]["work"]
        self.assertEqual(chart["labels"][0], "00:00")
        [worked] = [s for s in chart["series"] if s["key"] == "worked"]
        self.assertEqual(worked["values"][-1], 1)

    def test_day_begins_at_the_readers_midnight(self):
        with freeze_time("2026-11-21 23:31:00"):  # half past midnight in Brussels
            charts = self.read_cockpit(period="today")["charts"]
        self.assertEqual(charts["work"]["labels"], ["00:00"])
        self.assertIn("22", charts["sales"]["labels"][-1])

    def test_nobody_sees_another_companys_numbers(self):
        self.sell("1", sku="NEW")
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "stranger",
            USER,
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        cockpit = self.env["retail.cockpit"].with_user(stranger)
        mine = self.env.company.id
        for filters in ({}, {"company_id": mine}, {"backend_id": self.backend.id}):
            data = cockpit.action_read({"period": "week", **filters})
            self.assertFalse(data["systems"])
            self.assertTrue(data["verdict"]["is_good"])
            self.assertFalse(data["choices"]["stores"])
            values = {tile["key"]: tile["value"] for tile in data["tiles"]}
            for key in ("sales", "sales_failed", "exceptions_open", "messages"):
                self.assertEqual(values[key], 0, key)

    def test_cockpit_is_closed_to_those_outside(self):
        outsider = new_test_user(self.env, "outsider", "base.group_user")
        cockpit = self.env["retail.cockpit"].with_user(outsider)
        for call in (
            lambda: cockpit.action_read({}),
            lambda: cockpit.action_open("sales", {}),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_tile_opens_only_what_its_reader_may_read(self):
        self.assertFalse(self.tile("secrets_expiring")["can_open"])
        self.assertTrue(self.tile("exceptions_open")["can_open"])

    def test_system_in_trouble_comes_first(self):
        make.make_backend(self.env, "aaa")
        self.sell("1", sku="NEW")
        lines = self.read_cockpit()["systems"]
        self.assertEqual([line["name"] for line in lines[:2]], ["Till", "Aaa"])
        self.assertEqual(lines[0]["failed"], 1)

    def test_silent_store_is_told(self):
        self.sell("1")
        self.env.cr.execute(
            "UPDATE retail_transaction SET received_at = %s",
            [to_naive(utc_now()) - timedelta(days=2)],
        )
        self.assertEqual(self.tile("stores_late")["value"], 1)
