"""``retail.loyalty.member``: what people start from a member's screen."""

from datetime import timedelta
from typing import Any

from odoo import models

#: a statement tells of so many days, and of so many entries at most
STATEMENT_DAYS = 365
STATEMENT_ENTRIES_MAX = 1000


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    def action_open_adjustment(self) -> dict[str, Any]:
        """Open a new adjustment of this member's points."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Adjust points"),
            "res_model": "retail.loyalty.adjustment",
            "view_mode": "form",
            "target": "new",
            "context": {"default_member_id": self.id},
        }

    def action_open_contact(self) -> dict[str, Any]:
        """Open the person behind the member."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "view_mode": "form",
        }

    def _statements(self) -> list[dict[str, Any]]:
        """Return what the printed statement shows, wallet by wallet.

        :return: ``wallet``, ``opening``, ``entries`` newest first, ``closing``,
            ``since``, ``until``, ``left_out`` (older entries that are not printed)
        """
        self.ensure_one()
        self.check_access("read")
        ledger = self.env["retail.loyalty.ledger"]
        until = ledger._now()
        since = until - timedelta(days=STATEMENT_DAYS)
        entries = self.env["retail.loyalty.entry"].sudo()
        found = []
        for account in self.sudo().account_ids:
            domain = [("account_id", "=", account.id), ("recorded_at", ">", since)]
            shown = entries.search(
                domain, order="sequence desc", limit=STATEMENT_ENTRIES_MAX
            )
            count = entries.search_count(domain)
            first = shown[-1:]
            found.append(
                {
                    "wallet": account.wallet_id.name,
                    "since": since,
                    "until": until,
                    "opening": first.balance_after - first.amount
                    if first
                    else account.posted,
                    "entries": shown,
                    # An entry outlives the store that it names.
                    "stores": shown.store_id.exists(),
                    "closing": account.posted,
                    "left_out": count - len(shown),
                }
            )
        return found
