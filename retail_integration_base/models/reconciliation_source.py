"""``retail.reconciliation.source``: the contract of our side of a comparison.

One concrete model per kind of record, chosen on the rule: a named query in code, never
SQL or Python in the database. Called by ``retail.reconciliation.run``.
"""

from datetime import date

from odoo import api, models
from odoo.tools import SQL

from ..tools.errors import ConnectorNotImplemented
from ..tools.reconciliation import Column


class RetailReconciliationSource(models.AbstractModel):
    _name = "retail.reconciliation.source"
    _description = "Our Side of a Reconciliation"

    #: what the query's ``res_id`` is the id of
    _source_model = ""

    @api.model
    def _columns(self) -> list[Column]:
        """Return the columns that the query has, as a rule usually compares them.

        Every source overrides it. Names are those of ``_query``.
        """
        raise ConnectorNotImplemented(self._name, "_columns")

    @api.model
    def _labels(self) -> dict[str, str]:
        """Return what people call the columns, in the reader's language.

        Sources override it; a column without a label goes by its name.
        """
        return {}

    @api.model
    def _query(
        self, backend: models.BaseModel, since: date | None, until: date | None
    ) -> SQL:
        """Return a SELECT of our rows: ``_columns``, ``res_id`` and ``is_optional``.

        Every source overrides it. Text columns are ``text`` and never NULL in keys,
        numbers ``numeric``, dates ``text`` (ISO).

        :param since: first day, inclusive; ``None`` for all
        :param until: day after the last
        """
        raise ConnectorNotImplemented(self._name, "_query")

    @api.model
    def _other_query(
        self, backend: models.BaseModel, since: date | None, until: date | None
    ) -> SQL:
        """Return a SELECT of the other side, where that is a list of ours as well.

        Optional: only sources that a rule with *Another list of ours* compares. Shapes
        and parameters as ``_query``, without ``res_id`` and ``is_optional``.
        """
        raise ConnectorNotImplemented(self._name, "_other_query")

    @api.model
    def _heal_missing_there(self, backend: models.BaseModel, ids: list[int]) -> int:
        """Tell ``backend`` once more about these records; return how many were told.

        Optional: only sources that can. Idempotent under the old message ids.
        """
        raise ConnectorNotImplemented(self._name, "_heal_missing_there")
