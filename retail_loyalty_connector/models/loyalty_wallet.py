"""``retail.loyalty.wallet``: one currency of points in a program.

Most programs have one. Each wallet has its own accounts on the other side of every
entry: where points come from and where they go. Written when a program is set up, and
remembered by each worker: a balance is asked with every customer at every till.
"""

from typing import NamedTuple

from odoo import api, fields, models, tools

from ..tools.postings import OWN_ACCOUNTS


class WalletFacts(NamedTuple):
    """What a worker remembers of a wallet; ``rank`` sorts a program's wallets."""

    code: str
    currency: str
    rank: tuple[int, int]


class RetailLoyaltyWallet(models.Model):
    _name = "retail.loyalty.wallet"
    _description = "Loyalty Wallet"
    _inherit = [
        "retail.announced.mixin",
        "retail.accountable.mixin",
        "retail.anchored.mixin",
    ]
    _order = "program_id, sequence, id"
    _anchor_fields = ("program_id",)

    program_id = fields.Many2one(
        "retail.loyalty.program", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="program_id.company_id", store=True, index=True
    )
    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)

    _code_uniq = models.Constraint(
        "UNIQUE (program_id, code)", "The program has a wallet of this code."
    )

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailLoyaltyWallet":
        """Open the program's own accounts, and one for each member there is."""
        wallets = super().create(vals_list)
        accounts = self.env["retail.loyalty.account"]
        for wallet in wallets:
            accounts.sudo().create(
                [
                    {
                        "program_id": wallet.program_id.id,
                        "wallet_id": wallet.id,
                        "company_id": wallet.company_id.id,
                        "kind": kind,
                    }
                    for kind in OWN_ACCOUNTS
                ]
            )
            accounts._open_for(self.env["retail.loyalty.member"], wallet)
        return wallets

    @tools.ormcache("self.id")
    def _facts(self) -> WalletFacts:
        wallet = self.sudo()
        currency = wallet.program_id.currency_id.name
        return WalletFacts(wallet.code, currency, (wallet.sequence, wallet.id))
