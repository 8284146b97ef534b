"""Backends: addresses that stay, lanes that fit, states that make sense."""

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from . import factories as make
from .common import RetailCase


@tagged("post_install", "-at_install")
class TestBackends(RetailCase):
    def lanes(self, backend, direction: str = "in") -> list[int]:
        return (
            self.env["retail.lane"]
            .search(
                [("backend_id", "=", backend.id), ("direction", "=", direction)],
                order="number",
            )
            .mapped("number")
        )

    def test_code_is_part_of_addresses_and_stays(self):
        self.assertTrue(
            self.backend.events_address.endswith("/retail/v1/backends/till/events")
        )
        with self.assertRaises(UserError):
            self.backend.code = "other"
        self.backend.write({"code": "till", "name": "Tills"})
        self.assertEqual(self.backend.name, "Tills")

    def test_code_is_fit_for_an_address(self):
        for code in ("Till", "a", "-a", "a b", "a/b", "a" * 64, "é1"):
            with (
                self.subTest(code),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
            ):
                make.make_backend(self.env, code)

    def test_code_is_unique_over_all_companies(self):
        company = self.env["res.company"].create({"name": "Other"})
        service = make.make_user(
            self.env,
            "service",
            "group_service",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            make.make_backend(
                self.env, "till", company_id=company.id, user_id=service.id
            )

    def test_new_backend_has_its_lanes_and_each_subscription_its_own(self):
        backend = make.make_backend(self.env, "wide", lane_count=3)
        self.assertEqual(self.lanes(backend, "in"), [0, 1, 2])
        self.assertEqual(self.lanes(backend, "out"), [])
        make.make_subscription(backend, "https://a.example/1")
        make.make_subscription(backend, "https://a.example/2")
        self.assertEqual(self.lanes(backend, "out"), [0, 0, 1, 1, 2, 2])
        backend.lane_count = 4
        self.assertEqual(self.lanes(backend, "in"), [0, 1, 2, 3])
        self.assertEqual(self.lanes(backend, "out"), [0, 0, 1, 1, 2, 2, 3, 3])

    def test_number_of_lanes_changes_only_while_nothing_waits(self):
        event = self.receive(make.make_event())
        for count in (2, 8):
            with self.assertRaises(UserError):
                self.backend.lane_count = count
        self.work()
        self.assertEqual(event.state, "done")
        self.backend.lane_count = 8
        self.assertEqual(self.lanes(self.backend), list(range(8)))

    def test_fewer_lanes_take_all_messages(self):
        self.backend.lane_count = 1
        events = self.receive(
            *(
                make.make_event(make.make_receipt(register=str(register)))
                for register in range(6)
            )
        )
        self.assertEqual(events.lane_id.mapped("number"), [0])
        self.work()
        self.assertEqual(set(events.mapped("state")), {"done"})

    def test_limits_must_make_sense(self):
        for values in (
            {"lane_count": 0},
            {"lane_count": 65},
            {"payload_bytes_max": 0},
            {"payload_bytes_max": 16 * 1024 * 1024 + 1},  # the gateway's own limit
            {"timeout_read_s": 0},
            {"retry_base_s": 60, "retry_cap_s": 30},
        ):
            with (
                self.subTest(**values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
            ):
                self.backend.write(values)
                self.env.flush_all()

    def test_every_connector_can_be_chosen(self):
        chosen = dict(self.env["retail.backend"]._selection_connector())
        self.assertEqual(chosen["retail.connector.generic"], "Canonical events")
        self.assertEqual(chosen["retail.connector.shopify"], "Shopify")
        self.assertNotIn("retail.connector", chosen)

    def test_counters_show_what_is_open(self):
        self.receive(
            make.make_event(make.make_receipt([make.line("NEW")])),
            make.make_event(make.make_receipt(register="4")),
        )
        self.assertEqual(self.backend.inbox_open_count, 2)
        self.work()
        self.assertEqual(self.backend.inbox_open_count, 1)
        self.assertEqual(self.backend.exception_open_count, 1)

    def test_backend_with_messages_is_archived_and_not_deleted(self):
        self.receive(make.make_event())
        with self.assertRaises(UserError):
            self.backend.unlink()
        self.backend.active = False
