"""``retail.loyalty.member``: forgetting who they are (``retail.loyalty.erasure``).

The row stays, since entries stand on it: without name, number and contact.
"""

from odoo import models

from .loyalty_erasure import FORGET_CONSENTS, FORGET_REFS, HAS_BOOKS, PERSONAL


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    def _erase_person(self) -> bool:
        """Take away what names the person; return whether their contact stays.

        Called by ``retail.loyalty.erasure``, which has asked two people.
        """
        self.ensure_one()
        person = self.partner_id
        number = f"erased-{self.id}"
        nobody = self.env["res.partner"].create(
            {"name": number, "company_id": person.company_id.id, "active": False}
        )
        values = {"partner_id": nobody.id, "number": number}
        if self.state != "merged":
            values["state"] = "closed"
        self.write(values)
        self.env.flush_all()
        self.env.cr.execute(FORGET_CONSENTS, (self.ids,))
        pairs = self.env["retail.loyalty.duplicate"].search(
            ["|", ("member_id", "=", self.id), ("other_id", "=", self.id)], limit=1000
        )
        pairs.unlink()
        self.env["retail.loyalty.consent"].invalidate_model(["ip", "ref"])
        return not self._erase_contact(person)

    def _erase_at_platform(self) -> None:
        """Forget what a platform calls them: it has forgotten them, or never knew."""
        self.platform_ref = False
        self.env.flush_all()
        for statement in FORGET_REFS:
            self.env.cr.execute(statement, (self.ids,))
        self.env.invalidate_all()

    def _erase_contact(self, person: models.BaseModel) -> bool:
        """Empty the contact, unless something else of Odoo stands on it."""
        self.env.cr.execute(HAS_BOOKS, (person.id,))
        (has_books,) = self.env.cr.fetchone()
        is_elsewhere = self.search_count([("partner_id", "=", person.id)], limit=1)
        if has_books or is_elsewhere or person.with_context(active_test=False).user_ids:
            return False
        values = {name: False for name in PERSONAL if name in person._fields}
        person.write({**values, "name": f"erased-{person.id}", "active": False})
        # What was written and tracked about the contact names the person as well.
        person.message_ids.unlink()
        return True
