"""``retail.transaction``: the canonical sale, return or exchange, recorded once.

The common ground of loyalty, finance, service and reconciliation. Amounts are those
of the document to the cent; nothing is recomputed. Immutable once recorded: only the
link to a customer may change later.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fields import BigInteger

#: The only fields that may change after recording: who the customer turned out to be.
MUTABLE = frozenset({"partner_id", "identity_id"})


class RetailTransaction(models.Model):
    _name = "retail.transaction"
    _description = "Retail Transaction"
    _order = "occurred_at desc, id desc"
    _rec_name = "ref"
    _check_company_auto = True

    uuid = fields.Char(
        required=True, readonly=True, help="Follows from the natural key."
    )
    content_hash = fields.Char(required=True, readonly=True)
    ref = fields.Char(string="Reference", required=True, readonly=True)
    external_ref = fields.Char(string="Id there", readonly=True, index="btree_not_null")
    kind = fields.Selection(
        [
            ("sale", "Sale"),
            ("return", "Return"),
            ("exchange", "Exchange"),
            ("void", "Void"),
            ("no_sale", "No sale"),
        ],
        required=True,
        readonly=True,
    )
    channel = fields.Char(required=True, readonly=True)
    backend_id = fields.Many2one(
        "retail.backend", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    store_id = fields.Many2one(
        "retail.store", required=True, readonly=True, ondelete="restrict"
    )
    register = fields.Char(readonly=True)
    sequence = BigInteger(string="Receipt number", readonly=True)
    business_date = fields.Date(required=True, readonly=True, index=True)
    occurred_at = fields.Datetime(string="Occurred", required=True, readonly=True)
    received_at = fields.Datetime(string="Received", required=True, readonly=True)
    is_offline = fields.Boolean(string="Rung up offline", readonly=True)
    operator = fields.Char(readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null"
    )
    identity_id = fields.Many2one("retail.identity", index="btree_not_null")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount_subtotal = fields.Monetary(string="Net", readonly=True)
    amount_discount = fields.Monetary(string="Discounts", readonly=True)
    amount_tax = fields.Monetary(string="Tax", readonly=True)
    amount_shipping = fields.Monetary(string="Shipping", readonly=True)
    amount_total = fields.Monetary(string="Total", readonly=True)
    amount_rounding = fields.Monetary(string="Cash rounding", readonly=True)
    line_ids = fields.One2many("retail.transaction.line", "transaction_id")
    tender_ids = fields.One2many("retail.transaction.tender", "transaction_id")
    inbox_event_id = fields.Many2one(
        "retail.inbox.event", readonly=True, index="btree_not_null", ondelete="set null"
    )
    correlation_id = fields.Char(readonly=True, index=True)

    is_unreferenced = fields.Boolean(
        string="Return without its sale",
        readonly=True,
        help="Goods were taken back without naming the sale.",
    )

    _uuid_uniq = models.Constraint(
        "UNIQUE (uuid)", "This transaction is recorded already."
    )
    _store_idx = models.Index("(store_id, received_at)")
    _unmatched_idx = models.Index(
        "(business_date) WHERE identity_id IS NOT NULL AND partner_id IS NULL"
    )
    _unreferenced_idx = models.Index("(business_date) WHERE is_unreferenced")

    def write(self, vals: dict) -> bool:
        self.check_access("write")
        if not MUTABLE.issuperset(vals):
            raise UserError(
                self.env._(
                    "A recorded transaction does not change; record a correction."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self) -> None:
        raise UserError(self.env._("A recorded transaction cannot be deleted."))

    def action_open_trace(self) -> dict:
        """Show the message that brought this transaction and what followed."""
        self.ensure_one()
        return self.env["retail.trace"]._open(self.correlation_id)
