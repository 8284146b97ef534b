"""``retail.announced.mixin``: records that workers keep in memory.

Doors, keys, secrets, schemes and topics are read with every message, so each worker
remembers them (``ormcache``). A change of such a record is announced to all workers.
Counters and cursors never belong on them: each write would empty everybody's memory.
"""

from odoo import api, models


class RetailAnnouncedMixin(models.AbstractModel):
    _name = "retail.announced.mixin"
    _description = "Record that Workers Remember"

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> models.BaseModel:
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals: dict) -> bool:
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self) -> bool:
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
