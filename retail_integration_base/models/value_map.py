"""``retail.value.map``: what a value of another system means in ours (R129).

Taxes, tenders, reasons, accounts, statuses: a small dictionary with effective dates
and an owner. A map applies to one backend, or to all when it names none; the more
specific one wins.
"""

import re
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

TENDER_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")


class RetailValueMap(models.Model):
    _name = "retail.value.map"
    _description = "Value Map"
    _inherit = ["mail.thread", "retail.anchored.mixin", "retail.accountable.mixin"]
    _order = "kind, external_value, valid_from desc"
    _rec_name = "external_value"
    _check_company_auto = True
    _anchor_fields = ("company_id",)

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    backend_id = fields.Many2one(
        "retail.backend", check_company=True, help="Empty: every backend."
    )
    kind = fields.Selection(
        [
            ("tax", "Tax"),
            ("tender", "Tender"),
            ("reason", "Reason"),
            ("location", "Location"),
            ("account", "Account"),
            ("status", "Status"),
        ],
        required=True,
    )
    external_value = fields.Char(string="Value there", required=True, tracking=True)
    internal_value = fields.Char(string="Value here", required=True, tracking=True)
    valid_from = fields.Date(required=True, default=fields.Date.today, tracking=True)
    valid_until = fields.Date(tracking=True)
    owner_id = fields.Many2one("res.users", default=lambda self: self.env.user)
    active = fields.Boolean(default=True)

    _map_uniq = models.UniqueIndex(
        "(company_id, COALESCE(backend_id, 0), kind, external_value, valid_from)"
        " WHERE active",
        "This value is mapped from that date already.",
    )

    @api.constrains("valid_from", "valid_until")
    def _check_dates(self) -> None:
        if any(m.valid_until and m.valid_until < m.valid_from for m in self):
            raise ValidationError(self.env._("A map cannot end before it begins."))

    @api.constrains("kind", "internal_value")
    def _check_tender(self) -> None:
        # Tender codes leave the house in messages, whose contract knows their form.
        for record in self.filtered(lambda m: m.kind == "tender"):
            if not TENDER_CODE.fullmatch(record.internal_value):
                raise ValidationError(
                    self.env._(
                        "A tender is called by a short code such as card or gift_card, "
                        "not %(value)s.",
                        value=record.internal_value,
                    )
                )

    @api.model
    def _find_values(
        self, backend: models.BaseModel, kind: str, on: date
    ) -> dict[str, str]:
        """Return every ``value there -> value here`` of ``kind`` on that day."""
        domain = Domain(
            [
                ("company_id", "=", backend.company_id.id),
                ("kind", "=", kind),
                ("backend_id", "in", [backend.id, False]),
                ("valid_from", "<=", on),
            ]
        ) & (Domain("valid_until", "=", False) | Domain("valid_until", ">=", on))
        # Sorted so that the last one written wins: general before specific, old
        # before new.
        maps = self.search(domain).sorted(lambda m: (bool(m.backend_id), m.valid_from))
        return {m.external_value: m.internal_value for m in maps}
