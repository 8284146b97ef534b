"""``retail.store``: a selling location, by the code that all systems share.

Name, time zone and currency are what several systems hold: changes go through
``retail.ownership``.
"""

from typing import Any

import pytz

from odoo import api, fields, models

from odoo.addons.base.models.res_partner import _tz_get

from ..schemas.store_recorded import TOPIC as RECORDED_TOPIC
from ..tools.errors import CurrencyUnknown, PayloadInvalid


class RetailStore(models.Model):
    _name = "retail.store"
    _description = "Store"
    _inherit = [
        "mail.thread",
        "retail.anchored.mixin",
        "retail.accountable.mixin",
        "retail.shared.mixin",
    ]
    _order = "code"
    _check_company_auto = True
    _anchor_fields = ("company_id",)
    _shared_fields = {"name": "name", "timezone": "tz", "currency": "currency_id"}
    _shared_topic = RECORDED_TOPIC
    _shared_noun = "store"

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

    # --- what other systems hold ----------------------------------------------------

    def _shared_key(self) -> dict[str, Any]:
        return {"store": self.code}

    def _shared_values(self) -> dict[str, Any]:
        return super()._shared_values() | {"currency": self.sudo().currency_id.name}

    def _prepare_shared(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return values of ``write``.

        :raises PayloadInvalid: no such time zone
        :raises CurrencyUnknown: not active here
        """
        prepared = super()._prepare_shared(values)
        if values.get("timezone", "UTC") not in pytz.all_timezones_set:
            raise PayloadInvalid("/data/timezone", "not in the IANA database")
        if "currency" in values:
            code = values["currency"]
            found = self.env["res.currency"].search([("name", "=", code)])
            if not found:
                raise CurrencyUnknown(
                    f"Currency {code} is not active here.", context={"currency": code}
                )
            prepared["currency_id"] = found.id
        return prepared
