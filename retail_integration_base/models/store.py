"""``retail.store``: a selling location, by the code that all systems share."""

from odoo import api, fields, models

from odoo.addons.base.models.res_partner import _tz_get


class RetailStore(models.Model):
    _name = "retail.store"
    _description = "Store"
    _inherit = ["mail.thread", "retail.anchored.mixin", "retail.accountable.mixin"]
    _order = "code"
    _check_company_auto = True
    _anchor_fields = ("company_id",)

    name = fields.Char(required=True)
    code = fields.Char(required=True, help="The number every connected system uses.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    partner_id = fields.Many2one("res.partner", string="Address", check_company=True)
    tz = fields.Selection(
        _tz_get,
        string="Time zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    transaction_count = fields.Integer(compute="_compute_transaction_count")

    _code_uniq = models.Constraint(
        "UNIQUE (company_id, code)", "This company has a store with that code already."
    )

    def _compute_transaction_count(self) -> None:
        counts = dict(
            self.env["retail.transaction"]._read_group(
                [("store_id", "in", self.ids)], ["store_id"], ["__count"]
            )
        )
        for store in self:
            store.transaction_count = counts.get(store, 0)

    @api.depends("code", "name")
    def _compute_display_name(self) -> None:
        for store in self:
            store.display_name = f"{store.code} {store.name}"
