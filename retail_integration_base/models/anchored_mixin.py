"""``retail.anchored.mixin``: records that stay where they were made.

A credential belongs to its backend and a backend to its company for good. Odoo checks
record rules before a write only, so moving a record would let it into another company.
"""

from typing import Any

from odoo import models
from odoo.exceptions import UserError


class RetailAnchoredMixin(models.AbstractModel):
    _name = "retail.anchored.mixin"
    _description = "Record that Stays where it was Made"

    #: fields that say where a record belongs
    _anchor_fields: tuple[str, ...] = ()

    def write(self, vals: dict) -> bool:
        for name in self._anchor_fields:
            if name in vals and any(r._is_moved(name, vals[name]) for r in self):
                raise UserError(
                    self.env._(
                        "%(field)s cannot change; make a new record instead.",
                        field=self._fields[name].get_description(self.env)["string"],
                    )
                )
        return super().write(vals)

    def _is_moved(self, name: str, value: Any) -> bool:
        """Tell whether ``value`` of ``write`` is another one than the record has."""
        field = self._fields[name]
        new, old = (field.convert_to_cache(one, self) for one in (value, self[name]))
        return new != old
