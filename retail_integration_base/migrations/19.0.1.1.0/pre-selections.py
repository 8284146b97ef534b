"""Fields that were selections and are plain text now: forget their values.

Odoo takes the values of a selection away at the end of an upgrade and then expects that
the field is one still.
"""

from odoo.sql_db import Cursor

FIELDS = (("retail.exception", "category"),)


def migrate(cr: Cursor, version: str) -> None:
    """Delete what describes the former values; the records keep theirs."""
    for model, field in FIELDS:
        cr.execute(
            """DELETE FROM ir_model_fields_selection s USING ir_model_fields f
                WHERE f.id = s.field_id AND f.model = %s AND f.name = %s
            RETURNING s.id""",
            [model, field],
        )
        gone = [row[0] for row in cr.fetchall()]
        cr.execute(
            "DELETE FROM ir_model_data WHERE model = 'ir.model.fields.selection'"
            " AND res_id = ANY (%s)",
            [gone],
        )
