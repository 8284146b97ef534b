"""Goods that come back, alone or in exchange: points follow them, to the point."""

from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests import factories as base

from .common_sales import SalesCase, line


@tagged("post_install", "-at_install")
class TestGoodsReturned(SalesCase):
    def back(self, price: str = "10.00", qty: str = "-1", of: int = 1, **values):
        """Return a line that takes back the line ``of``."""
        return {**line(price, qty, **values), "of": of}

    def pay(self, sold: dict, points: str, **values):
        """Sell a line, with a part paid with points."""
        rest = float(sold["total"]) - float(points)
        tenders = [
            {"type": "points", "amount": points},
            {"type": "card", "amount": f"{rest:.2f}"},
        ]
        return self.sell(sold, tenders=tenders, **values)

    def test_p6_full_return_takes_back_what_the_sale_earned(self):
        sale = self.sell(line("80.00"))
        returned = self.take_goods_back(sale, self.back("80.00"))
        self.assertEqual(self.points, 0)
        accrual = self.accrual_of(returned)
        self.assertEqual((accrual.state, accrual.points), ("done", -80))
        self.assertEqual(accrual.original_id, self.accrual_of(sale))
        self.assert_rules()

    def test_partial_returns_sum_up_to_the_sale(self):
        """C2, not: points not taken back when a till refunds."""
        self.rule.points = 10
        self.rule.step = 3
        sale = self.sell(line("1.00", "3"))
        self.assertEqual(self.points, 10)
        seen = []
        for _ in range(3):
            self.take_goods_back(sale, self.back("1.00"))
            seen.append(self.points)
        self.assertEqual(seen, [7, 4, 0])
        more = self.take_goods_back(sale, self.back("1.00"))
        self.assertEqual(self.accrual_of(more).reason, "return_exceeds")
        self.assertEqual(self.points, 0)
        self.assert_rules()

    def test_goods_belong_to_the_buyer_whoever_brings_them(self):
        sale = self.sell(line("10.00"))
        self.take_goods_back(sale, self.back(), customer={"email": "x@example.com"})
        self.assertEqual(self.points, 0)

    def test_returned_points_payment_comes_back(self):
        """C16, not: refund to an emptied card goes wrong."""
        self.give(500)
        sale = self.pay(line("10.00"), "4.00")
        self.assertEqual(self.points, 106)
        tenders = [
            {"type": "points", "amount": "-4.00"},
            {"type": "card", "amount": "-6.00"},
        ]
        returned = self.take_goods_back(sale, self.back(), tenders=tenders)
        self.assertEqual(self.points, 500)
        self.assertEqual(self.accrual_of(returned).points_restored, 400)
        self.assert_rules()

    def test_money_refund_of_what_points_paid_is_seen(self):
        self.give(500)
        sale = self.pay(line("10.00"), "4.00")
        returned = self.take_goods_back(sale, self.back())  # 10.00 back on the card
        accrual = self.accrual_of(returned)
        self.assertEqual((accrual.state, accrual.reason), ("failed", "return_exceeds"))
        self.assertEqual(self.points, 106)

    def test_partial_refund_in_money_leaves_the_points_for_later(self):
        self.give(500)
        sale = self.pay(line("5.00", "2"), "4.00")
        self.take_goods_back(sale, self.back("5.00"))
        self.assertEqual(self.points, 103)
        tenders = [
            {"type": "points", "amount": "-4.00"},
            {"type": "card", "amount": "-1.00"},
        ]
        self.take_goods_back(sale, self.back("5.00"), tenders=tenders)
        self.assertEqual(self.points, 500)
        self.assert_rules()

    def test_points_that_are_spent_are_owed_or_written_off(self):
        """C1, not: buy, earn, refund, keep the points."""
        for policy, points, lost in (("debt", -70, 0), ("write_off", 0, 70)):
            with self.subTest(policy):
                self.program.spent_policy = policy
                sale = self.sell(line("100.00"))
                self.take(70)
                returned = self.take_goods_back(sale, self.back("100.00"))
                self.assertEqual(self.points, points)
                accrual = self.accrual_of(returned)
                self.assertEqual(accrual.points_written_off, lost)
                self.assertEqual(accrual.points, lost - 100)
                self.give(70) if policy == "debt" else None
        self.assert_rules()

    def test_pending_points_of_returned_goods_never_mature(self):
        self.program.write({"posted_on": "window_over", "window_days": 14})
        at = f"{self.ledger._now().isoformat()}Z"
        sale = self.sell(line("10.00", "2"), ended_at=at)
        self.take_goods_back(sale, self.back(), ended_at=at)
        self.assertEqual(self.balance().pending, 10)
        with self.later(days=15):
            self.ledger._mature_pending()
        self.assertEqual(self.points, 10)

    def test_goods_of_an_order_not_handed_over_lower_its_promise(self):
        customer = {"loyalty_id": self.member.number}
        order = base.make_order([line("10.00", "3")], "900", customer=customer)
        sale = self.record(base.make_event(order, topic="retail.order.placed.v1"))
        one = {**line("10.00", "-1"), "original": {"order": "900", "line_id": "li_1"}}
        self.sell(one, type="return", customer={})
        accrual = self.accrual_of(sale)
        accrual._mark_progress(sale, is_paid=True, fulfilled_at=self.ledger._now())
        self.assertEqual(self.points, 20)

    def test_return_that_comes_before_its_sale_waits_for_it(self):
        customer = {"loyalty_id": self.member.number}
        original = {"store": "12", "register": "3", "sequence": 4711, "line": 1}
        one = {**line("10.00", "-1"), "original": original}
        returned = self.sell(one, type="return")
        accrual = self.accrual_of(returned)
        self.assertEqual(
            (accrual.state, accrual.reason), ("failed", "original_unknown")
        )
        accrual._cron_try_again()
        self.assertEqual(self.accrual_of(returned).state, "failed")
        self.sell(line("10.00", "2"), sequence=4711, customer=customer)
        self.assertEqual(self.points, 20)
        accrual._cron_try_again()
        self.assertEqual(self.accrual_of(returned).state, "done")
        self.assertEqual(self.points, 10)

    def test_return_of_an_anonymous_sale_concerns_nobody(self):
        sale = self.sell(line("10.00"), customer={})
        returned = self.take_goods_back(sale, self.back())
        self.assertFalse(returned.accrual_ids)

    def test_returned_goods_free_the_limit_that_they_used(self):
        self.rule.cap_day = 20
        sale = self.sell(line("15.00", "2"))
        self.assertEqual(self.points, 20)
        self.take_goods_back(sale, self.back("15.00"))
        self.assertEqual(self.points, 10)
        self.sell(line("30.00"))
        self.assertEqual(self.points, 20)

    def test_goods_without_a_sale_are_seen_where_a_customer_stands_behind_them(self):
        member = {"loyalty_id": self.member.number}
        returned = self.sell(line("10.00", "-1"), type="return", customer=member)
        self.assertEqual(self.accrual_of(returned).reason, "unreferenced")
        returned = self.sell(line("10.00", "-1"), type="return", customer={})
        self.assertFalse(returned.accrual_ids)

    # --- exchanges --------------------------------------------------------------------

    def swap(self, sale, back: dict, *new: dict, **values):
        lines = [back, *new]
        back["original"] = {
            "register": sale.register,
            "sequence": sale.sequence,
            "line": back.pop("of"),
        }
        return self.sell(*lines, type="exchange", **values)

    def test_even_exchange_moves_no_point(self):
        sale = self.sell(line("19.99"))
        before = self.env["retail.loyalty.entry"].search_count([])
        self.swap(sale, self.back("19.99"), line("19.99", sku="POSTER"), tenders=[])
        self.assertEqual(self.points, 19)
        self.assertEqual(self.env["retail.loyalty.entry"].search_count([]), before)

    def test_dearer_goods_earn_the_difference_and_give_all_back(self):
        """C4, not: refunded lines counted as purchases."""
        sale = self.sell(line("10.00"))
        swapped = self.swap(sale, self.back(), line("15.00", sku="POSTER"))
        self.assertEqual(self.points, 15)
        accrual = self.accrual_of(swapped)
        self.assertEqual(accrual.points, 5)
        self.take_goods_back(swapped, self.back("15.00", of=2, sku="POSTER"))
        self.assertEqual(self.points, 0)
        self.assert_rules()

    def test_cheaper_goods_give_points_back(self):
        sale = self.sell(line("10.00"))
        swapped = self.swap(sale, self.back(), line("4.00", sku="POSTER"))
        self.assertEqual(self.points, 4)
        self.take_goods_back(swapped, self.back("4.00", of=2, sku="POSTER"))
        self.assertEqual(self.points, 0)
        again = self.take_goods_back(sale, self.back())
        self.assertEqual(self.accrual_of(again).reason, "return_exceeds")
        self.assert_rules()

    def test_points_payment_moves_on_to_the_new_goods(self):
        self.give(500)
        sale = self.pay(line("10.00"), "4.00")
        swapped = self.swap(sale, self.back(), line("10.00", sku="POSTER"), tenders=[])
        self.assertEqual(self.points, 106)
        tenders = [
            {"type": "points", "amount": "-4.00"},
            {"type": "card", "amount": "-6.00"},
        ]
        self.take_goods_back(swapped, self.back(of=2, sku="POSTER"), tenders=tenders)
        self.assertEqual(self.points, 500)
        self.assert_rules()

    def test_exchange_of_an_anonymous_sale_earns_for_who_comes_with_a_card(self):
        sale = self.sell(line("10.00"), customer={})
        self.swap(sale, self.back(), line("15.00", sku="POSTER"))
        self.assertEqual(self.points, 15)
