"""Value maps become versions that a second person approves; those in use are approved.

Where two maps of one value held on the same day, the one that began later counted. From
now on the database forbids it, so the earlier one gives its days up; where it counted
again afterwards, it does so as a version of its own.
"""

from odoo.sql_db import Cursor
from odoo.tools.sql import column_exists

from odoo.addons.retail_integration_base.tools.validity import Span

COPIED = (
    "company_id, backend_id, kind, external_value, internal_value, owner_id, active,"
    " state, create_uid, create_date, write_uid, write_date"
)


def migrate(cr: Cursor, version: str | None) -> None:
    """Called by Odoo before the constraints of this version are added."""
    if not version or column_exists(cr, "retail_value_map", "state"):
        return
    cr.execute(
        """ALTER TABLE retail_value_map ADD COLUMN state varchar;
           UPDATE retail_value_map SET state = 'approved';
           DROP INDEX IF EXISTS retail_value_map_map_uniq"""
    )
    cr.execute(
        """SELECT (company_id, backend_id, kind, external_value)::text,
                  id, valid_from, valid_until
             FROM retail_value_map WHERE active ORDER BY 1, valid_from"""
    )
    held: dict[str, list[tuple[int, Span]]] = {}
    for slot, map_id, start, until in cr.fetchall():
        new = Span(start, until)
        kept = []
        for old_id, span in held.get(slot, []):
            kept += _cut(cr, old_id, span, span.without(new))
        held[slot] = [*kept, (map_id, new)]


def _cut(
    cr: Cursor, map_id: int, span: Span, pieces: list[Span]
) -> list[tuple[int, Span]]:
    """Leave a map its first piece of days, make further ones rows; return all."""
    if pieces == [span]:
        return [(map_id, span)]
    first, *further = pieces
    cr.execute(
        "UPDATE retail_value_map SET valid_from = %s, valid_until = %s WHERE id = %s",
        [first.start, first.until, map_id],
    )
    kept = [(map_id, first)]
    for piece in further:
        cr.execute(
            f"INSERT INTO retail_value_map ({COPIED}, valid_from, valid_until)"
            f" SELECT {COPIED}, %s, %s FROM retail_value_map"  # nosec B608 # names of ours
            " WHERE id = %s RETURNING id",
            [piece.start, piece.until, map_id],
        )
        kept.append((cr.fetchone()[0], piece))
    return kept
