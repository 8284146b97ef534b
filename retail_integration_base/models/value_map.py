"""``retail.value.map``: what a value of another system means in ours (R129).

Taxes, tenders, reasons, accounts, statuses: a small dictionary of approved versions
with an owner (``approved_mixin.py``). A map applies to one backend, or to all when it
names none; the more specific one wins. Documents ask for the day of their business, so
a replay finds what held then. Called by ``retail.resolver`` and the wizard that answers
unmapped values.
"""

import re
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools.validity import gaps
from .approved_mixin import no_overlap

TENDER_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")


class RetailValueMap(models.Model):
    _name = "retail.value.map"
    _description = "Value Map"
    _inherit = ["retail.anchored.mixin", "retail.approved.mixin"]
    _order = "kind, external_value, valid_from desc"
    _rec_name = "external_value"
    _check_company_auto = True
    _anchor_fields = ("company_id",)
    _version_key = ("company_id", "backend_id", "kind", "external_value")
    _version_content = ("internal_value",)

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
    owner_id = fields.Many2one("res.users", default=lambda self: self.env.user)

    _in_force_excl = models.Constraint(
        no_overlap(
            "company_id::text || ':' || COALESCE(backend_id, 0)::text || ':' || kind"
            " || ':' || external_value"
        ),
        "Another version of this map holds on one of these days.",
    )
    _lookup_idx = models.Index("(company_id, kind, external_value)")

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
            ]
        ) & self._in_force(on)
        # Sorted so that the last one written wins: general before specific, old
        # before new.
        maps = self.search(domain).sorted(lambda m: (bool(m.backend_id), m.valid_from))
        return {m.external_value: m.internal_value for m in maps}

    @api.model
    def _answer_unmapped(
        self, backend: models.BaseModel, kind: str, external: str, internal: str
    ) -> "RetailValueMap":
        """Return drafts that say what a value means on every day it is not mapped.

        From the first day on, so that sales reported late are helped as well; what
        holds on other days, for this system or for all, is left as it is.
        """
        held = self.sudo().search(
            [
                ("company_id", "=", backend.company_id.id),
                ("backend_id", "in", [backend.id, False]),
                ("kind", "=", kind),
                ("external_value", "=", external),
                ("state", "=", "approved"),
            ]
        )
        return self.create(
            [
                {
                    "company_id": backend.company_id.id,
                    "backend_id": backend.id,
                    "kind": kind,
                    "external_value": external,
                    "internal_value": internal,
                    "valid_from": span.start,
                    "valid_until": span.until,
                }
                for span in gaps(version._span() for version in held)
            ]
        )

    def _after_approval(self) -> None:
        """Try again what waits for the meaning of these values."""
        for version in self:
            domain = Domain(
                [
                    ("company_id", "=", version.company_id.id),
                    ("mapping_kind", "=", version.kind),
                    ("mapping_value", "=", version.external_value),
                    ("state", "in", ("open", "in_progress")),
                ]
            )
            if version.backend_id:
                domain &= Domain("backend_id", "=", version.backend_id.id)
            waiting = self.env["retail.exception"].sudo().search(domain)
            if waiting:
                waiting.action_replay()
                waiting._resolve(
                    "mapped",
                    self.env._(
                        "%(value)s was mapped by %(user)s.",
                        value=version.external_value,
                        user=self.env.user.name,
                    ),
                )
        return super()._after_approval()
