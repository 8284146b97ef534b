"""``retail.loyalty.member``: what is open and what happened lately, for the screen.

Holds that wait, points that failed, how the person is recognised, what they agreed to,
tiers and warnings. Part of ``action_overview`` (``loyalty_member_overview.py``).
"""

from datetime import datetime
from typing import Any

from odoo import models

from odoo.addons.retail_integration_base.tools.clock import to_rfc3339

SHOWN = 5
HOLDS = """
    SELECT hold.id, hold.points, hold.created_at, hold.expires_at, hold.channel,
           hold.ref, store.name
      FROM retail_loyalty_hold AS hold
      JOIN retail_loyalty_account AS account ON account.id = hold.account_id
      LEFT JOIN retail_store AS store ON store.id = hold.store_id
     WHERE account.member_id = ANY(%s) AND hold.state = 'open'
     ORDER BY hold.expires_at, hold.id LIMIT %s
"""
EVENTS = """
    (SELECT change.changed_at AS at, 'tier_' || change.change AS kind,
            change.from_tier_id AS before, change.tier_id AS after,
            NULL::bigint AS points, NULL::date AS last_date
       FROM retail_loyalty_tier_change AS change
      WHERE change.member_id = %(member)s ORDER BY change.id DESC LIMIT %(shown)s)
     UNION ALL
    (SELECT warned_at, 'warned', NULL, NULL, points, last_date
       FROM retail_loyalty_warning
      WHERE member_id = %(member)s ORDER BY id DESC LIMIT %(shown)s)
     ORDER BY at DESC LIMIT %(shown)s
"""


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    def _overview_holds(self, now: datetime) -> list[dict[str, Any]]:
        """Return the open holds, the one that ends first first."""
        everybody = self | self._absorbed()
        self.env.cr.execute(HOLDS, (everybody.ids, SHOWN))
        return [
            {
                "id": id_,
                "points": points,
                "age_s": int((now - created_at).total_seconds()),
                "left_s": int((expires_at - now).total_seconds()),
                "where": store or channel or "",
                "ref": ref or "",
            }
            for (
                id_,
                points,
                created_at,
                expires_at,
                channel,
                ref,
                store,
            ) in self.env.cr.fetchall()
        ]

    def _overview_failed(self) -> list[dict[str, Any]]:
        """Return sales whose points failed, as far as the reader sees them."""
        accruals = self.env["retail.loyalty.accrual"].search(
            [
                ("member_id", "in", (self | self._absorbed()).ids),
                ("state", "=", "failed"),
            ],
            limit=SHOWN,
        )
        reasons = dict(accruals._fields["reason"]._description_selection(self.env))
        return [
            {
                "id": one.id,
                "ref": one.transaction_id.ref,
                "at": to_rfc3339(one.recorded_at),
                "why": reasons.get(one.reason, ""),
                "detail": one.detail or "",
            }
            for one in accruals
        ]

    def _overview_identities(self) -> list[dict[str, Any]]:
        """Return how tills recognise the person; masked, as everywhere."""
        identities = self.env["retail.identity"].search(
            [("partner_id", "=", self.sudo().partner_id.id)], limit=2 * SHOWN
        )
        kinds = dict(identities._fields["kind"]._description_selection(self.env))
        return [
            {"id": one.id, "kind": kinds[one.kind], "value": one.display_name}
            for one in identities
        ]

    def _overview_consents(self) -> list[dict[str, Any]]:
        """Return what the person agreed to, withdrew, or was never asked."""
        consents = self.env["retail.loyalty.consent"].sudo()
        described = {
            name: dict(consents._fields[name]._description_selection(self.env))
            for name in ("purpose", "decision")
        }
        return [
            {
                "purpose": one.purpose,
                "name": described["purpose"][one.purpose],
                "decision": one.decision,
                "label": described["decision"].get(
                    one.decision, self.env._("never asked")
                ),
            }
            for one in consents._standing(self)[self.id]
        ]

    def _overview_events(self) -> list[dict[str, Any]]:
        """Return what happened to the membership lately, the newest first."""
        self.env.cr.execute(EVENTS, {"member": self.id, "shown": SHOWN})
        rows = self.env.cr.fetchall()
        tiers = {one.id: one.name for one in self.sudo().program_id.tier_ids}
        return [
            {
                "at": to_rfc3339(at),
                "kind": kind,
                "before": tiers.get(before, ""),
                "after": tiers.get(after, ""),
                "points": points,
                "last_date": last_date.isoformat() if last_date else None,
            }
            for at, kind, before, after, points, last_date in rows
        ]
