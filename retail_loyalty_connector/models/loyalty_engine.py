"""``retail.loyalty.engine``: from records to the pure engine, and its answer.

Here: the dry run, and what has to be known of members. ``loyalty_engine_baskets.py``
makes baskets of recorded sales and of documents; posting what a quote says is
``retail.loyalty.accrual``. Called by the HTTP routes, the screens and postings: one
function for all of them, so that what was quoted is what is posted.
"""

from collections.abc import Iterable
from datetime import datetime

from odoo import api, models

from ..tools.basket import Basket, MemberFacts
from ..tools.quote import Quote, quote
from .loyalty_bounded_mixin import segment_keys


class RetailLoyaltyEngine(models.AbstractModel):
    _name = "retail.loyalty.engine"
    _description = "Loyalty Engine"

    @api.model
    def _quote(
        self,
        program: models.BaseModel,
        basket: Basket,
        member: models.BaseModel | None = None,
        points: int | None = None,
    ) -> Quote:
        """Return what a sale earns and what points may pay; nothing is written.

        :param member: none, or an empty record: what joining would bring
        :param points: what the customer wants to pay with
        """
        facts = MemberFacts()
        if member:
            facts = self._facts(member, basket.local_at)[member.id]
        return quote(program.sudo()._terms(), basket, facts, points)

    @api.model
    def _facts(
        self,
        members: models.BaseModel,
        local_at: datetime,
        *,
        with_balance: bool = True,
    ) -> dict[int, MemberFacts]:
        """Return what the engine has to know of members, by their ids.

        :param local_at: on the store's clock; caps count on its day and month
        :param with_balance: False where nothing is to be paid with points
        """
        members = members.sudo()
        used = self.env["retail.loyalty.cap.use"]._used(members, local_at.date())
        segments = self.env["retail.loyalty.segment"].sudo()._of(members)
        ledger = self.env["retail.loyalty.ledger"]
        facts = {}
        for member in members:
            available = {}
            if with_balance:
                available = {
                    account.wallet_id.code: ledger._balance(account).available
                    for account in member.account_ids
                }
            facts[member.id] = MemberFacts(
                tier=member.tier_id.code or "",
                segments=segment_keys(member.partner_id.category_id)
                | segments.get(member.id, frozenset()),
                available=available,
                used=used.get(member.id, {}),
            )
        return facts

    @api.model
    def _find_programs(self, company_id: int) -> models.BaseModel:
        """Return the active programs of a company, its own before its group's."""
        return (
            self.env["retail.loyalty.program"]
            .sudo()
            .search([("company_id", "in", [company_id, False])], order="company_id, id")
        )

    @api.model
    def _find_members(
        self,
        programs: models.BaseModel,
        partner_ids: Iterable[int],
        numbers: Iterable[str] = (),
    ) -> models.BaseModel:
        """Return the members of these programs who are, or are called, one of these."""
        return (
            self.env["retail.loyalty.member"]
            .sudo()
            .search(
                [
                    ("program_id", "in", programs.ids),
                    "|",
                    ("partner_id", "in", list(partner_ids)),
                    ("number", "in", list(numbers)),
                ]
            )
        )
