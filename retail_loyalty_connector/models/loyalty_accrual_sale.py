"""``retail.loyalty.accrual``: points of sales, as sets.

One look-up of customers, one of lines, one posting for a whole batch. What is posted is
what ``tools/quote.py`` says of the recorded sale. Sales that take goods back are in
``loyalty_accrual_return.py``, payments with points in ``loyalty_accrual_spending.py``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from odoo import api, models

from ..tools.basket import Basket, MemberFacts
from ..tools.booking import Booked, booked_rows, cap_uses
from ..tools.earned import Earned
from ..tools.outcomes import Posted
from ..tools.postings import Posting, Source, derived_uuid
from ..tools.quote import ProgramTerms, quote
from ..tools.recorded_sale import Sale
from ..tools.redemption import PAYABLE
from ..tools.sold import SoldOrder, sold_order
from ..tools.sold_documents import sold_document
from .loyalty_accrual_target import Target, failure_state

EFFECTIVE = ("sale", "return", "exchange")
PARTS_MAX = 100


@dataclass
class Plan:
    """What is to be posted for a sale; ``grants`` are the points by wallet."""

    transaction: models.BaseModel
    target: Target
    sold: SoldOrder
    earned: Earned
    grants: dict[str, int]
    booked: list[Booked] = field(default_factory=list)
    spent: list[Booked] = field(default_factory=list)
    uncovered: Decimal = Decimal(0)
    capped: list[list[Any]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


class RetailLoyaltyAccrual(models.Model):
    _inherit = "retail.loyalty.accrual"

    @api.model
    def _record(
        self, transactions: models.BaseModel, originals: dict[int, dict]
    ) -> "RetailLoyaltyAccrual":
        """Post the points of recorded sales, once each; return what became of them.

        :param originals: by sale, the sold lines that its lines name, by position
        """
        business = transactions.sudo().filtered(lambda t: t.kind in EFFECTIVE)
        if not business:
            return self.browse()
        sales = self.env["retail.loyalty.engine"]._read_sales(business)
        back = business.filtered(
            lambda t: any(line.is_return for line in sales[t.id].lines)
        )
        accruals = self._record_sales(business - back, sales)
        # One after another: a second return goes by what the first one left.
        for transaction in back:
            accruals += self._record_return(
                transaction, sales[transaction.id], originals.get(transaction.id, {})
            )
        self.env["retail.loyalty.tiering"]._assess(accruals.member_id)
        return accruals

    @api.model
    def _record_sales(
        self, transactions: models.BaseModel, sales: dict[int, Sale]
    ) -> "RetailLoyaltyAccrual":
        """Post points of goods that go out, for all customers of a batch."""
        engine = self.env["retail.loyalty.engine"]
        targets = self._find_targets(transactions)
        rows: list[dict] = []
        plans: list[Plan] = []
        wanted: list[tuple[models.BaseModel, Target, Basket]] = []
        for transaction in transactions:
            for target in targets.get(transaction.id, ()):
                if target.reason:
                    rows.append(self._prepare_failure(transaction, target))
                else:
                    basket = engine._basket_of(transaction, sales[transaction.id])
                    wanted.append((transaction, target, basket))
        desk = Desk(self.env)
        desk.know((target.member, basket.local_at) for _t, target, basket in wanted)
        for transaction, target, basket in wanted:
            try:
                plan = desk.plan(transaction, target, basket)
            except ValueError as error:
                why = target._replace(reason="not_computable")
                rows.append(self._prepare_failure(transaction, why, str(error)))
                continue
            is_first = target == targets[transaction.id][0]
            self._spend(plan, sales[transaction.id], desk, is_first=is_first)
            plans.append(plan)
        self._post_plans(plans, sales)
        for plan in plans:
            if sales[plan.transaction.id].kept:
                # Nothing comes back: what was kept for points is a person's matter.
                plan.values |= {"state": "failed", "reason": "settlement_refused"}
        self.env["retail.loyalty.cap.use"]._add(desk.given)
        return self.create(rows + [plan.values for plan in plans])

    # --- posting ----------------------------------------------------------------------

    def _post_plans(self, plans: list[Plan], sales: dict[int, Sale]) -> None:
        """Post what can be posted now, and fill in the values of the rows."""
        asked: list[tuple[Plan, Booked]] = []
        postings: list[Posting] = []
        for plan in plans:
            plan.values = self._prepare_row(plan, sales[plan.transaction.id])
            if plan.values["state"] == "waiting":
                continue
            for wallet, points in plan.grants.items():
                posting = self._prepare_accrual(plan, wallet, points)
                postings.append(posting)
                asked.append((plan, Booked(wallet, posting.uuid, points)))
        answers = self.env["retail.loyalty.ledger"]._post(postings)
        for (plan, booked), answer in zip(asked, answers, strict=True):
            self._book(plan, booked, answer)
        for plan in plans:
            plan.values["booked"] = booked_rows(plan.booked)

    def _book(self, plan: Plan, booked: Booked, answer: Posted) -> None:
        if answer.ok:
            plan.booked.append(booked)
        else:
            plan.values |= {"state": "failed", "reason": "conflict"}

    def _prepare_accrual(self, plan: Plan, wallet: str, points: int) -> Posting:
        sale, program = plan.transaction, plan.target.program
        matures_at = plan.values["matures_at"]
        return Posting(
            uuid=derived_uuid(sale.uuid, f"accrual:{program.id}:{wallet}"),
            account_id=account_of(plan.target.member, wallet).id,
            kind="accrual",
            points=points,
            effective_at=sale.occurred_at,
            expires_at=program._expires_at(sale.occurred_at),
            matures_at=matures_at,
            transaction_id=sale.id,
            source=source_of(sale),
            company_id=sale.company_id.id,
        )

    # --- rows -------------------------------------------------------------------------

    def _prepare_row(self, plan: Plan, sale: Sale) -> dict[str, Any]:
        transaction = plan.transaction
        fulfilled_at = transaction.occurred_at if transaction.channel == "pos" else None
        is_paid = bool(fulfilled_at) or _is_paid(transaction, sale)
        state, matures_at = self._when(plan.target.program, is_paid, fulfilled_at)
        if not plan.grants:
            state = "done"
        values = {
            **self._prepare_head(transaction, plan.target),
            "state": state,
            "matures_at": matures_at,
            "points": sum(plan.grants.values()),
            "points_spent": sum(one.points for one in plan.spent),
            "is_paid": is_paid,
            "fulfilled_at": fulfilled_at,
            "sold": sold_document(plan.sold),
            "capped": plan.capped,
            "spent": booked_rows(plan.spent),
            "parts": _parts(plan.earned),
        }
        if plan.uncovered:
            values |= {"state": "failed", "reason": "not_covered"}
            values["amount_uncovered"] = float(plan.uncovered)
        return values

    def _prepare_head(
        self, transaction: models.BaseModel, target: Target
    ) -> dict[str, Any]:
        return {
            "transaction_id": transaction.id,
            "program_id": target.program.id,
            "company_id": transaction.company_id.id,
            "member_id": target.member.id,
            "recorded_at": self.env["retail.loyalty.ledger"]._now(),
        }

    def _prepare_failure(
        self, transaction: models.BaseModel, target: Target, detail: str = ""
    ) -> dict[str, Any]:
        return {
            **self._prepare_head(transaction, target),
            "state": failure_state(transaction, target.reason),
            "reason": target.reason,
            "detail": detail,
        }


class Desk:
    """Plans the sales of one batch: terms, and what is known of members, read once."""

    def __init__(self, env: Any) -> None:
        self.env = env
        self.given: dict[tuple[int, int | None, str, date], int] = {}
        self._terms: dict[int, ProgramTerms] = {}
        self._facts: dict[tuple[int, date], MemberFacts] = {}

    def terms(self, program: models.BaseModel) -> ProgramTerms:
        """Return what a program promises."""
        if program.id not in self._terms:
            self._terms[program.id] = program._terms()
        return self._terms[program.id]

    def know(self, visits: Iterable[tuple[models.BaseModel, datetime]]) -> None:
        """Read what has to be known of these members, with one query per day."""
        by_day: dict[date, tuple[datetime, set[int]]] = {}
        for member, local_at in visits:
            by_day.setdefault(local_at.date(), (local_at, set()))[1].add(member.id)
        engine = self.env["retail.loyalty.engine"]
        for day, (local_at, ids) in by_day.items():
            members = self.env["retail.loyalty.member"].browse(ids)
            facts = engine._facts(members, local_at, with_balance=False)
            self._facts |= {(id_, day): found for id_, found in facts.items()}

    def plan(
        self, transaction: models.BaseModel, target: Target, basket: Basket
    ) -> Plan:
        """Return what a sale earns, and count it on the caps of days and months.

        :raises ValueError: the sale and the program do not fit together
        """
        terms = self.terms(target.program)
        member, day = target.member, basket.local_at.date()
        facts = self.facts(member, basket.local_at)
        earned = quote(terms, basket, facts).earned
        value = terms.redemption_in(basket.currency)
        sold = sold_order(
            basket,
            earned,
            payable=value.payable if value else PAYABLE,
            wallet=value.wallet if value else target.program.wallet_ids[:1].code,
        )
        uses = cap_uses(terms.earning, earned)
        for cap, points in uses.items():
            key = (member.id, member.company_id.id or None, cap, day)
            self.given[key] = self.given.get(key, 0) + points
        grants = {wallet: n for wallet, n in earned.wallets.items() if n}
        capped = [[cap, day.isoformat(), points] for cap, points in uses.items()]
        return Plan(transaction, target, sold, earned, grants, capped=capped)

    def facts(self, member: models.BaseModel, local_at: datetime) -> MemberFacts:
        """Return what is known of a member on that day, this batch's sales included."""
        day = local_at.date()
        if (member.id, day) not in self._facts:
            self.know([(member, local_at)])
        facts = self._facts[member.id, day]
        used = dict(facts.used)
        for (member_id, _company, cap, at), points in self.given.items():
            together = at.replace(day=1) == day.replace(day=1)
            if member_id == member.id and (
                at == day or (together and cap.endswith(":period"))
            ):
                used[cap] = used.get(cap, 0) + points
        return replace(facts, used=used)


def account_of(member: models.BaseModel, wallet: str) -> models.BaseModel:
    """Return the member's account in the wallet of that code."""
    return member._survivor().account_ids.filtered(
        lambda one: one.wallet_id.code == wallet
    )


def source_of(sale: models.BaseModel) -> Source:
    """Return where a sale's postings come from."""
    return Source(sale.channel, sale.store_id.id, sale.ref)


def _is_paid(transaction: models.BaseModel, sale: Sale) -> bool:
    settled: Iterable[Decimal] = (one.amount for one in sale.tenders if one.is_settled)
    due = sum((line.amount for line in sale.lines), Decimal(0))
    return sum(settled, Decimal(0)) >= due


def _parts(earned: Earned) -> list[list[Any]]:
    """Return how the points came about: points, whose promise, why."""
    parts = [[part.points, part.name, part.why.sentence] for part in earned.parts]
    parts += [[0, "", cut.why.sentence] for cut in earned.cuts]
    parts += [[0, one.name, one.why.sentence] for one in earned.skipped]
    return parts[:PARTS_MAX]
