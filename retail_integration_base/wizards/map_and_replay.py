"""``retail.map.and.replay``: say what an unknown value means, then try again.

Opened from an exception of category "mapping". Writes the link or map that was
missing and replays every message that waits for the same value.
"""

from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

FIRST_DAY = date(1970, 1, 1)


class RetailMapAndReplay(models.TransientModel):
    _name = "retail.map.and.replay"
    _description = "Map and Replay"

    exception_id = fields.Many2one("retail.exception", required=True)
    backend_id = fields.Many2one(related="exception_id.backend_id", related_sudo=False)
    company_id = fields.Many2one(related="exception_id.company_id", related_sudo=False)
    kind = fields.Char(related="exception_id.mapping_kind", related_sudo=False)
    value = fields.Char(
        related="exception_id.mapping_value", related_sudo=False, string="Value there"
    )
    product_id = fields.Many2one("product.product")
    store_id = fields.Many2one("retail.store")
    internal_value = fields.Char(string="Value here")
    waiting_count = fields.Integer(compute="_compute_waiting_count")

    def _waiting(self) -> models.BaseModel:
        """Return the open exceptions that wait for the same value."""
        return self.env["retail.exception"].search(
            [
                ("backend_id", "=", self.backend_id.id),
                ("mapping_kind", "=", self.kind),
                ("mapping_value", "=", self.value),
                ("state", "!=", "resolved"),
            ]
        )

    @api.depends("exception_id")
    def _compute_waiting_count(self) -> None:
        for wizard in self:
            wizard.waiting_count = len(wizard._waiting())

    def action_apply(self) -> dict:
        """Write the mapping and replay everything that waits for it."""
        self.ensure_one()
        self.exception_id.check_access("write")
        if not self.kind:
            raise UserError(self.env._("There is nothing to map in this exception."))
        if self.kind == "sku":
            self._link("product", self.product_id)
        elif self.kind == "store":
            self._link("store", self.store_id)
        else:
            self._map_value()
        waiting = self._waiting()
        waiting.action_replay()
        waiting._resolve(
            "mapped",
            self.env._(
                "%(value)s was mapped by %(user)s.",
                value=self.value,
                user=self.env.user.name,
            ),
        )
        waiting._audit("mapped", kind=self.kind, value=self.value, to=self._answer())
        return waiting._say({"replayed": len(waiting)})

    def _answer(self) -> str:
        """Return what the value means here, as the audit keeps it."""
        record = {"sku": self.product_id, "store": self.store_id}.get(self.kind)
        return record.display_name if record else self.internal_value

    def _link(self, entity: str, record: models.BaseModel) -> None:
        if not record:
            raise UserError(self.env._("Choose what %(value)s is.", value=self.value))
        links = self.env["retail.external.id"]
        of_backend = [
            ("backend_id", "=", self.backend_id.id),
            ("entity", "=", entity),
        ]
        known = links.search([*of_backend, ("external_id", "=", self.value)])
        other = links.search([*of_backend, ("res_id", "=", record.id)]) - known
        values = {"res_id": record.id, "is_alias": bool(other)}
        if known:
            known.write(values)
        else:
            links.create(
                {
                    "backend_id": self.backend_id.id,
                    "entity": entity,
                    "external_id": self.value,
                    **values,
                }
            )

    def _map_value(self) -> None:
        if not self.internal_value:
            raise UserError(
                self.env._("Say what %(value)s is called here.", value=self.value)
            )
        maps = self.env["retail.value.map"]
        of_value = maps.search(
            [
                ("company_id", "=", self.company_id.id),
                ("backend_id", "=", self.backend_id.id),
                ("kind", "=", self.kind),
                ("external_value", "=", self.value),
            ]
        )
        # From the first day on, so that late sales are helped as well; where that day
        # is taken, the old map has ended and the new one follows it.
        first = of_value.filtered(lambda m: m.valid_from == FIRST_DAY)
        valid_from = FIRST_DAY
        if first:
            valid_from = (first.valid_until or FIRST_DAY) + timedelta(days=1)
        same_day = of_value.filtered(lambda m: m.valid_from == valid_from)
        if same_day:
            same_day.write(
                {"internal_value": self.internal_value, "valid_until": False}
            )
            return
        maps.create(
            {
                "company_id": self.company_id.id,
                "backend_id": self.backend_id.id,
                "kind": self.kind,
                "external_value": self.value,
                "internal_value": self.internal_value,
                "valid_from": valid_from,
            }
        )
