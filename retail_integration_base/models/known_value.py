"""``retail.known.value``: what each system last said or was told of a field.

A row per system, record and field, and one without a system for what Odoo itself holds:
who brought it and when. It holds fingerprints, never values. The statements here decide
races: of two changes at the same time one is overtaken and replayed. Called by
``retail.ownership`` only.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from psycopg2.extras import execute_values

from odoo import api, fields, models
from odoo.tools import SQL

#: how often within an hour a field may change hands between systems
FLIPS_MAX = 6

_UPSERT = """INSERT INTO retail_known_value AS t
       (company_id, backend_id, res_model, res_id, field_name, fingerprint, known_at,
        state, origin_id, flips, flips_since)
VALUES %s
ON CONFLICT (COALESCE(backend_id, 0), res_model, res_id, field_name) DO UPDATE SET """

_NOTE = (
    _UPSERT
    + """fingerprint = EXCLUDED.fingerprint, known_at = EXCLUDED.known_at,
        state = EXCLUDED.state
  WHERE t.known_at <= EXCLUDED.known_at"""
)

_CLAIM = (
    _UPSERT
    + """fingerprint = EXCLUDED.fingerprint, known_at = EXCLUDED.known_at,
        origin_id = EXCLUDED.origin_id,
        flips = CASE
            WHEN t.flips_since < EXCLUDED.flips_since - interval '1 hour' THEN 0
            WHEN t.origin_id IS NOT DISTINCT FROM EXCLUDED.origin_id THEN t.flips
            ELSE t.flips + 1 END,
        flips_since = CASE
            WHEN t.flips_since < EXCLUDED.flips_since - interval '1 hour'
            THEN EXCLUDED.flips_since ELSE t.flips_since END
  WHERE {newer}
    AND (t.flips < {flips_max}
         OR t.flips_since < EXCLUDED.flips_since - interval '1 hour'
         OR EXCLUDED.origin_id IS NULL
         OR t.origin_id IS NOT DISTINCT FROM EXCLUDED.origin_id)
RETURNING field_name"""
)


class Known(NamedTuple):
    """What a system last knew of a field, and since when (naive UTC)."""

    fingerprint: str
    known_at: datetime
    state: str


class RetailKnownValue(models.Model):
    _name = "retail.known.value"
    _description = "Known Value"
    _order = "known_at desc, id desc"
    _rec_name = "field_name"
    _log_access = False

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    backend_id = fields.Many2one(
        "retail.backend",
        string="System",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
        help="Empty: what Odoo itself holds.",
    )
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, readonly=True
    )
    field_name = fields.Char(string="Field", required=True, readonly=True)
    fingerprint = fields.Char(
        required=True, readonly=True, help="Equal for equal values."
    )
    known_at = fields.Datetime(string="Since", required=True, readonly=True)
    state = fields.Selection(
        [
            ("held", "Held here"),
            ("told", "We told it"),
            ("said", "It told us"),
            ("refused", "It told us, not taken over"),
        ],
        required=True,
        readonly=True,
    )
    origin_id = fields.Many2one(
        "retail.backend",
        string="Brought by",
        readonly=True,
        ondelete="set null",
        help="The system whose value Odoo holds; empty: a person here.",
    )
    flips = fields.Integer(string="Changes of hands", readonly=True)
    flips_since = fields.Datetime(string="Counted since", readonly=True)

    _value_uniq = models.UniqueIndex(
        "(COALESCE(backend_id, 0), res_model, res_id, field_name)",
        "This is known already.",
    )

    @api.model
    def _find_known(
        self, backend_ids: Iterable[int], record: models.BaseModel
    ) -> dict[tuple[int, str], Known]:
        """Return ``(backend id, field) -> what it last knew`` of a record."""
        rows = self.env.execute_query(
            SQL(
                """SELECT backend_id, field_name, fingerprint, known_at, state
                     FROM retail_known_value
                    WHERE backend_id = ANY (%s) AND res_model = %s AND res_id = %s""",
                list(backend_ids),
                record._name,
                record.id,
            )
        )
        return {(row[0], row[1]): Known(*row[2:]) for row in rows}

    @api.model
    def _note(
        self,
        backend: models.BaseModel,
        record: models.BaseModel,
        fingerprints: dict[str, str],
        state: str,
        at: datetime,
    ) -> None:
        """Note what ``backend`` knows since ``at``, unless it knows something newer."""
        self._write_rows(_NOTE, backend, record, fingerprints, state, at, None)

    @api.model
    def _claim(
        self,
        record: models.BaseModel,
        fingerprints: dict[str, str],
        origin: models.BaseModel,
        at: datetime,
        *,
        newest_only: bool,
    ) -> set[str]:
        """Take fields of ``record`` for ``origin``; return the ones it got.

        One statement decides: what is older than what Odoo holds is not taken
        (``newest_only``), nor what systems wrest from each other again and again.

        :param origin: a ``retail.backend``, empty for a person
        """
        newer = "t.known_at < EXCLUDED.known_at" if newest_only else "TRUE"
        statement = _CLAIM.format(newer=newer, flips_max=FLIPS_MAX)
        none = self.env["retail.backend"]
        rows = self._write_rows(
            statement, none, record, fingerprints, "held", at, origin.id or None
        )
        return {row[0] for row in rows}

    @api.model
    def _is_newer(self, record: models.BaseModel, name: str, at: datetime) -> bool:
        """Tell whether Odoo holds a value that is as new as ``at``, or newer."""
        rows = self.env.execute_query(
            SQL(
                """SELECT known_at >= %s FROM retail_known_value
                    WHERE backend_id IS NULL AND res_model = %s AND res_id = %s
                      AND field_name = %s""",
                at,
                record._name,
                record.id,
                name,
            )
        )
        return bool(rows and rows[0][0])

    def _write_rows(
        self,
        statement: str,
        backend: models.BaseModel,
        record: models.BaseModel,
        fingerprints: dict[str, str],
        state: str,
        at: datetime,
        origin_id: int | None,
    ) -> list[tuple]:
        company = backend.company_id or record.sudo().company_id or self.env.company
        rows = [
            (
                *(company.id, backend.id or None, record._name, record.id),
                *(name, fingerprint, at, state, origin_id, 0),
            )
            for name, fingerprint in sorted(fingerprints.items())
        ]
        if not rows:
            return []
        self.env.flush_all()
        returned = execute_values(
            self.env.cr._obj,
            statement,
            rows,
            template=f"({', '.join(['%s'] * 10)}, now() AT TIME ZONE 'UTC')",
            fetch="RETURNING" in statement,
        )
        self.invalidate_model()
        return returned or []
