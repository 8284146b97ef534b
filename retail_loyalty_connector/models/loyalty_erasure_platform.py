"""``retail.loyalty.erasure``: the program's platform forgets the person, too.

Each account that a platform has of them is a row (``retail.loyalty.platform.change``).
When the last one is done, by the platform or by a person there, what they were called
there is forgotten here as well.
"""

from odoo import models

from ..tools.postings import derived_uuid


class RetailLoyaltyErasure(models.Model):
    _inherit = "retail.loyalty.erasure"

    def _changes(self) -> models.BaseModel:
        changes = self.env["retail.loyalty.platform.change"].sudo()
        return changes.search([("erasure_id", "in", self.ids)])

    def _tell_platform(self, everybody: models.BaseModel) -> bool:
        """Have the platform told of each account that it has of these members.

        :return: whether it has any, or had while it ran the program
        """
        changes = self.env["retail.loyalty.platform.change"].sudo()
        changes.search([("member_id", "in", everybody.ids)])._end("dropped")
        backend = self.member_id.program_id.backend_id
        if not backend:
            return any(everybody.mapped("platform_ref"))
        accounts = self.env["retail.loyalty.platform.member"].search(
            [
                ("backend_id", "=", backend.id),
                ("member_id", "in", everybody.ids),
                ("state", "!=", "gone"),
            ]
        )
        known = {one.member_ref: one.member_id for one in accounts}
        known |= {one.platform_ref: one for one in everybody if one.platform_ref}
        for ref, member in sorted(known.items()):
            changes._tell(
                derived_uuid(member.uuid, f"platform.erase:{self.id}:{ref}"),
                "erase",
                member,
                ref,
                erasure_id=self.id,
            )
        return bool(known)

    def _note_told(self, changes: models.BaseModel) -> None:
        """Go on with erasures of whose rows these were the last."""
        erasures = changes.erasure_id.sudo()
        for erasure in erasures.filtered(lambda one: one.platform_state == "open"):
            left = erasure._changes().filtered(lambda one: one.state != "done")
            if not left:
                erasure._forget_at_platform()

    def _forget_at_platform(self) -> None:
        self.platform_state = "told"
        (self.member_id | self.member_id._absorbed())._erase_at_platform()
        self.env["retail.audit.entry"]._record("member.platform_told", self)
