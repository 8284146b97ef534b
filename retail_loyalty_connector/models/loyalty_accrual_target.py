"""``retail.loyalty.accrual``: who gets the points of a sale, or why nobody does.

Deterministic (R11): the customer that the sale's strongest key led to, or the member
whose number it names. Somebody may be a member of several programs; each gives points.
"""

from datetime import timedelta
from typing import NamedTuple

from odoo import api, models

#: identities that only a program gives out: without a member, something is wrong
OF_PROGRAMS = ("loyalty", "card")
#: failures that are none where the customer named no card or number
NOBODYS_FAULT = ("unmatched", "no_member", "not_yet_member")


class Target(NamedTuple):
    """A program that a sale concerns, and its member or the reason why not."""

    program: models.BaseModel
    member: models.BaseModel
    reason: str | None = None


class RetailLoyaltyAccrual(models.Model):
    _inherit = "retail.loyalty.accrual"

    @api.model
    def _find_targets(self, transactions: models.BaseModel) -> dict[int, list[Target]]:
        """Return which programs and members each sale concerns; anonymous ones none."""
        engine = self.env["retail.loyalty.engine"]
        programs = {
            company.id: engine._find_programs(company.id)
            for company in transactions.company_id
        }
        members = engine._find_members(
            self.env["retail.loyalty.program"].union(*programs.values()),
            transactions.partner_id.ids,
            [number for one in transactions if (number := _number(one))],
        )
        people = {(m.program_id.id, m.partner_id.id): m for m in members}
        numbers = {(m.program_id.id, m.number): m for m in members}
        there = {
            (one.transaction_id.id, one.program_id.id)
            for one in self.search([("transaction_id", "in", transactions.ids)])
        }
        found: dict[int, list[Target]] = {}
        nobody = self.env["retail.loyalty.member"]
        for sale in transactions.filtered(lambda t: t.partner_id or t.identity_id):
            known = [
                Target(program, member, _refusal(member, sale))
                for program in programs[sale.company_id.id]
                if (
                    member := (
                        people.get((program.id, sale.partner_id.id))
                        or numbers.get((program.id, _number(sale)), nobody)
                    )._survivor()
                )
            ]
            targets = known or self._nobody(sale, programs[sale.company_id.id])
            found[sale.id] = [
                target
                for target in targets
                if (sale.id, target.program.id) not in there
            ]
        return found

    def _nobody(
        self, sale: models.BaseModel, programs: models.BaseModel
    ) -> list[Target]:
        member = self.env["retail.loyalty.member"]
        if not programs:
            named = sale.identity_id.kind in OF_PROGRAMS
            return [Target(programs, member, "no_program")] if named else []
        reason = "no_member" if sale.partner_id else "unmatched"
        return [Target(programs[:1], member, reason)]


def failure_state(sale: models.BaseModel, reason: str) -> str:
    """Return whether a reason is a failure, or just somebody who is no member."""
    if reason in NOBODYS_FAULT and sale.identity_id.kind not in OF_PROGRAMS:
        return "skipped"
    return "failed"


def _number(sale: models.BaseModel) -> str | None:
    identity = sale.identity_id
    return identity.value if identity.kind == "loyalty" else None


def _refusal(member: models.BaseModel, sale: models.BaseModel) -> str | None:
    if member.state != "active":
        return "member_blocked"
    grace = timedelta(days=member.program_id.retroactive_days)
    if member.enrolled_at > sale.occurred_at + grace:
        return "not_yet_member"
    return None
