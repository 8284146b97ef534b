"""``retail.shared.mixin``: records of which several systems hold a copy.

A model says which of its fields travel, under which canonical names and in which topic
changes are told. From then on every change goes through ``retail.ownership``: a
system's in ``_receive``, a person's here. Inherited by ``retail.store`` and by the
master data of feature modules.
"""

from typing import Any

from odoo import api, models

from ..tools.clock import to_naive, utc_now
from ..tools.errors import ConnectorNotImplemented

#: set by ``retail.ownership``, and honoured for the superuser only: a message's values
TAKING_OVER = "retail_taking_over"


class RetailSharedMixin(models.AbstractModel):
    _name = "retail.shared.mixin"
    _description = "Record that Several Systems Hold"

    #: canonical field -> field here
    _shared_fields: dict[str, str] = {}
    #: outgoing topic that tells changes; empty: they are not told
    _shared_topic = ""
    #: canonical word for such a record, in subjects and partition keys
    _shared_noun = ""

    def _shared_key(self) -> dict[str, Any]:
        """Return what names the record in a message.

        Every model that tells its changes overrides it.
        """
        raise ConnectorNotImplemented(self._name, "_shared_key")

    def _shared_values(self) -> dict[str, Any]:
        """Return ``canonical field -> value as it travels``; a model may refine it."""
        self.ensure_one()
        record = self.sudo()
        return {name: record[own] or None for name, own in self._shared_fields.items()}

    def _prepare_shared(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return values of ``write`` for canonical ones; a model may refine it.

        :raises RetailError: a value means nothing here
        """
        return {self._shared_fields[name]: value for name, value in values.items()}

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailSharedMixin":
        records = super().create(vals_list)
        now = to_naive(utc_now())
        for record in records:
            self.env["retail.ownership"]._hold(record, list(self._shared_fields), now)
        return records

    def write(self, vals: dict) -> bool:
        names = [name for name, own in self._shared_fields.items() if own in vals]
        if not names or (self.env.su and self.env.context.get(TAKING_OVER)):
            return super().write(vals)
        before = {record.id: record._shared_values() for record in self}
        result = super().write(vals)
        for record in self:
            now = record._shared_values()
            changed = [name for name in names if now[name] != before[record.id][name]]
            if changed:
                self.env["retail.ownership"]._changed_here(record, changed)
        return result

    def unlink(self) -> bool:
        """Forget who knew what of records that are gone."""
        known = self.env["retail.known.value"].sudo()
        gone = known.search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        )
        result = super().unlink()
        gone.unlink()
        return result
