"""Field types that Odoo lacks. No model and no logic here."""

from typing import Any

from odoo import fields, models


class BigInteger(fields.Integer):
    """An integer of 64 bits: receipt numbers of some tills, points of a ledger.

    Odoo's own ``Integer`` ends at 2,147,483,647.
    """

    _column_type = ("int8", "int8")


class LooseMany2one(fields.Many2one):
    """A Many2one without a foreign key in the database.

    For tables that get thousands of rows a second: each key check locks the same few
    parent rows from every worker and costs as much as a third of the insert
    (measured with ``setup/bench``). Who uses it keeps parents from being deleted.
    """

    def update_db_foreign_key(self, model: models.BaseModel, column: Any) -> None:
        """Leave the column without a constraint."""
