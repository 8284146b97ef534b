"""``retail.accountable.mixin``: records whose changes somebody answers for.

Set-up and master data: each creation, change and deletion leaves an audit entry with
old and new values (R147). Not for what lanes write, since an entry updates the head of
its chain. Called by the ORM.
"""

from typing import Any

from odoo import api, fields, models

TEXT_CHARS_MAX = 500
#: what mail keeps about a record is not the record
NOISE = ("message_", "activity_", "website_message_", "rating_", "my_activity_")
KINDS_LEFT_OUT = ("one2many", "binary", "properties")


class RetailAccountableMixin(models.AbstractModel):
    _name = "retail.accountable.mixin"
    _description = "Record whose Changes are Audited"

    #: fields of which only the name is kept, because their values are personal
    _audit_masked: tuple[str, ...] = ()

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailAccountableMixin":
        records = super().create(vals_list)
        for record, vals in zip(records, vals_list, strict=True):
            record._audit("created", record._audit_values(vals))
        return records

    def write(self, vals: dict) -> bool:
        before = [record._audit_values(vals) for record in self]
        result = super().write(vals)
        for record, old in zip(self, before, strict=True):
            new = record._audit_values(vals)
            changed = {
                name: [old[name], new[name]] for name in new if new[name] != old[name]
            }
            hidden = [name for name in vals if record._is_hidden(name)]
            if changed or hidden:
                record._audit("changed", changed | dict.fromkeys(hidden, "changed"))
        return result

    def unlink(self) -> bool:
        for record in self:
            record._audit("deleted", {})
        return super().unlink()

    def _audit(self, verb: str, details: dict[str, Any]) -> None:
        # What a module brings along is in its release, nobody here did it.
        if not self.env.context.get("install_mode"):
            noun = self._name.removeprefix("retail.").replace(".", "_")
            self.env["retail.audit.entry"]._record(
                f"{noun}.{verb}", self, details=details
            )

    def _audit_values(self, names: dict) -> dict[str, Any]:
        """Return the values of those fields that may stand in an entry."""
        record = self.sudo()
        return {
            name: _shortened(
                name,
                record._fields[name].convert_to_read(
                    record[name], record, use_display_name=False
                ),
            )
            for name in names
            if self._is_audited(name)
        }

    def _is_audited(self, name: str) -> bool:
        field = self._fields.get(name)
        return bool(
            field
            and field.store
            and field.type not in KINDS_LEFT_OUT
            and not name.startswith(NOISE)
            and not self._is_hidden(name)
        )

    def _is_hidden(self, name: str) -> bool:
        field = self._fields.get(name)
        return bool(
            field and (field.groups == fields.NO_ACCESS or name in self._audit_masked)
        )


def _shortened(name: str, value: Any) -> Any:
    """Return a value without what may be secret in an address, and not too long."""
    if isinstance(value, str):
        if name.endswith("url") and "?" in value:
            value = value.partition("?")[0] + "?***"
        return value[:TEXT_CHARS_MAX]
    return value
