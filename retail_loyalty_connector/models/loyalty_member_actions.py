"""``retail.loyalty.member``: what people start from a member's screen."""

from datetime import datetime, timedelta
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

    def action_open_entries(self) -> dict[str, Any]:
        """Open all entries, those of members merged into this one included."""
        return self._open_points("retail.loyalty.entry", self.env._("Entries"))

    def action_open_holds(self) -> dict[str, Any]:
        """Open all holds, those of members merged into this one included."""
        return self._open_points("retail.loyalty.hold", self.env._("Holds"))

    def action_open_lots(self) -> dict[str, Any]:
        """Open the lots that have points left."""
        name = self.env._("Lots")
        return self._open_points("retail.loyalty.lot", name, ("remaining", ">", 0))

    def action_open_sales(self) -> dict[str, Any]:
        """Open what sales meant, those of members merged into this one included."""
        name = self.env._("Points of sales")
        return self._open_rows("retail.loyalty.accrual", name, "member_id")

    def _open_points(self, model: str, name: str, *more: tuple) -> dict[str, Any]:
        return self._open_rows(model, name, "account_id.member_id", *more)

    def _open_rows(
        self, model: str, name: str, path: str, *more: tuple
    ) -> dict[str, Any]:
        self.ensure_one()
        self.check_access("read")
        everybody = self | self._absorbed()
        return {
            "type": "ir.actions.act_window",
            "name": f"{name} · {self.display_name}",
            "res_model": model,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": [(path, "in", everybody.ids), *more],
        }

    def _statements(self) -> list[dict[str, Any]]:
        """Return what the printed statement shows, wallet by wallet.

        :return: ``wallet``, ``opening``, ``entries`` newest first, ``balances`` after
            each of them, ``closing``, ``since``, ``until``, ``left_out`` (older entries
            that are not printed). Whom others were merged into gets one statement with
            theirs, which adds up over all of them.
        """
        self.ensure_one()
        self.check_access("read")
        until = self.env["retail.loyalty.ledger"]._now()
        since = until - timedelta(days=STATEMENT_DAYS)
        return [
            {
                "wallet": account.wallet_id.name,
                "member": self,
                "since": since,
                "until": until,
                **self._statement_of(self.sudo()._accounts_of(account.id), since),
            }
            for account in self.sudo().account_ids
        ]

    def _statement_of(
        self, accounts: models.BaseModel, since: datetime
    ) -> dict[str, Any]:
        entries = self.env["retail.loyalty.entry"].sudo()
        domain = [("account_id", "in", accounts.ids), ("recorded_at", ">", since)]
        shown = entries.search(
            domain,
            order="recorded_at desc, sequence desc, id desc",
            limit=STATEMENT_ENTRIES_MAX,
        )
        closing = balance = sum(accounts.mapped("posted"))
        balances = {}
        for entry in shown:
            balances[entry.id] = balance
            balance -= entry.amount
        return {
            "opening": balance,
            "entries": shown,
            "balances": balances,
            # An entry outlives the store that it names.
            "stores": shown.store_id.exists(),
            "closing": closing,
            "left_out": entries.search_count(domain) - len(shown),
        }
