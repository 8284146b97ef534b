"""``retail.map.and.replay``: say what an unknown value means, then try again.

Opened from an exception of category "mapping". Writes the link or map that was
missing and replays every message that waits for the same value. What nobody mapped
before one person may answer, unless the money that waits asks for a second one.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError

#: kinds that are links to a record, not values
LINKED = ("sku", "store")


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
    needs_second_person = fields.Boolean(compute="_compute_waiting_count")

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
            waiting = wizard._waiting()
            wizard.waiting_count = len(waiting)
            wizard.needs_second_person = wizard.kind not in LINKED and any(
                one._needs_second_person() for one in waiting
            )

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
        elif not self._map_value():
            return self.exception_id._say({"proposed": self.waiting_count})
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

    def _map_value(self) -> bool:
        """Write what the value means; tell whether it holds already."""
        if not self.internal_value:
            raise UserError(
                self.env._("Say what %(value)s is called here.", value=self.value)
            )
        answers = self.env["retail.value.map"]._answer_unmapped(
            self.backend_id, self.kind, self.value, self.internal_value.strip()
        )
        if self.needs_second_person:
            for draft in answers:
                draft.message_post(
                    body=self.env._(
                        "%(count)s messages wait for this; their amount takes a second "
                        "person. They are tried again when it is approved.",
                        count=self.waiting_count,
                    )
                )
            return False
        answers._approve(alone="unmapped until now", exception=self.exception_id.id)
        return True
