"""``retail.store``: how long a store may be silent, and when it is too long (R161)."""

from odoo import fields, models

from .measure import Scope


class RetailStore(models.Model):
    _inherit = "retail.store"

    silence_hours_max = fields.Integer(
        string="Silence allowed (h)",
        default=30,
        help="A store that sent no sale for longer is late. More for one that closes "
        "on some days; 0 for one that need not send anything.",
    )
    is_late = fields.Boolean(
        string="Silent", compute="_compute_is_late", search="_search_is_late"
    )

    _silence_positive = models.Constraint(
        "CHECK (silence_hours_max >= 0)", "Hours of silence cannot be negative."
    )

    def _compute_is_late(self) -> None:
        late = self._late_ids()
        for store in self:
            store.is_late = store.id in late

    def _search_is_late(self, operator: str, value: object) -> list:
        if operator != "in":
            return NotImplemented
        return [("id", "in", sorted(self._late_ids()))]

    def _late_ids(self) -> set[int]:
        self.flush_model()
        measures = self.env["retail.measure"]
        samples = measures._read(measures._get("stores_late"), Scope())
        return {sample.store_id for sample in samples}
