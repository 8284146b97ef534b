"""``retail.transaction.line``: one line of a recorded transaction."""

from odoo import fields, models


class RetailTransactionLine(models.Model):
    _name = "retail.transaction.line"
    _inherit = ["retail.recorded.part"]
    _description = "Retail Transaction Line"
    _order = "transaction_id, position, id"
    _log_access = False

    transaction_id = fields.Many2one(
        "retail.transaction",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    position = fields.Integer(readonly=True)
    line_ref = fields.Char(string="Id there", readonly=True)
    kind = fields.Selection(
        [
            ("item", "Item"),
            ("gift_card", "Gift card"),
            ("shipping", "Shipping"),
            ("fee", "Fee"),
        ],
        required=True,
        readonly=True,
    )
    sku = fields.Char(readonly=True)
    gtin = fields.Char(string="Barcode", readonly=True)
    description = fields.Char(readonly=True)
    product_id = fields.Many2one("product.product", readonly=True, ondelete="restrict")
    qty = fields.Float(string="Quantity", digits=(16, 6), readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    price_unit = fields.Float(string="Unit price", digits=(16, 6), readonly=True)
    amount_discount = fields.Monetary(string="Discount", readonly=True)
    amount_tax = fields.Monetary(string="Tax", readonly=True)
    amount_total = fields.Monetary(string="Total", readonly=True)
    tax_codes = fields.Char(string="Taxes", readonly=True, help="Our tax codes.")
    original_ref = fields.Char(
        string="Original line", readonly=True, help="Line that this one takes back."
    )
    promotion_ref = fields.Char(string="Promotion", readonly=True)
