"""``retail.loyalty.tiering``: members go up at once, and down at night with grace.

Reads what counts (points of the ledger, or money of sales), asks ``tools/tiers.py`` and
writes what changed. Called with the sales that earn points, in their transaction, and
by a cron for who may lose a tier today.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from odoo import api, models

from ..tools.tiers import Qualifying, TierAssessment, TierPolicy, TierState, assess

PAGE = 1000
# A reversal counts on the day of what it takes back.
# Summed up by days: somebody with a hundred thousand entries has a few hundred days.
POINTS = """
    SELECT account.member_id, (coalesce(original.effective_at, entry.effective_at)
               AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date, sum(entry.amount)::text
      FROM retail_loyalty_entry AS entry
      JOIN retail_loyalty_account AS account ON account.id = entry.account_id
      LEFT JOIN retail_loyalty_entry AS original ON original.id = entry.reverses_id
     WHERE account.member_id = ANY(%(members)s) AND account.wallet_id = %(wallet)s
       AND entry.kind = 'accrual'
       AND coalesce(original.effective_at, entry.effective_at) >= %(since)s
     GROUP BY 1, 2
"""
# A return counts on the day of its sale.
SPEND = """
    SELECT accrual.member_id, (coalesce(before.occurred_at, sale.occurred_at)
               AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date,
           sum(sale.amount_total)::text
      FROM retail_loyalty_accrual AS accrual
      JOIN retail_transaction AS sale ON sale.id = accrual.transaction_id
      LEFT JOIN retail_loyalty_accrual AS original ON original.id = accrual.original_id
      LEFT JOIN retail_transaction AS before ON before.id = original.transaction_id
     WHERE accrual.member_id = ANY(%(members)s) AND accrual.program_id = %(program)s
       AND accrual.state = 'done' AND sale.currency_id = %(currency)s
       AND coalesce(before.occurred_at, sale.occurred_at) >= %(since)s
     GROUP BY 1, 2
"""


class RetailLoyaltyTiering(models.AbstractModel):
    _name = "retail.loyalty.tiering"
    _description = "Tiers of Members"

    @api.model
    def _assess(self, members: models.BaseModel) -> dict[int, TierAssessment]:
        """Give members the tier that is theirs today; return what is true of each.

        Doing it twice changes nothing more. Members of programs without tiers, or with
        a platform's, are left alone.
        """
        found: dict[int, TierAssessment] = {}
        members = members._survivor()
        for program in members.sudo().program_id:
            policy = program._tier_policy()
            if policy:
                mine = members.sudo().filtered(lambda m, p=program: m.program_id == p)
                found |= self._assess_program(program, policy, mine)
        return found

    def _assess_program(
        self, program: models.BaseModel, policy: TierPolicy, members: models.BaseModel
    ) -> dict[int, TierAssessment]:
        found = self._look(program, policy, members)
        for member in members:
            self._apply(member, found[member.id])
        return found

    def _look(
        self, program: models.BaseModel, policy: TierPolicy, members: models.BaseModel
    ) -> dict[int, TierAssessment]:
        """Return what is true of each of these members today; nothing is written."""
        today = program._day(self.env["retail.loyalty.ledger"]._now())
        joined = {member.id: program._day(member.enrolled_at) for member in members}
        since = min(policy.window_start(joined[m.id], today) for m in members)
        activity = self._activity(program, members, since)
        found = {}
        for member in members:
            state = _state_of(member, policy, joined[member.id])
            found[member.id] = assess(
                policy, state, activity[member.id], joined[member.id], today
            )
        return found

    def _activity(
        self, program: models.BaseModel, members: models.BaseModel, since: date
    ) -> dict[int, list[Qualifying]]:
        """Return what counts for each member, by days on the program's calendar."""
        self.env.flush_all()
        names = members._names()
        query = {"points": POINTS, "spend": SPEND}[program.tier_basis]
        # A day more: the program's day begins before or after that of UTC.
        start = datetime.combine(max(since, date(1900, 1, 2)), time.min)
        self.env.cr.execute(
            query,
            {
                "members": list(names),
                "wallet": program.wallet_ids[:1].id,
                "program": program.id,
                "currency": program.currency_id.id,
                "since": start - timedelta(days=1),
                "tz": program.tz,
            },
        )
        activity: dict[int, list[Qualifying]] = defaultdict(list)
        for member_id, day, value in self.env.cr.fetchall():
            what = Qualifying(day, Decimal(value))
            activity[names[member_id]].append(what)
        return activity

    def _apply(self, member: models.BaseModel, done: TierAssessment) -> None:
        tiers = member.program_id.tier_ids
        tier = tiers.filtered(lambda one: one.code == done.state.tier)
        values = {
            "tier_id": tier.id,
            "tier_since_date": done.state.since,
            "tier_until_date": done.state.valid_until or False,
        }
        before = member.tier_id
        known = {
            "tier_id": before.id,
            "tier_since_date": member.tier_since_date,
            "tier_until_date": member.tier_until_date,
        }
        if values != known:
            member.write(values)
        if before and before != tier:
            member._tell_tier(before, done.change)

    @api.model
    def _cron_assess(self) -> None:
        """Take tiers from who has not reached them any more and had time enough."""
        members = self.env["retail.loyalty.member"].sudo()
        today = self.env["retail.loyalty.ledger"]._now().date()
        last_id = 0
        while True:
            due = members.search(
                [
                    ("id", ">", last_id),
                    # Somewhere it is tomorrow already.
                    ("tier_until_date", "<=", today + timedelta(days=1)),
                    ("state", "=", "active"),
                ],
                order="id",
                limit=PAGE,
            )
            self._assess(due)
            if len(due) < PAGE:
                return
            last_id = due[-1].id


def _state_of(member: models.BaseModel, policy: TierPolicy, joined: date) -> TierState:
    known: Iterable[str] = (tier.key for tier in policy.tiers)
    if member.tier_id.code not in known:
        return TierState(policy.tiers[0].key, joined)
    return TierState(
        member.tier_id.code,
        member.tier_since_date or joined,
        member.tier_until_date or None,
    )
