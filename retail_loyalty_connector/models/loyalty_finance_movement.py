"""``retail.loyalty.finance.movement``: what one ledger entry means in the books.

One row per entry and lot that it made, used or took back, in the batch that covers it:
this is how figures are followed from a journal entry down to sales. The unique index
keeps an entry from being covered twice. Written by ``data/ledger/finance.sql`` only.
"""

from odoo import fields, models

from odoo.addons.retail_integration_base.fields import BigInteger, LooseMany2one


class RetailLoyaltyFinanceMovement(models.Model):
    _name = "retail.loyalty.finance.movement"
    _description = "Booked Loyalty Entry"
    _log_access = False
    _order = "id desc"
    _rec_name = "entry_id"

    batch_id = fields.Many2one(
        "retail.loyalty.finance.batch",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = LooseMany2one("res.company", required=True, readonly=True)
    entry_id = LooseMany2one("retail.loyalty.entry", required=True, readonly=True)
    lot_id = LooseMany2one("retail.loyalty.lot", readonly=True)
    role = fields.Selection(
        [
            ("issue", "New points"),
            ("use", "Points used"),
            ("back", "Points taken back"),
            ("none", "On credit"),
        ],
        required=True,
        readonly=True,
    )
    currency_id = LooseMany2one("res.currency", required=True, readonly=True)
    cohort = fields.Char(required=True, readonly=True)
    is_priced = fields.Boolean(
        string="With a sale",
        readonly=True,
        help="Points given without a sale carry no price: nothing is deferred.",
    )
    points_issued = BigInteger(string="Issued", required=True, readonly=True)
    points_redeemed = BigInteger(string="Redeemed", required=True, readonly=True)
    points_lapsed = BigInteger(string="Lapsed", required=True, readonly=True)
    amount = fields.Float(
        string="Price of the points",
        digits=(40, 20),
        required=True,
        readonly=True,
        help="Share of the sale's price, not rounded; batches round its sum.",
    )
    kind = fields.Selection(related="entry_id.kind")
    transaction_id = fields.Many2one(related="entry_id.transaction_id")
    member_id = fields.Many2one(related="entry_id.member_id")
    effective_at = fields.Datetime(related="entry_id.effective_at")
    recorded_at = fields.Datetime(related="entry_id.recorded_at")
    is_void = fields.Boolean(readonly=True, help="Of a batch that was reversed.")

    _entry_uniq = models.UniqueIndex(
        "(entry_id, company_id, COALESCE(lot_id, 0), role) WHERE NOT is_void",
        "This entry is in the books already.",
    )
    _lot_idx = models.Index("(lot_id) WHERE role = 'issue' AND NOT is_void")
