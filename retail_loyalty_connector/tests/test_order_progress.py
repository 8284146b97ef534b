"""Orders that are paid, handed over or cancelled, told in any order (R10)."""

from typing import Any

from odoo.models import BaseModel
from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests import factories as base

from .common_sales import SalesCase, line

ORDER = "7001"


@tagged("post_install", "-at_install")
class TestOrderProgress(SalesCase):
    def place(self, *lines: dict, **values: Any) -> BaseModel:
        """Let the member order in the webshop; return the order as recorded."""
        customer = {"loyalty_id": self.member.number}
        lines = list(lines) or [line("10.00"), line("6.00", sku="POSTER")]
        document = base.make_order(lines, ORDER, customer=customer, **values)
        return self.record(base.make_event(document, topic="retail.order.placed.v1"))

    def tell(self, hour: int = 9, **values: Any) -> BaseModel:
        """Let a system say how far the order is; return its message."""
        at = f"2026-11-21T{hour:02}:00:00Z"
        order = {"channel": "web", "store": "12", "external_id": ORDER, "at": at}
        event = base.make_event(
            {"order": {**order, **values}}, topic="retail.order.progressed.v1"
        )
        found = self.receive(event)
        self.work()
        return found

    def shipped(self, name: str, qty: int, hour: int = 9) -> BaseModel:
        """Let the warehouse hand pieces of a line over."""
        return self.tell(hour, lines=[{"id": name, "fulfilled": str(qty)}])

    def test_points_come_with_payment_and_the_last_parcel(self):
        accrual = self.accrual_of(self.place())
        self.tell(is_paid=True)
        self.shipped("li_1", 1, 10)
        self.assertEqual((accrual.state, self.points), ("waiting", 0))
        self.shipped("li_2", 1, 12)
        self.assertEqual((accrual.state, self.points), ("done", 16))
        self.assertEqual(str(accrual.fulfilled_at), "2026-11-21 12:00:00")
        self.assert_rules()

    def test_what_was_told_before_the_order_counts_once_it_comes(self):
        message = self.tell(is_paid=True, is_fulfilled=True)
        self.assertEqual(message.state, "done")
        self.assertEqual(self.tell(is_paid=True, is_fulfilled=True).state, "ignored")
        accrual = self.accrual_of(self.place())
        self.assertEqual((accrual.state, self.points), ("done", 16))

    def test_unknown_customer_who_is_matched_later_gets_what_was_delivered(self):
        self.member.state = "suspended"
        accrual = self.accrual_of(self.place())
        self.tell(is_paid=True, is_fulfilled=True)
        self.assertEqual(accrual.state, "failed")
        self.member.state = "active"
        accrual._try_again()
        self.assertEqual(self.points, 16)

    def test_cancelled_pieces_earn_nothing_and_the_rest_goes_on(self):
        sale = self.place(line("10.00", qty="3"))
        self.tell(is_paid=True, lines=[{"id": "li_1", "cancelled": "1"}])
        for _ in range(2):
            message = self.tell(10, lines=[{"id": "li_1", "fulfilled": "2"}])
        self.assertEqual(message.state, "ignored")
        accrual = self.accrual_of(sale)
        self.assertEqual((accrual.points, accrual.points_cancelled), (30, 10))
        self.assertEqual((accrual.state, self.points), ("done", 20))
        self.assert_rules()

    def test_points_paid_for_a_cancelled_order_come_back(self):
        self.give(500)
        tenders = [
            {"id": "p1", "kind": "sale", "type": "points", "amount": "3.00"},
            {"id": "p2", "kind": "sale", "type": "card", "amount": "13.00"},
        ]
        payments = [{**one, "status": "success"} for one in tenders]
        sale = self.place(payments=payments)
        self.assertEqual(self.points, 200)
        for hour in (9, 11):
            self.tell(hour, is_cancelled=True)
        accrual = self.accrual_of(sale)
        self.assertEqual((accrual.state, accrual.points_restored), ("done", 300))
        self.assertEqual(self.points, 500)
        self.tell(12, is_paid=True, is_fulfilled=True)
        self.assertEqual(self.points, 500)
        self.assert_rules()

    def test_points_wait_from_delivery_until_the_goods_cannot_come_back(self):
        self.program.write({"posted_on": "window_over", "window_days": 14})
        accrual = self.accrual_of(self.place())
        now = self.ledger._now()
        self.tell(is_paid=True)
        self.assertEqual(accrual.state, "waiting")
        accrual._mark_progress(accrual.transaction_id, fulfilled_at=now)
        self.assertEqual((accrual.state, self.balance().pending), ("done", 16))
        with self.later(days=14, seconds=1):
            self.ledger._mature_pending()
        self.assertEqual(self.points, 16)

    def test_store_that_nobody_knows_waits_for_a_person(self):
        message = self.tell(store="99")
        self.assertEqual((message.state, message.error_code), ("dead", "RET-1202"))
