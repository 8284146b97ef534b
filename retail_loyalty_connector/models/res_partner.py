"""``res.partner``: what changes of a person changes of the members they are (R7)."""

from odoo import models

from odoo.addons.retail_integration_base.models.shared_mixin import TAKING_OVER

#: field of the person -> canonical field of the member
SHARED = {"name": "name", "email": "email", "phone": "phone"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals: dict) -> bool:
        names = [shared for own, shared in SHARED.items() if own in vals]
        if not names or (self.env.su and self.env.context.get(TAKING_OVER)):
            return super().write(vals)
        members = (
            self.env["retail.loyalty.member"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", self.ids),
                    ("program_id.backend_id", "!=", False),
                ]
            )
        )
        before = {member.id: member._shared_values() for member in members}
        done = super().write(vals)
        for member in members:
            now = member._shared_values()
            changed = [name for name in names if now[name] != before[member.id][name]]
            if changed:
                self.env["retail.ownership"]._changed_here(member, changed)
        return done
