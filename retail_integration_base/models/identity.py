"""``retail.identity``: one way to recognise a person, normalised (R11).

A row is a phone number (E.164), an e-mail address, a card token or an id of some
system, inside a scope (a company). It may point at a partner; while it does not, the
person is known but not matched. Matching is deterministic: equal values only.
"""

from collections.abc import Iterable

from psycopg2.extras import execute_values

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import identity as normal
from ..tools.errors import PayloadInvalid

#: Strongest first: a card is one person's, a phone may be a family's.
MATCH_ORDER = ("loyalty", "card", "external", "email", "phone")


class RetailIdentity(models.Model):
    _name = "retail.identity"
    _inherit = ["retail.anchored.mixin", "retail.accountable.mixin"]
    _description = "Customer Identity"
    _order = "id desc"
    _check_company_auto = True
    _anchor_fields = ("company_id",)
    _audit_masked = ("value",)

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    kind = fields.Selection(
        [
            ("loyalty", "Loyalty number"),
            ("card", "Card token"),
            ("external", "Id in another system"),
            ("email", "E-mail"),
            ("phone", "Phone"),
        ],
        required=True,
    )
    value = fields.Char(required=True, help="Normalised; unique per company and kind.")
    partner_id = fields.Many2one(
        "res.partner", index="btree_not_null", check_company=True, ondelete="set null"
    )
    transaction_ids = fields.One2many("retail.transaction", "identity_id")

    _value_uniq = models.Constraint(
        "UNIQUE (company_id, kind, value)", "This identity is known already."
    )

    @api.depends("kind", "value")
    def _compute_display_name(self) -> None:
        for record in self:
            record.display_name = normal.masked(record.value or "")

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailIdentity":
        for vals in vals_list:
            if vals.get("kind") and vals.get("value"):
                vals["value"] = self._normalise(vals["kind"], vals["value"])
        return super().create(vals_list)

    def write(self, vals: dict) -> bool:
        if "value" not in vals:
            return super().write(vals)
        for record in self:
            kind = vals.get("kind") or record.kind
            value = self._normalise(kind, vals["value"])
            super(RetailIdentity, record).write(vals | {"value": value})
        return True

    @api.model
    def _normalise(self, kind: str, value: str) -> str:
        """Return ``value`` in the one form that messages are compared with.

        :raises ValidationError: it is no such thing
        """
        region = self.env.company.country_id.code or None
        try:
            if kind == "phone":
                return normal.normalise_phone(value, region=region)
            if kind == "email":
                return normal.normalise_email(value)
            return normal.normalise_card(value) if kind == "card" else value.strip()
        except PayloadInvalid as error:
            raise ValidationError(error.message) from error

    @api.model
    def _ensure(
        self, company_id: int, wanted: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], "RetailIdentity"]:
        """Return the identities for ``(kind, value)`` pairs, creating unknown ones.

        One statement for the new ones. Of two jobs that see the same new customer at
        the same time, the later one is replayed and then finds the first one's.
        """
        pairs = sorted(set(wanted))
        if not pairs:
            return {}
        known = self._find_many(company_id, pairs)
        missing = [pair for pair in pairs if pair not in known]
        if missing:
            rows = execute_values(
                self.env.cr._obj,
                "INSERT INTO retail_identity (company_id, kind, value, create_uid,"
                " create_date, write_uid, write_date) VALUES %s"
                " ON CONFLICT (company_id, kind, value) DO NOTHING"
                " RETURNING id, kind, value",
                [(company_id, kind, value) for kind, value in missing],
                template=f"(%s, %s, %s, {self.env.uid}, now() AT TIME ZONE 'UTC',"
                f" {self.env.uid}, now() AT TIME ZONE 'UTC')",
                fetch=True,
            )
            # Read together: whoever asks one for its customer asks all of them.
            created = self.browse(row[0] for row in rows)
            known |= dict(zip(((row[1], row[2]) for row in rows), created, strict=True))
        return known

    def _find_many(
        self, company_id: int, pairs: list[tuple[str, str]]
    ) -> dict[tuple[str, str], "RetailIdentity"]:
        found = self.search(
            [
                ("company_id", "=", company_id),
                ("value", "in", [value for _kind, value in pairs]),
            ]
        )
        wanted = set(pairs)
        return {
            (record.kind, record.value): record
            for record in found
            if (record.kind, record.value) in wanted
        }
