"""``retail.loyalty.program``: the button that verifies the ledger of a program.

The rules are in ``tools/ledger_chain.py``; the same check without Odoo is
``setup/verify-ledger``.
"""

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.retail_integration_base.models.audit_stream_check import anchor_file

from ..tools.error_ledger import LedgerBroken

SHOWN_MAX = 5


class RetailLoyaltyProgram(models.Model):
    _inherit = "retail.loyalty.program"

    def action_verify(self) -> dict:
        """Follow the chain of every member account, and say how it ended.

        :raises UserError: a chain is broken; names the first broken entry of each
        """
        self.check_access("read")
        accounts = self.env["retail.loyalty.account"].search(
            [("program_id", "in", self.ids), ("kind", "=", "member")]
        )
        found = self.env["retail.loyalty.ledger"]._verify(accounts) if accounts else []
        if found:
            told = "; ".join(
                f"{one.stream}, entry {one.sequence}: {one.reason}"
                for one in found[:SHOWN_MAX]
            )
            raise UserError(str(LedgerBroken(f"{len(found)} chains: {told}")))
        message = self.env._(
            "%(entries)s entries on %(accounts)s accounts hold together.",
            entries=sum(accounts.mapped("last_sequence")),
            accounts=len(accounts),
        )
        anchored = anchor_file()
        if not anchored:
            message += " " + self.env._(
                "No folder for anchors is configured: a complete rewrite of the ledger "
                "would not show."
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Ledger verified"),
                "message": message,
                "type": "success" if anchored else "warning",
                "sticky": not anchored,
            },
        }
