"""``retail.loyalty.member``: who they are, as far as systems share it (R7).

Name, e-mail and phone are the person's in Odoo, the birthday is the member's. Whose
word counts is the ownership rules' (``retail.ownership``): a platform that owns a field
changes it here, all else is told to a platform that takes it
(``loyalty_platform_member_work.py``).
"""

from typing import Any

from odoo import fields, models

from ..tools.platform import Profile


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    _shared_fields = {
        "name": "person_name",
        "email": "person_email",
        "phone": "person_phone",
        "birth_date": "birth_date",
    }
    _shared_noun = "member"

    person_name = fields.Char(related="partner_id.name", readonly=False)
    person_email = fields.Char(
        related="partner_id.email", string="E-mail", readonly=False
    )
    person_phone = fields.Char(
        related="partner_id.phone", string="Phone", readonly=False
    )
    birth_date = fields.Date(string="Birthday")

    def _shared_key(self) -> dict[str, Any]:
        return {"member": self.uuid}

    def _shared_values(self) -> dict[str, Any]:
        values = super()._shared_values()
        if values["birth_date"]:
            values["birth_date"] = fields.Date.to_string(values["birth_date"])
        return values

    def _prepare_shared(self, values: dict[str, Any]) -> dict[str, Any]:
        prepared = super()._prepare_shared(values)
        if birth_date := fields.Date.to_date(values.get("birth_date")):
            prepared["birthday_month"] = str(birth_date.month)
        return prepared

    def _take_profile(self, backend: models.BaseModel, told: Profile, at: Any) -> None:
        """Take over what a platform says of the person, as far as rules give it a word.

        What no rule gives away is Odoo's, and a platform may hold another value.
        """
        self.ensure_one()
        said = {name: getattr(told, name) for name in self._shared_fields}
        said = {name: value for name, value in said.items() if value}
        ownership = self.env["retail.ownership"]
        _mine, refused = ownership._split(backend, self._name, said)
        for name, rule in refused.items():
            if not rule:
                said.pop(name)
        if said:
            ownership._receive(backend, self, said, at=at)

    def _profile_to_tell(self, backend: models.BaseModel, ref: str) -> Profile:
        """Return what a platform may be told of the person: what it does not own."""
        self.ensure_one()
        rules = self.env["retail.ownership"]._rules(backend.company_id, self._name)
        values = self._shared_values()
        told = {
            name: value
            for name, value in values.items()
            if value and rules.get(name, rules[""]).backend_id != backend
        }
        return Profile(member_id=ref, **told)

    def _tell_platform(self, origin: models.BaseModel | None) -> None:
        """Have the program's platform told who the member is, unless it said so."""
        for member in self.sudo():
            backend = member.program_id.backend_id
            if backend and backend != origin and member.platform_ref:
                rows = self.env["retail.loyalty.platform.member"]
                rows._ask(backend, [member.platform_ref], profile=True)
