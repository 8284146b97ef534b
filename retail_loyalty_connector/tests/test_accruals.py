"""Sales of members: what is posted with them, and what becomes of failures."""

from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests import factories as base

from . import factories as make
from .common_sales import SalesCase, line


@tagged("post_install", "-at_install")
class TestAccruals(SalesCase):
    def test_sale_posts_its_points_with_it(self):
        """C5, not: connection drops after the sale: points lost."""
        sale = self.sell(line("12.34"))
        accrual = self.accrual_of(sale)
        self.assertEqual((accrual.state, accrual.points), ("done", 12))
        entry = self.env["retail.loyalty.entry"].search([])
        self.assertEqual((entry.amount, entry.transaction_id), (12, sale))
        self.assertEqual(entry.effective_at, sale.occurred_at)
        self.assertEqual(entry.company_id, sale.company_id)
        self.assertIn("A point per euro", accrual.explanation)
        self.assert_rules()

    def test_replayed_receipt_awards_points_once(self):
        """C6, not: confirmed twice: points doubled."""
        document = base.make_receipt(
            [line("12.34")], customer={"loyalty_id": self.member.number}
        )
        self.record(base.make_event(document))
        again = self.receive(base.make_event(document))
        self.work()
        self.assertEqual(again.state, "ignored")
        self.assertEqual(self.points, 12)

    def test_batch_of_receipts_is_posted_as_one(self):
        others = [make.make_member(self.env, self.program) for _ in range(3)]
        for member in others:
            member.enrolled_at = "2026-01-01"
        events = [
            base.make_event(
                base.make_receipt(
                    [line(f"{euros}.00")], customer={"loyalty_id": member.number}
                )
            )
            for euros in (1, 2, 3)
            for member in others
        ]
        self.receive(*events)
        self.work()
        for member in others:
            self.assertEqual(self.balance(member._account()).posted, 6)
        self.assert_rules()

    def test_customer_is_found_by_what_leads_to_the_person(self):
        self.env["retail.identity"].create(
            {
                "kind": "email",
                "value": "ann@example.com",
                "partner_id": self.member.partner_id.id,
            }
        )
        self.sell(line("7.00"), customer={"email": "Ann@Example.com"})
        self.assertEqual(self.points, 7)

    def test_posted_is_what_was_quoted(self):
        make.make_tier(self.program, "gold", 0, factor=1.5)
        self.member.tier_id = self.program.tier_ids
        make.make_campaign(self.program, channel_codes="pos", cap_order=5)
        self.program.cap_day = 40
        sale = self.sell(line("9.99"), line("3.33", sku="POSTER"))
        engine = self.env["retail.loyalty.engine"]
        sales = engine._read_sales(sale)
        self.env["retail.loyalty.cap.use"].search([]).unlink()
        quoted = engine._quote(
            self.program, engine._basket_of(sale, sales[sale.id]), self.member
        )
        self.assertEqual(quoted.earned.points("points"), self.points)
        self.assertEqual(self.points, 24)  # 13.32 x 1.5 and at most 5 more

    # --- limits -----------------------------------------------------------------------

    def test_limit_per_day_counts_over_sales_and_batches(self):
        self.program.cap_day = 15
        customer = {"loyalty_id": self.member.number}
        self.receive(
            *(
                base.make_event(base.make_receipt([line("10.00")], customer=customer))
                for _ in range(2)
            )
        )
        self.work()
        self.assertEqual(self.points, 15)
        self.sell(line("10.00"))
        self.assertEqual(self.points, 15)
        self.sell(line("10.00"), ended_at="2026-11-21T10:00:00Z")
        self.assertEqual(self.points, 25)

    def test_limit_per_month_ends_with_the_month(self):
        self.rule.cap_period = 15
        for day in ("2026-11-20", "2026-11-21", "2026-12-01"):
            self.sell(line("10.00"), ended_at=f"{day}T10:00:00Z", business_date=day)
        self.assertEqual(self.points, 25)

    # --- when -------------------------------------------------------------------------

    def test_points_wait_until_goods_cannot_come_back(self):
        self.program.write({"posted_on": "window_over", "window_days": 14})
        now = self.ledger._now()
        self.sell(line("10.00"), ended_at=f"{now.isoformat()}Z")
        self.assertEqual((self.points, self.balance().pending), (0, 10))
        with self.later(days=14):
            self.ledger._mature_pending()
        self.assertEqual((self.points, self.balance().pending), (10, 0))

    def test_order_is_promised_points_until_it_is_handed_over(self):
        """C10, not: points for every open order."""
        customer = {"loyalty_id": self.member.number}
        document = base.make_order([line("10.00")], customer=customer)
        sale = self.record(base.make_event(document, topic="retail.order.placed.v1"))
        accrual = self.accrual_of(sale)
        self.assertEqual((accrual.state, accrual.points), ("waiting", 10))
        self.assertEqual(self.points, 0)
        accrual._mark_progress(sale, is_paid=True)
        self.assertEqual((accrual.state, self.points), ("waiting", 0))
        for _ in range(2):
            accrual._mark_progress(sale, fulfilled_at=self.ledger._now())
        self.assertEqual((accrual.state, self.points), ("done", 10))

    def test_points_expire_on_the_program_s_calendar(self):
        """C22, not: points never expire."""
        self.program.write({"expiry": "after_months", "expiry_months": 12})
        self.sell(line("10.00"), ended_at="2026-11-20T23:30:00Z")
        lot = self.env["retail.loyalty.lot"].search([])
        # Sold on the 21st in Brussels; usable through the 21st a year later.
        self.assertEqual(str(lot.expires_at), "2027-11-21 23:00:00")

    # --- failures ---------------------------------------------------------------------

    def test_unknown_card_is_a_failure_that_ends_when_it_is_matched(self):
        sale = self.sell(line("10.00"), customer={"card_token": "tok_0123456789"})
        accrual = self.accrual_of(sale)
        self.assertEqual((accrual.state, accrual.reason), ("failed", "unmatched"))
        accrual._cron_try_again()
        self.assertEqual(self.points, 0)
        sale.identity_id.partner_id = self.member.partner_id
        accrual._cron_try_again()
        self.assertEqual(self.accrual_of(sale).state, "done")
        self.assertEqual(self.points, 10)

    def test_failures_of_one_kind_are_one_matter_that_closes_by_itself(self):
        for token in ("tok_0123456789", "tok_9876543210"):
            sale = self.sell(line("10.00"), customer={"card_token": token})
        for _ in range(2):
            sale.accrual_ids._cron_try_again()
        found = self.env["retail.exception"].search([("code", "=", "RET-4401")])
        self.assertEqual(len(found), 1)
        self.assertIn("points of 2 sales", found.summary.lower())
        self.assertTrue(found.deadline_at)
        cards = self.env["retail.identity"].search([("kind", "=", "card")])
        cards.partner_id = self.member.partner_id
        sale.accrual_ids._cron_try_again()
        self.assertEqual((found.state, found.resolution), ("resolved", "recovered"))

    def test_customer_without_card_who_is_no_member_is_no_failure(self):
        sale = self.sell(line("10.00"), customer={"email": "who@example.com"})
        self.assertEqual(self.accrual_of(sale).state, "skipped")

    def test_parked_and_training_receipts_move_no_point(self):
        """C11: only what was sold counts."""
        for state in ("suspended", "training"):
            customer = {"loyalty_id": self.member.number}
            document = base.make_receipt(
                [line("10.00")], customer=customer, **{state: True}
            )
            self.receive(base.make_event(document))
        self.work()
        self.assertEqual(self.points, 0)
        self.assertFalse(self.own("entry"))

    def test_sale_earns_the_same_however_it_was_paid(self):
        """C7: money is money, through whatever terminal it came."""
        for kind in ("card", "cash", "other"):
            self.sell(line("10.00"), tenders=[{"type": kind, "amount": "10.00"}])
        self.assertEqual(self.own("entry").mapped("amount"), [10, 10, 10])

    def test_anonymous_sale_is_nobody_s(self):
        """C14, not: empty cards for walk-ins."""
        sale = self.sell(line("10.00"), customer={})
        self.assertFalse(sale.accrual_ids)

    def test_suspended_member_gets_nothing_and_somebody_sees_it(self):
        self.member.state = "suspended"
        sale = self.sell(line("10.00"))
        accrual = self.accrual_of(sale)
        self.assertEqual((accrual.state, accrual.reason), ("failed", "member_blocked"))
        self.member.state = "active"
        viewer = base.make_user(self.env, "viewer", "group_user")
        with self.assertRaises(AccessError):
            accrual.with_user(viewer).action_try_again()
        operator = base.make_user(self.env, "operator", "group_operator")
        accrual.with_user(operator).action_try_again()
        self.assertEqual(self.points, 10)

    def test_who_joined_after_the_sale_gets_nothing_for_it(self):
        self.member.enrolled_at = self.ledger._now() + timedelta(days=400)
        sale = self.sell(line("10.00"))
        self.assertEqual(self.accrual_of(sale).reason, "not_yet_member")

    def test_card_of_a_shop_without_a_program_is_told(self):
        self.program.active = False
        sale = self.sell(line("10.00"))
        self.assertEqual(self.accrual_of(sale).reason, "no_program")

    # --- points as tender -------------------------------------------------------------

    def pay(self, *lines: dict, points: str, reference: str | None = None, **values):
        """Sell, with a part paid with points."""
        total = sum(float(one["total"]) for one in lines)
        tenders = [
            {"type": "points", "amount": points, "reference": reference},
            {"type": "card", "amount": f"{total - float(points):.2f}"},
        ]
        return self.sell(
            *lines,
            tenders=[{k: v for k, v in t.items() if v} for t in tenders],
            **values,
        )

    def test_hold_is_captured_with_the_sale_that_names_it(self):
        self.give(500)
        hold = self.reserve(300)
        sale = self.pay(line("10.00"), points="3.00", reference=hold.uuid)
        accrual = self.accrual_of(sale)
        self.assertEqual((accrual.points, accrual.points_spent), (7, 300))
        self.assertEqual(self.points, 207)
        record = self.env["retail.loyalty.hold"].search([("uuid", "=", hold.uuid)])
        self.assertEqual(record.state, "captured")
        self.assert_rules()

    def test_hold_that_the_till_captured_is_captured_once(self):
        """C9, not: points taken again after confirmation."""
        self.give(500)
        hold = self.reserve(300)
        self.capture(hold)
        self.pay(line("10.00"), points="3.00", reference=hold.uuid)
        self.assertEqual(self.points, 207)

    def test_offline_till_takes_points_without_a_hold(self):
        """C24, not: retries of an offline till double points."""
        self.give(500)
        self.pay(line("10.00"), points="3.00")
        self.assertEqual(self.points, 207)
        self.assert_rules()

    def test_points_that_are_not_there_are_a_failure_and_may_be_owed(self):
        sale = self.pay(line("10.00"), points="3.00")
        accrual = self.accrual_of(sale)
        self.assertEqual((accrual.state, accrual.reason), ("failed", "not_covered"))
        self.assertEqual((accrual.amount_uncovered, self.points), (3, 7))
        operator = base.make_user(self.env, "operator", "group_operator")
        accrual.with_user(operator).action_let_owe()
        self.assertEqual((accrual.state, self.points), ("done", -293))
        self.assert_rules()
