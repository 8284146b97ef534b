"""``retail.loyalty.member``: all that matters of one member, for the screen.

What a customer service agent or a store manager has to know at once: points and their
worth, the tier, what ends soon, what is stuck. The timeline below it is in
``loyalty_member_timeline.py``. A fixed number of queries, whatever the member did in
their life; a test counts them. Reads only; asked by ``static/src/member_360``.
"""

from datetime import datetime
from typing import Any

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.retail_integration_base.models.event_mixin import OPERATOR_GROUP
from odoo.addons.retail_integration_base.tools.clock import to_rfc3339

from ..tools.tiers import TierAssessment, TierPolicy
from .loyalty_ledger_reading import BALANCE_COLUMNS

#: of each list the screen shows so many, and says if there are more
SHOWN = 5
EXPIRING = """
    SELECT account_id, expires_at, sum(remaining)::bigint
      FROM retail_loyalty_lot
     WHERE account_id = %s AND is_open AND expires_at > %s
     GROUP BY account_id, expires_at ORDER BY expires_at LIMIT %s
"""
RIPENING = """
    SELECT account_id, min(matures_at) FROM retail_loyalty_pending
     WHERE account_id = ANY(%s) AND state = 'pending' GROUP BY account_id
"""


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    @api.readonly
    def action_overview(self) -> dict[str, Any]:
        """Return what the screen of this member shows, without the timeline.

        Points are integers, values numbers in ``currency_id``, times RFC 3339, days
        ISO dates. Of other companies' sales nothing is told.

        :raises AccessError: not the reader's to see
        """
        self.ensure_one()
        self.check_access("read")
        now = self.env["retail.loyalty.ledger"]._now()
        member, program = self.sudo(), self.sudo().program_id
        return {
            "at": to_rfc3339(now),
            "points_name": program.points_name,
            "currency_id": program.currency_id.id,
            "wallets": self._overview_wallets(now),
            "tier": self._overview_tier(),
            "holds": self._overview_holds(now),
            "failed": self._overview_failed(),
            "identities": self._overview_identities(),
            "consents": self._overview_consents(),
            "events": self._overview_events(),
            "contact": {
                "id": member.partner_id.id,
                "name": member.partner_id.name,
                "email": member.partner_id.email or "",
                "phone": member.partner_id.phone or "",
            },
            "can_decide": self.env.user.has_group(OPERATOR_GROUP),
        }

    # --- points -----------------------------------------------------------------------

    def _overview_wallets(self, now: datetime) -> list[dict[str, Any]]:
        """Return the member's balances, the program's first wallet first."""
        program = self.sudo().program_id
        rows = self.env.execute_query(
            SQL(
                """SELECT account.id, wallet.code, %s
                     FROM retail_loyalty_account AS account
                     JOIN retail_loyalty_wallet AS wallet
                       ON wallet.id = account.wallet_id
                    WHERE account.member_id = %s
                    ORDER BY wallet.sequence, wallet.id""",
                SQL(BALANCE_COLUMNS.replace("%(now)s", "%s"), now),
                self.id,
            )
        )
        ids = [row[0] for row in rows]
        self.env.cr.execute(RIPENING, (ids,))
        ripe = dict(self.env.cr.fetchall())
        names = {one.code: one.name for one in program.wallet_ids}
        return [
            {
                "account_id": id_,
                "name": names[code],
                "posted": posted,
                "held": held,
                "pending": pending,
                "available": available,
                "value": _number(
                    program._worth(available, program.currency_id.name, code)
                ),
                "pending_until": to_rfc3339(ripe[id_]) if ripe.get(id_) else None,
                "expiring": self._overview_expiring(id_, now),
            }
            for id_, code, posted, held, pending, available, _version in rows
        ]

    def _overview_expiring(self, account_id: int, now: datetime) -> list[dict]:
        """Return which points end next, by their last day."""
        program = self.sudo().program_id
        self.env.cr.execute(EXPIRING, (account_id, now, SHOWN))
        today = program._day(now)
        found = []
        for _account, expires_at, points in self.env.cr.fetchall():
            last = program._last_day(expires_at)
            found.append(
                {
                    "points": points,
                    "last_date": last.isoformat(),
                    "days_left": (last - today).days,
                }
            )
        return found

    # --- tier -------------------------------------------------------------------------

    def _overview_tier(self) -> dict[str, Any] | None:
        """Return the tier, how far the next one is, and what keeps this one."""
        member, program = self.sudo(), self.sudo().program_id
        if not member.tier_id:
            return None
        tier: dict[str, Any] = {
            "name": member.tier_id.name,
            "since": _iso(member.tier_since_date),
            "until": _iso(member.tier_until_date),
            "basis": program.tier_basis,
            "next": None,
            "keep": None,
        }
        policy = program._tier_policy()
        if policy:
            [done] = (
                self.env["retail.loyalty.tiering"]
                ._look(program, policy, member)
                .values()
            )
            tier |= self._tier_progress(policy, done)
        return tier

    def _tier_progress(
        self, policy: TierPolicy, done: TierAssessment
    ) -> dict[str, Any]:
        names = {one.code: one.name for one in self.sudo().program_id.tier_ids}
        found: dict[str, Any] = {"value": float(done.value)}
        if done.next_tier:
            asked = policy.tiers[policy.rank(done.next_tier)].threshold
            found["next"] = {
                "name": names[done.next_tier],
                "missing": float(done.missing),
                "asked": float(asked),
                "share": float(min(1, done.value / asked)),
            }
        if done.falls_on and done.keep_missing:
            found["keep"] = {
                "missing": float(done.keep_missing),
                "falls_on": done.falls_on.isoformat(),
            }
        return found


def _number(text: str | None) -> float | None:
    return float(text) if text is not None else None


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None
