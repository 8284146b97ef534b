"""Two sales or returns of one member at the same moment, on real connections."""

from typing import Any

from odoo.api import Environment
from odoo.models import BaseModel
from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests import factories as base

from . import factories as make
from .common_races import RaceCase


@tagged("post_install", "-at_install")
class TestSaleRaces(RaceCase):
    def setUp(self) -> None:
        super().setUp()
        self.code = make.new_uuid()[:8]
        self.once(lambda ledger: self._open_shop(ledger.env))

    def _open_shop(self, env: Environment) -> None:
        program = env["retail.loyalty.program"].browse(self.program_id)
        make.make_rule(program, cap_day=15)
        account = env["retail.loyalty.account"].browse(self.account_id)
        account.member_id.enrolled_at = "2026-01-01"
        self.partner_id = account.member_id.partner_id.id
        self.store_id = base.make_store(env, f"race-{self.code}").id
        self.product_id = base.make_product(env, f"RACE-{self.code}").id
        scheme = env.ref("retail_integration_base.scheme_standard_webhooks")
        backend = {
            "name": "Race",
            "code": f"race-{self.code}",
            "signature_scheme_id": scheme.id,
        }
        self.backend_id = env["retail.backend"].create(backend).id

    def bring(
        self, env: Environment, number: int, qty: int, kind: str = "sale", kept=0
    ) -> int:
        """Record a receipt at 10.00 apiece, ``kept`` of it for spent points."""
        company = env.company
        common = {"company_id": company.id, "currency_id": company.currency_id.id}
        line = {
            "position": 1,
            "kind": "item",
            "product_id": self.product_id,
            "qty": qty,
            "amount_total": 10 * qty,
            **common,
        }
        values: dict[str, Any] = {
            "uuid": make.new_uuid(),
            "content_hash": "race",
            "ref": f"{self.code}/{number}",
            "kind": kind,
            "channel": "pos",
            "backend_id": self.backend_id,
            "store_id": self.store_id,
            "register": "1",
            "sequence": number,
            "business_date": "2026-11-20",
            "occurred_at": "2026-11-20 10:00:00",
            "received_at": "2026-11-20 10:00:00",
            "partner_id": self.partner_id,
            "line_ids": [(0, 0, line)],
            "tender_ids": [(0, 0, common | tender) for tender in paid(10 * qty, kept)],
            "amount_total": 10 * qty,
            **common,
        }
        return env["retail.transaction"].create(values).id

    def mean(self, env: Environment, sale_id: int) -> list[tuple[str, Any]]:
        """Post what a sale means for this test's program."""
        sale = env["retail.transaction"].browse(sale_id)
        original = {"register": "1", "sequence": 1, "line": 1}
        rows = env["retail.loyalty.accrual"]._record(sale, {sale_id: {"1": original}})
        mine = rows.filtered(lambda row: row.program_id.id == self.program_id)
        return [(row.state, row.reason) for row in mine]

    def at_once_mean(self, *ids: int) -> list[Any]:
        return self.at_once(
            *(lambda ledger, id_=id_: self.mean(ledger.env, id_) for id_ in ids)
        )

    def several(self, *receipts: tuple[Any, ...]) -> list[int]:
        def work(ledger: BaseModel) -> list[int]:
            return [self.bring(ledger.env, *receipt) for receipt in receipts]

        return self.once(work)

    def test_one_piece_that_comes_back_twice_takes_its_points_once(self):
        sale, *returns = self.several(
            (1, 1, "sale"), (2, -1, "return"), (3, -1, "return")
        )
        self.once(lambda ledger: self.mean(ledger.env, sale))
        self.assertEqual(self.balance().posted, 10)
        answers = self.at_once_mean(*returns)
        self.assertCountEqual(
            answers, [[("done", False)], [("failed", "return_exceeds")]]
        )
        self.assertEqual(self.balance().posted, 0)
        self.assertGreater(self.replays, 0)
        self.assert_rules()

    def test_two_smaller_refunds_at_once_lose_neither_points_nor_cents(self):
        def reduce(ledger: BaseModel) -> None:
            program = ledger.env["retail.loyalty.program"].browse(self.program_id)
            program.spent_policy = "reduce_refund"
            make.make_worth(program, ledger.env.company.currency_id)

        self.once(reduce)
        sale, *returns = self.several(
            (1, 2, "sale"), (2, -1, "return", 0.08), (3, -1, "return", 0.08)
        )
        self.once(lambda ledger: self.mean(ledger.env, sale))
        self.once(lambda ledger: ledger._post([make.spending(self.account_id, 15)]))
        answers = self.at_once_mean(*returns)
        self.assertEqual(answers, [[("done", False)]] * 2)
        # 15 points were missing, 16 were paid for: nobody paid for nothing.
        self.assertEqual(self.balance().posted, 1)
        self.assertGreater(self.replays, 0)
        self.assert_rules()

    def test_two_sales_at_once_stay_within_the_limit_of_the_day(self):
        self.at_once_mean(*self.several((1, 1, "sale"), (2, 1, "sale")))
        self.assertEqual(self.balance().posted, 15)
        self.assert_rules()


def paid(amount: float, kept: float) -> list[dict[str, Any]]:
    """Return payments by card, less what is kept of a refund for points."""
    tenders = {"card": amount + kept, "points_settlement": -kept}
    return [{"tender_type": type_, "amount": n} for type_, n in tenders.items() if n]
