"""Points in the books: the standard's own example, locks, late entries, reversals."""

from datetime import datetime, timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests.factories import make_user

from ..tools.error_finance import EstimateMissing
from . import factories as make
from .common_finance import FinanceCase, make_estimate, make_sale


@tagged("post_install", "-at_install")
class TestFinance(FinanceCase):
    def test_example_52_of_ifrs_15_stands_in_the_journal_to_the_unit(self):
        make_estimate(self.program, self.unit, 95, "2024-01-01")
        for amount, points, day in (
            (50_000, 5_000, "2024-02-01"),
            (33_333, 3_333, "2024-06-30"),
            (16_667, 1_667, "2024-12-31"),
        ):
            self.sell_for(amount, points, day)
        self.spend(4_500, "2024-12-31")
        first = self.book("2024-12-31")
        self.assertEqual(
            self.booked(first.move_ids),
            [
                ("deferral", 8_676),
                ("liability", -8_676),
                # 4,110 in all: the used points' own price, and breakage with them.
                ("liability", 3_904),
                ("revenue", -3_904),
                ("liability", 206),
                ("revenue", -206),
            ],
        )
        self.assertEqual(self.liability(), 4_566)
        make_estimate(self.program, self.unit, 97, "2025-12-31")
        self.spend(4_000, "2025-08-01")
        second = self.book("2025-12-31")
        self.assertEqual(second.amount_revenue, 3_493)
        self.assertEqual(second.line_ids.points_expected, 9_700)
        self.assertEqual(self.liability(), 1_073)
        self.assertEqual(second.move_ids.date.isoformat(), "2025-12-31")
        self.assertEqual(second.amount_closing, 1_073)

    def test_what_is_told_late_goes_to_the_open_period_and_keeps_its_day(self):
        make_estimate(self.program, self.unit, 100, "2024-01-01")
        self.sell_for(10_000, 1_000, "2024-01-10")
        january = self.book("2024-01-31")
        self.assertEqual(self.liability(), 909)
        self.sell_for(10_000, 1_000, "2024-01-20")
        february = self.book("2024-02-29")
        self.assertEqual(january.entry_count, 1)
        self.assertEqual((february.entry_count, february.late_count), (1, 1))
        self.assertEqual(february.line_ids.amount_added, 909)
        movement = self.env["retail.loyalty.finance.movement"].search(
            [("batch_id", "=", february.id)]
        )
        self.assertEqual(str(movement.effective_at), "2024-01-20 10:00:00")
        self.assertEqual(str(february.posting_date), "2024-02-29")

    def test_locked_books_get_the_entry_on_the_first_open_day(self):
        make_estimate(self.program, self.unit, 100, "2024-01-01")
        self.sell_for(10_000, 1_000, "2024-01-10")
        for lock, day in (
            ("fiscalyear_lock_date", "2024-03-31"),
            ("tax_lock_date", "2024-04-30"),
            ("hard_lock_date", "2024-05-31"),
        ):
            with self.subTest(lock):
                self.company[lock] = day
                batch = self.prepare("2024-01-31")
                self.assertGreater(str(batch.posting_date), day)
                batch.action_discard()
        batch = self.book("2024-01-31")
        self.assertEqual(str(batch.period_end), "2024-01-31")
        self.assertEqual(str(batch.move_ids.date), "2024-06-30")
        self.assertEqual(batch.move_ids.state, "posted")

    def test_batch_is_posted_once_and_by_somebody_else_than_computed_it(self):
        make_estimate(self.program, self.unit, 100, "2024-01-01")
        self.sell_for(10_000, 1_000, "2024-01-10")
        finance, other, clerk = (
            make_user(
                self.env,
                name,
                group,
                company_id=self.company.id,
                company_ids=[(6, 0, self.company.ids)],
            )
            for name, group in (
                ("finance", "group_finance"),
                ("other", "group_finance"),
                ("clerk", "group_operator"),
            )
        )
        batches = self.env["retail.loyalty.finance.batch"].with_user(finance)
        end = self.prepare("2024-01-31").period_end
        self.env["retail.loyalty.finance.batch"].search([]).action_discard()
        batch = batches._prepare(self.terms.with_user(finance), end)
        self.assertFalse(batch.can_post)
        with self.refuses("yourself"):
            batch.action_post()
        with self.assertRaises(AccessError):
            batch.with_user(clerk).action_post()
        batch.with_user(other).action_post()
        self.assertEqual(batch.posted_by_id, other)
        with self.refuses("before"):
            batch.with_user(other).action_post()
        with self.refuses("posted up to"):
            self.prepare("2024-01-31")
        with self.refuses("Reverse the period"):
            batch.sudo().move_ids.button_draft()
        self.assertEqual(len(batch.sudo().move_ids), 1)

    def test_reversed_period_is_covered_anew(self):
        make_estimate(self.program, self.unit, 100, "2024-01-01")
        self.sell_for(10_000, 1_000, "2024-01-10")
        first = self.book("2024-01-31")
        second = self.prepare("2024-02-29")
        with self.refuses("stands on this one"):
            first.action_reverse()
        second.action_discard()
        first.action_reverse()
        self.assertEqual((first.state, len(first.move_ids)), ("reversed", 2))
        self.assertEqual(self.liability(), 0)
        again = self.book("2024-02-29")
        self.assertEqual((again.entry_count, self.liability()), (1, 909))

    def test_points_nobody_can_value_are_not_booked(self):
        make_estimate(self.program, self.unit, 100, "2024-02-01")
        self.sell_for(10_000, 1_000, "2024-01-10")
        with self.refuses("1 postings in JPY", EstimateMissing):
            self.prepare("2024-02-29")
        self.env["retail.loyalty.finance.terms"]._cron_prepare()
        self.assertFalse(self.terms.batch_ids)
        found = self.env["retail.exception"].search([("code", "=", "RET-4202")])
        self.assertEqual(found.backend_id.company_id, self.company)
        make_estimate(self.program, self.unit, 100, "2024-01-01")
        self.env["retail.loyalty.finance.terms"]._cron_prepare()
        self.assertEqual(self.terms.batch_ids.amount_closing, 909)

    def test_estimate_does_not_reach_into_posted_periods(self):
        make_estimate(self.program, self.unit, 100, "2024-01-01")
        self.sell_for(10_000, 1_000, "2024-01-10")
        draft = self.prepare("2024-01-31")
        make_estimate(self.program, self.unit, 90, "2024-01-20")
        with self.refuses("Compute it again"):
            draft.action_post()
        draft.action_compute()
        draft.action_post()
        with self.refuses("Periods are posted"):
            make_estimate(self.program, self.unit, 80, "2024-01-21")

    def test_goods_that_come_back_take_their_price_along(self):
        make_estimate(self.program, self.unit, 100, "2024-01-01")
        sale = self.sell_for(10_000, 1_000, "2024-01-10")
        self.sell_for(10_000, 1_000, "2024-01-11")
        self.book("2024-01-31")
        self.assertEqual(self.liability(), 1_818)
        self.reverse(sale, 500, effective_at=datetime(2024, 2, 1))
        february = self.book("2024-02-29")
        # 1,818.18 less a quarter of it, rounded once: 1,363.63
        self.assertEqual(self.liability(), 1_364)
        self.assertEqual(february.amount_revenue, 0)

    def test_spent_points_that_a_refund_pays_for_leave_nothing_behind(self):
        """What the till kept it books itself, where points are released to."""
        make_estimate(self.program, self.unit, 100, "2024-01-01")
        sale = self.sell_for(10_000, 1_000, "2024-01-10")
        self.spend(600, "2024-01-15")
        self.book("2024-01-31")
        self.assertEqual(self.liability(), 364)
        day = datetime(2024, 2, 1)
        self.reverse(sale, on_shortfall="debt", effective_at=day)
        back = make_sale(self.env, self.shop, 99, -10_000, "2024-02-01", kind="return")
        paid = make.adjustment(
            self.account,
            600,
            effective_at=day,
            transaction_id=back.id,
            company_id=self.company.id,
        )
        self.assertTrue(self.ledger._post([paid])[0].ok)
        february = self.book("2024-02-29")
        self.assertEqual((february.points_outstanding, self.liability()), (0, 0))
        self.assertEqual(
            february.points_entries,
            february.points_change + february.points_elsewhere,
        )
        moves = self.terms.batch_ids.move_ids
        sums = dict.fromkeys(("deferral", "liability", "revenue"), 0)
        for role, balance in self.booked(moves):
            sums[role] += balance
        self.assertEqual(sums, {"deferral": 0, "liability": 0, "revenue": 0})

    def test_points_without_a_sale_and_of_other_days_carry_no_price(self):
        make_estimate(self.program, self.unit, 100, "2024-01-01")
        self.give(700, effective_at=datetime(2024, 1, 5), company_id=self.company.id)
        self.sell_for(10_000, 1_000, "2024-02-01")
        batch = self.book("2024-01-31")
        self.assertFalse(batch.move_ids)
        self.assertEqual((batch.points_outstanding, batch.amount_closing), (700, 0))

    def test_part_paid_with_points_is_no_price_of_new_ones(self):
        make_estimate(self.program, self.unit, 100, "2024-01-01")
        self.sell_for(
            11_000, 1_000, "2024-01-10", tender_ids=[(0, 0, self.tender(1_000))]
        )
        self.book("2024-01-31")
        self.assertEqual(self.liability(), 909)

    def test_points_of_an_open_return_window_are_deferred_and_counted_once(self):
        make_estimate(self.program, self.unit, 100, "2024-01-01")
        sale = make_sale(self.env, self.shop, 1, 10_000, "2024-01-10")
        earned = make.accrual(
            self.account,
            1_000,
            effective_at=sale.occurred_at,
            transaction_id=sale.id,
            company_id=self.company.id,
            matures_at=datetime.now() - timedelta(days=1),
        )
        self.ledger._post([earned])
        january = self.book("2024-01-31")
        self.assertEqual((january.entry_count, january.points_pending), (0, 1_000))
        self.assertEqual(self.liability(), 909)
        self.ledger._mature_pending()
        february = self.book("2024-02-29")
        self.assertEqual((february.entry_count, february.late_count), (1, 0))
        self.assertEqual((february.points_pending, self.liability()), (0, 909))
        self.assertEqual(february.amount_added, 0)
        self.assertFalse(february.move_ids)
        self.assertFalse(self.prepare("2024-03-31").line_ids.filtered("is_priced")[1:])
