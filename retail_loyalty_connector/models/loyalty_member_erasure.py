"""``retail.loyalty.member``: forgetting who they are (``retail.loyalty.erasure``).

The row stays, since entries stand on it: without name, number and contact.
"""

from odoo import models

from odoo.addons.retail_integration_base.models.shared_mixin import TAKING_OVER

from .loyalty_erasure import FORGET_CONSENTS, FORGET_REFS, HAS_BOOKS

#: what a person is and is known by: whatever is written, drawn or dated on a contact
WRITTEN = ("char", "text", "html", "date", "binary", "image")
#: and what else says who they are, whatever module brings it
PERSONAL = ("category_id", "state_id", "partner_latitude", "partner_longitude")
FORGOTTEN = {
    "birth_date": False,
    "birthday_month": False,
    "state_reason": False,
    "state_changed_by_id": False,
    "state_changed_at": False,
}


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    def _erase_person(self) -> bool:
        """Take away what names the person; return whether their contact stays.

        Called by ``retail.loyalty.erasure``, which has asked two people.
        """
        self.ensure_one()
        person = self.partner_id
        number = f"erased-{self.id}"
        # Fingerprints of a birthday or a phone are guessed in no time.
        self._forget_known()
        nobody = self.env["res.partner"].create(
            {"name": number, "company_id": person.company_id.id, "active": False}
        )
        values = {**FORGOTTEN, "partner_id": nobody.id, "number": number}
        if self.state != "merged":
            values["state"] = "closed"
        # Nobody is told a new name: that a platform forgets is a step of its own.
        self.with_context(**{TAKING_OVER: True}).write(values)
        self.env.flush_all()
        self.env.cr.execute(FORGET_CONSENTS, (self.ids,))
        pairs = self.env["retail.loyalty.duplicate"].search(
            ["|", ("member_id", "=", self.id), ("other_id", "=", self.id)], limit=1000
        )
        pairs.unlink()
        asked = self.env["retail.loyalty.unmatched"].search(
            [("member_id", "=", self.id), ("state", "=", "open")], limit=1000
        )
        asked.write({"state": "ignored", "decided_by_id": self.env.uid})
        self.env["retail.loyalty.consent"].invalidate_model(["ip", "ref"])
        return not self._erase_contact(person)

    def _erase_at_platform(self) -> None:
        """Forget what a platform calls them: it has forgotten them, or never knew."""
        self.platform_ref = False
        self.env.flush_all()
        for statement in FORGET_REFS:
            self.env.cr.execute(statement, (self.ids,))
        self.env.invalidate_all()

    def _forget_known(self) -> None:
        self.env["retail.known.value"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)], limit=1000
        ).unlink()
        self.env["retail.loyalty.platform.member"].search(
            [("member_id", "in", self.ids)], limit=1000
        ).write({"is_profile_untold": False})

    def _erase_contact(self, person: models.BaseModel) -> bool:
        """Empty the contact and its addresses, unless Odoo needs it for something."""
        self.env.cr.execute(HAS_BOOKS, (person.id,))
        (has_books,) = self.env.cr.fetchone()
        is_elsewhere = self.search_count([("partner_id", "=", person.id)], limit=1)
        whole = person.with_context(active_test=False)
        if has_books or is_elsewhere or whole.user_ids:
            return False
        addresses = whole.child_ids.filtered(lambda one: one.type != "contact")
        # Tracking would note the old values, with the commit.
        everything = (person | addresses).with_context(tracking_disable=True)
        for one in everything:
            one.write({**_emptied(one), "name": f"erased-{one.id}", "active": False})
        # Odoo archives bank accounts where one would have them gone.
        for bank in everything.with_context(active_test=False).bank_ids:
            number = {"acc_number": f"erased-{bank.id}", "active": False}
            bank.write({**_emptied(bank), "allow_out_payment": False, **number})
            bank.message_ids.unlink()
        # What was filed, written and tracked about them names the person as well.
        everything.activity_ids.unlink()
        filed = [("res_model", "=", person._name), ("res_id", "in", everything.ids)]
        self.env["ir.attachment"].search(filed, limit=1000).unlink()
        everything.message_ids.unlink()
        return True


def _emptied(contact: models.BaseModel) -> dict[str, bool]:
    """Return values that leave nothing written on a contact."""
    return {
        name: False
        for name, field in contact._fields.items()
        if name in PERSONAL
        or field.type in WRITTEN
        and field.store
        and not (field.related or field.required)
        and not (field.compute and field.readonly)
    }
