"""Two people post a period at the same moment, on real connections."""

from datetime import date, datetime
from typing import Any

from odoo.exceptions import UserError
from odoo.models import BaseModel
from odoo.tests import tagged

from . import factories as make
from .common_finance import make_books, make_estimate, make_sale, make_shop
from .common_races import RaceCase


@tagged("post_install", "-at_install")
class TestFinanceRaces(RaceCase):
    def setUp(self) -> None:
        super().setUp()
        self.batch_id = self.once(self.prepare)

    def prepare(self, ledger: BaseModel) -> int:
        """Sell something and compute its month, in a company of its own."""
        env = ledger.env
        company = env["res.company"].create({"name": f"Race {make.new_uuid()[:8]}"})
        program = make.make_program(env, company_id=company.id)
        make_estimate(program, company.currency_id, 100, "2024-01-01")
        terms = make_books(env, program, company)
        shop = make_shop(env, company, company.currency_id)
        sale = make_sale(env, shop, 1, 100, "2024-01-10")
        ledger._post(
            [
                make.accrual(
                    make.make_member(env, program)._account(),
                    10,
                    transaction_id=sale.id,
                    effective_at=datetime(2024, 1, 10),
                )
            ]
        )
        batches = env["retail.loyalty.finance.batch"]
        return batches._prepare(terms, date(2024, 1, 31)).id

    def batch(self, ledger: BaseModel) -> BaseModel:
        return ledger.env["retail.loyalty.finance.batch"].browse(self.batch_id)

    def post(self, ledger: BaseModel) -> str:
        try:
            self.batch(ledger).action_post()
        except UserError as error:
            return str(error)
        return "posted"

    def state(self) -> Any:
        return self.once(
            lambda ledger: (
                self.batch(ledger).state,
                len(self.batch(ledger).move_ids),
            )
        )

    def test_one_of_two_posts_and_the_other_is_told(self):
        answers = self.at_once(self.post, self.post)
        self.assertCountEqual(
            answers, ["posted", "Somebody decided about this batch before."]
        )
        self.assertGreater(self.replays, 0)
        self.assertEqual(self.state(), ("posted", 1))

    def test_crash_before_the_end_leaves_neither_entry_nor_state(self):
        def crash(ledger: BaseModel) -> None:
            self.batch(ledger).action_post()
            ledger.env.flush_all()
            raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            self.once(crash)
        self.assertEqual(self.state(), ("draft", 0))
        self.assertEqual(self.once(self.post), "posted")
