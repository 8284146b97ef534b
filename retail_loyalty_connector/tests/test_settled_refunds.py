"""Points of returned goods that are spent already, paid for with a smaller refund."""

from decimal import Decimal

from odoo.tests import tagged

from ..tools.basket import SETTLEMENT_TENDER
from . import factories as make
from .common_refunds import RefundCase
from .common_sales import line


@tagged("post_install", "-at_install")
class TestSettledRefunds(RefundCase):
    def test_missing_points_are_paid_for_with_the_refund_to_the_cent(self):
        sale = self.sell(line("100.00"))
        self.take(70)
        returned = self.back(sale, "100.00")
        quoted = self.quote(returned)
        self.assertEqual(
            (quoted.taken, quoted.available, quoted.missing, quoted.settled),
            ({"points": 100}, 30, 70, 70),
        )
        self.assertEqual(
            (quoted.kept, quoted.pay_out), (Decimal("0.70"), Decimal("99.30"))
        )
        self.assertEqual(self.points, 30)
        self.assertFalse(self.env["retail.transaction"].search([("ref", "=", "quote")]))
        accrual = self.refund(quoted, returned)
        self.assertEqual(
            (accrual.state, accrual.points, accrual.points_settled), ("done", -100, 70)
        )
        self.assertEqual((accrual.amount_settled, accrual.points_owed), (0.7, 0))
        self.assertEqual(self.points, 0)
        entry = self.own("entry", ("kind", "=", "adjustment"))
        self.assertEqual(entry.amount, 70)
        self.assertEqual(entry.transaction_id, accrual.transaction_id)
        self.assertIn("0.70 EUR", entry.reason)
        # A platform that lets nobody owe points takes these, in their order.
        balances = self.own("entry").mapped("balance_after")
        self.assertGreaterEqual(min(balances), 0)
        self.assert_rules()

    def test_what_a_till_does_not_keep_is_owed(self):
        sale = self.sell(line("100.00"))
        self.take(70)
        returned = self.back(sale, "100.00")
        quoted = self.quote(returned)
        accrual = self.refund(quoted, returned, kept="0.50")
        self.assertEqual((accrual.points_settled, accrual.points_owed), (50, 20))
        self.assertEqual(self.points, -20)
        self.assert_rules()

    def test_money_kept_for_points_that_came_in_meanwhile_is_not_lost(self):
        sale = self.sell(line("100.00"))
        self.take(70)
        returned = self.back(sale, "100.00")
        quoted = self.quote(returned)
        self.give(50)
        accrual = self.refund(quoted, returned)
        self.assertEqual((accrual.points_settled, accrual.points_owed), (70, 0))
        self.assertEqual(self.points, 50)
        self.assert_rules()

    def test_a_refund_pays_no_more_than_it_is(self):
        self.worth.points = 1  # a point is 1.00
        sale = self.sell(line("1.00", "3"), line("50.00"))
        self.take(53)
        quoted = self.quote(self.back(sale, "1.00"), self.back(sale, "50.00", of=2))
        self.assertEqual((quoted.settled, quoted.pay_out), (51, 0))
        self.program.redemption_ids.points = 3  # 3 points are 1.00
        quoted = self.quote(self.back(sale, "1.00"))
        self.assertEqual((quoted.settled, quoted.kept), (1, Decimal("0.33")))

    def test_smaller_refunds_that_do_not_fit_wait_for_a_person(self):
        for policy, kept in (
            ("reduce_refund", "100.01"),
            ("reduce_refund", "-1.00"),
            ("debt", "0.70"),
            ("write_off", "0.70"),
        ):
            with self.subTest(policy, kept=kept):
                self.program.spent_policy = policy
                sale = self.sell(line("100.00"))
                returned = self.back(sale, "100.00")
                tenders = [(SETTLEMENT_TENDER, str(-Decimal(kept)))]
                quoted = self.quote(returned, tenders=tenders)
                self.assertEqual(quoted.why[0], "settlement_refused")
                before = self.points
                card = Decimal("-100.00") + Decimal(kept)
                told = [*tenders, ("card", str(card))]
                accrual = self.accrual_of(
                    self.sell(
                        returned,
                        type="return",
                        customer={},
                        tenders=[{"type": k, "amount": v} for k, v in told],
                    )
                )
                self.assertEqual(
                    (accrual.state, accrual.reason), ("failed", "settlement_refused")
                )
                self.assertEqual(self.points, before)
        # Decided: the program does reduce refunds.
        self.program.spent_policy = "reduce_refund"
        accrual.action_try_again()
        accrual = accrual.search([], order="id desc", limit=1)
        self.assertEqual((accrual.state, accrual.points_settled), ("done", 70))

    def test_return_that_is_posted_again_settles_nothing_again(self):
        sale = self.sell(line("100.00"))
        self.take(70)
        returned = self.back(sale, "100.00")
        accrual = self.refund(self.quote(returned), returned)
        again = {accrual.transaction_id.id: accrual.originals}
        self.assertEqual(accrual._record(accrual.transaction_id, again), accrual)
        self.assertEqual(self.points, 0)
        self.assertEqual(self.own("entry", ("kind", "=", "adjustment")).amount, 70)

    def test_goods_sold_in_another_currency_are_not_settled(self):
        other = self.env.ref("base.USD")
        other.active = True
        make.make_worth(self.program, other)
        sale = self.sell(line("100.00"))
        self.take(70)
        returned = self.back(sale, "100.00")
        quoted = self.quote(returned, currency="USD")
        self.assertEqual((quoted.settled, quoted.owed, quoted.why), (0, 70, None))
        tenders = [(SETTLEMENT_TENDER, "-0.70")]
        quoted = self.quote(returned, currency="USD", tenders=tenders)
        self.assertIn("sold in EUR", quoted.why[1])

    def test_what_no_ledger_can_count_is_said(self):
        sale = self.sell(line("10.00"))
        self.rule.points = 1000
        quoted = self.quote(self.back(sale), line("90000000000000.00", sku="POSTER"))
        self.assertEqual(quoted.why[0], "not_computable")
        self.assertEqual(self.points, 10)

    def test_money_kept_without_anybodys_points_is_seen(self):
        sale = self.sell(line("10.00"), customer={})
        tenders = [
            {"type": "card", "amount": "-9.00"},
            {"type": SETTLEMENT_TENDER, "amount": "-1.00"},
        ]
        returned = self.sell(
            self.back(sale), type="return", customer={}, tenders=tenders
        )
        self.assertEqual(self.accrual_of(returned).reason, "settlement_refused")
        sold = self.sell(
            line("10.00"),
            tenders=[
                {"type": "card", "amount": "11.00"},
                {"type": SETTLEMENT_TENDER, "amount": "-1.00"},
            ],
        )
        self.assertEqual(self.accrual_of(sold).reason, "settlement_refused")

    def test_held_points_are_missing_and_stay_held(self):
        sale = self.sell(line("100.00"))
        self.reserve(60)
        returned = self.back(sale, "100.00")
        quoted = self.quote(returned)
        self.assertEqual((quoted.available, quoted.settled), (40, 60))
        self.refund(quoted, returned)
        self.assertEqual(self.state(), (60, 60, 0))
        self.assert_rules()

    def test_exchange_settles_its_net(self):
        sale = self.sell(line("100.00"))
        self.take(100)
        lines = (self.back(sale, "100.00"), line("40.00", sku="POSTER"))
        quoted = self.quote(*lines)
        self.assertEqual((quoted.taken, quoted.granted), ({"points": 60}, {}))
        self.assertEqual((quoted.refund_money, quoted.settled), (60, 60))
        tenders = [
            {"type": SETTLEMENT_TENDER, "amount": "-0.60"},
            {"type": "card", "amount": "-59.40"},
        ]
        swapped = self.sell(*lines, type="exchange", tenders=tenders)
        accrual = self.accrual_of(swapped)
        self.assertEqual((accrual.points, accrual.points_settled), (-60, 60))
        self.assertEqual(self.points, 0)
        self.refund(
            self.quote(self.back(swapped, "40.00", of=2, sku="POSTER")),
            self.back(swapped, "40.00", of=2, sku="POSTER"),
        )
        self.assertEqual(self.points, 0)
        self.assert_rules()
