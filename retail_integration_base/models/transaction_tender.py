"""``retail.transaction.tender``: one means of payment of a recorded transaction."""

from odoo import fields, models


class RetailTransactionTender(models.Model):
    _name = "retail.transaction.tender"
    _inherit = ["retail.recorded.part"]
    _description = "Retail Transaction Tender"
    _order = "transaction_id, id"
    _log_access = False

    transaction_id = fields.Many2one(
        "retail.transaction",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    tender_type = fields.Char(
        string="Tender", required=True, readonly=True, help="Our tender code."
    )
    external_type = fields.Char(string="Tender there", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(readonly=True)
    reference = fields.Char(readonly=True)
    status = fields.Char(readonly=True)
