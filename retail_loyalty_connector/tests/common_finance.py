"""A company that books points: accounts, an estimate, sales whose points are known."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from odoo.api import Environment
from odoo.exceptions import UserError
from odoo.models import BaseModel

from odoo.addons.retail_integration_base.tests import factories as base

from . import factories as make
from .common import LoyaltyCase

ACCOUNTS = {
    "deferral": ("income", "LOY1"),
    "liability": ("liability_current", "LOY2"),
    "revenue": ("income", "LOY3"),
    "breakage": ("income_other", "LOY4"),
}


def make_books(
    env: Environment, program: BaseModel, company: BaseModel, **values: Any
) -> BaseModel:
    """Return the accounting of a program in a company, with accounts of its own."""
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    accounts = {
        f"{role}_account_id": env["account.account"]
        .create(
            {
                "name": role.title(),
                "code": f"{code}{program.id}",
                "account_type": kind,
                "company_ids": [(6, 0, company.ids)],
            }
        )
        .id
        for role, (kind, code) in ACCOUNTS.items()
        if role != "breakage"
    }
    journal = env["account.journal"].create(
        {
            "name": "Loyalty",
            "code": f"L{program.id}",
            "type": "general",
            "company_id": company.id,
        }
    )
    return env["retail.loyalty.finance.terms"].create(
        {
            "program_id": program.id,
            "company_id": company.id,
            "journal_id": journal.id,
            **accounts,
            **values,
        }
    )


def make_estimate(
    program: BaseModel, currency: BaseModel, share: float, since: str, **values: Any
) -> BaseModel:
    """Return an approved estimate: a point is worth 1 unless told otherwise."""
    values = {"points": 1, "amount": 1, "reason": "Counted", **values}
    estimate = program.env["retail.loyalty.finance.estimate"].create(
        {
            "program_id": program.id,
            "currency_id": currency.id,
            "redeemed_share": share,
            "valid_from": since,
            **values,
        }
    )
    estimate.action_approve()
    return estimate


def make_sale(
    env: Environment,
    shop: dict[str, int],
    number: int,
    amount: float,
    day: str,
    **values: Any,
) -> BaseModel:
    """Return a recorded sale of goods without tax; its points are not posted."""
    return env["retail.transaction"].create(
        {
            "uuid": make.new_uuid(),
            "content_hash": "sale",
            "ref": f"{shop['store_id']}/{number}",
            "kind": "sale",
            "channel": "pos",
            "register": "1",
            "sequence": number,
            "business_date": day,
            "occurred_at": f"{day} 10:00:00",
            "received_at": f"{day} 10:00:00",
            "amount_total": amount,
            "amount_tax": 0,
            **shop,
            **values,
        }
    )


def make_shop(env: Environment, company: BaseModel, currency: BaseModel) -> dict:
    """Return where sales come from: ids that each of them has."""
    code = make.new_uuid()[:8]
    scheme = env.ref("retail_integration_base.scheme_standard_webhooks")
    backend = env["retail.backend"].create(
        {
            "name": "Till",
            "code": f"till-{code}",
            "company_id": company.id,
            "signature_scheme_id": scheme.id,
        }
    )
    store = base.make_store(env, f"s-{code}", company_id=company.id)
    return {
        "backend_id": backend.id,
        "store_id": store.id,
        "company_id": company.id,
        "currency_id": currency.id,
    }


class FinanceCase(LoyaltyCase):
    """Books in a currency without cents, as the standard's example has them."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.program = make.make_program(cls.env, company_id=False, tz="UTC")
        cls.member = make.make_member(cls.env, cls.program)
        cls.account = cls.member._account()
        cls.unit = cls.env.ref("base.JPY")
        cls.unit.active = True
        cls.company = cls.env["res.company"].create(
            {"name": "Books", "currency_id": cls.unit.id}
        )
        cls.env.user.company_ids += cls.company
        cls.terms = make_books(cls.env, cls.program, cls.company)
        cls.shop = make_shop(cls.env, cls.company, cls.unit)
        cls.sold = 0

    def sell_for(self, amount: float, points: int, day: str, **sale: Any) -> Any:
        """Record a sale and post the points that it gives; return the answer."""
        type(self).sold += 1
        sold = make_sale(self.env, self.shop, self.sold, amount, day, **sale)
        return self.give(
            points,
            effective_at=datetime.fromisoformat(f"{day} 10:00:00"),
            transaction_id=sold.id,
            company_id=self.shop["company_id"],
        )

    def tender(self, amount: float) -> dict[str, Any]:
        """Return a payment with points."""
        return {
            "tender_type": "points",
            "amount": amount,
            "currency_id": self.unit.id,
            "company_id": self.company.id,
        }

    def spend(self, points: int, day: str) -> Any:
        """Spend points on a day."""
        return self.take(points, effective_at=datetime.fromisoformat(f"{day} 12:00:00"))

    def prepare(self, day: str) -> BaseModel:
        """Compute the batch until a day."""
        batches = self.env["retail.loyalty.finance.batch"]
        return batches._prepare(self.terms, date.fromisoformat(day))

    def book(self, day: str) -> BaseModel:
        """Compute and post the batch until a day."""
        batch = self.prepare(day)
        batch.action_post()
        return batch

    def booked(self, moves: BaseModel) -> list[tuple[str, float]]:
        """Return account roles and balances of journal entries, in their order."""
        roles = {
            self.terms[f"{role}_account_id"].id: role
            for role in ("deferral", "liability", "revenue")
        }
        return [
            (roles[line.account_id.id], line.balance)
            for line in moves.line_ids.sorted("id")
        ]

    @contextmanager
    def refuses(self, words: str, error: type[Exception] = UserError) -> Iterator[None]:
        """Expect an error that says ``words``; what was done before is undone."""
        with self.assertRaises(error) as caught:
            yield
        self.assertIn(words, str(caught.exception))

    def liability(self) -> float:
        """Return what the books owe: the balance of the liability account."""
        lines = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.terms.liability_account_id.id),
                ("parent_state", "=", "posted"),
            ]
        )
        return -sum(lines.mapped("balance"))
