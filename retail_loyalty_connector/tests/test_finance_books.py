"""The books against the ledger: whatever happened, and whoever else wrote on them."""

import random
from datetime import date, timedelta
from typing import Any

from odoo.tests import tagged

from ..tools.postings import Transfer
from . import factories as make
from .common_finance import FinanceCase, make_estimate

MONTHS = 5


@tagged("post_install", "-at_install")
class TestFinanceBooks(FinanceCase):
    def setUp(self) -> None:
        super().setUp()
        self.registry_enter_test_mode()

    # --- histories --------------------------------------------------------------------

    def live(self, chance: random.Random, day: date) -> None:
        """Let one thing happen that moves points, on ``day`` or told late."""
        when = f"{day - timedelta(days=chance.choice((0, 0, 0, 20)))}"
        account = chance.choice(self.accounts)
        kind = chance.choice(
            ("sale", "sale", "sale", "spend", "spend", "back", "gift", "transfer")
        )
        self.account = account
        if kind == "sale":
            amount, points = chance.randint(1, 4_000), chance.randint(1, 300)
            self.sales.append(self.sell_for(amount, points, when))
        elif kind == "spend":
            self.spent.append(self.spend(chance.randint(1, 250), when))
        elif kind == "back" and self.sales:
            # Spent or not: the member owes what is missing.
            self.reverse(chance.choice(self.sales), 1, on_shortfall="debt")
        elif kind == "gift":
            self.give(chance.randint(1, 50), company_id=self.company.id)
        elif kind == "transfer":
            self.ledger._transfer(self.transfer(account, chance))
        if chance.random() < 0.2 and self.spent:
            self.reverse(chance.choice(self.spent), 1)

    def transfer(self, account: Any, chance: random.Random) -> Any:
        other = next(one for one in self.accounts if one != account)
        points = chance.randint(1, 80)
        return Transfer(make.new_uuid(), account.id, other.id, points)

    def test_books_are_what_the_ledger_says_after_any_history(self):
        make_estimate(self.program, self.unit, 90, "2023-01-01")
        other = make.make_member(self.env, self.program)
        self.accounts = [self.account, other._account()]
        for seed in range(3):
            with self.subTest(seed):
                self.live_and_book(random.Random(seed), 2024 + seed // 2)

    def live_and_book(self, chance: random.Random, year: int) -> None:
        self.sales, self.spent = [], []
        batches = self.env["retail.loyalty.finance.batch"]
        last = batches.search([("terms_id", "=", self.terms.id)], limit=1)
        day = last.period_end or date(year, 1, 1)
        for _month in range(MONTHS):
            for step in range(12):
                self.live(chance, day + timedelta(days=2 * step))
            day += timedelta(days=30)
            batch = self.book(f"{day}")
            self.assertEqual(self.liability(), batch.amount_closing)
        self.assert_rules()
        # In many steps or in one: the same liability, to the unit.
        closing = batch.amount_closing
        for one in batches.search([("state", "=", "posted")], order="id desc"):
            one.action_reverse()
        self.assertEqual(self.liability(), 0)
        again = self.book(f"{batch.period_end}")
        self.assertEqual((again.amount_closing, self.liability()), (closing, closing))

    def test_when_every_point_is_gone_nothing_is_owed_in_any_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        for day, rate in (("2024-01-01", 0.0071), ("2024-02-01", 0.0059)):
            self.env["res.currency.rate"].create(
                {
                    "currency_id": euro.id,
                    "company_id": self.company.id,
                    "name": day,
                    "rate": rate,
                }
            )
        make_estimate(self.program, euro, 80, "2024-01-01", points=100)
        self.shop["currency_id"] = euro.id
        self.sell_for(33.33, 777, "2024-01-10")
        self.book("2024-01-31")
        self.assertGreater(self.liability(), 0)
        self.sell_for(19.99, 333, "2024-02-10")
        self.spend(500, "2024-02-20")
        self.book("2024-02-29")
        self.spend(610, "2024-03-05")
        last = self.book("2024-03-31")
        self.assertEqual(self.liability(), 0)
        self.assertEqual(last.line_ids.amount_closing, 0)
        items = self.env["account.move.line"].search(
            [("account_id", "=", self.terms.liability_account_id.id)]
        )
        self.assertAlmostEqual(sum(items.mapped("amount_currency")), 0)
        self.assertEqual(items.currency_id, euro)

    # --- what others write ------------------------------------------------------------

    def compare(self) -> Any:
        """Compare batches with the books, as the rule's jobs would."""
        rule = self.terms._get_rule()
        rule.action_activate()
        rule.action_run_now()
        run = rule.run_ids.filtered(lambda one: one.state == "running")
        self.env.flush_all()
        run._step()
        self.env.invalidate_all()
        return run

    def test_entry_written_by_hand_on_the_liability_is_a_difference(self):
        make_estimate(self.program, self.unit, 100, "2024-01-01")
        self.sell_for(10_000, 1_000, "2024-01-10")
        batch = self.book("2024-01-31")
        self.book("2024-02-29").action_reverse()
        run = self.compare()
        self.assertEqual((run.state, run.difference_count), ("done", 0))
        self.assertEqual(run.matched_count, 2)
        items = [
            (self.terms.liability_account_id, 100),
            (self.terms.revenue_account_id, -100),
        ]
        manual = self.env["account.move"].create(
            {
                "journal_id": self.terms.journal_id.id,
                "date": "2024-02-15",
                "line_ids": [
                    (0, 0, {"account_id": account.id, "balance": balance})
                    for account, balance in items
                ],
            }
        )
        manual.action_post()
        self.compare()
        lines = self.terms._get_rule().line_ids
        account = self.terms.liability_account_id.id
        self.assertEqual(
            {(line.key, line.kind, line.amount) for line in lines},
            {
                (f"entry {manual.name}", "missing_here", 100.0),
                (f"balance {account}", "differs", 100.0),
            },
        )
        self.assertEqual(lines.filtered("res_id").res_id, batch.id)
