"""``retail.loyalty.member``: who is meant by a phone, an e-mail, a card (R11).

Matching is deterministic: keys are normalised and compared by equality
(``retail.identity``). A member is a person: the contact that a key belongs to, never
the commercial entity behind it. Called by ``controllers/loyalty_members.py``.
"""

import logging
from collections.abc import Iterable
from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.retail_integration_base.models.identity import MATCH_ORDER
from odoo.addons.retail_integration_base.tools import identity as normal
from odoo.addons.retail_integration_base.tools.errors import PayloadInvalid

from ..tools.error_member import KeyOfOrganisation, KeysOfSeveralPeople

_logger = logging.getLogger(__name__)


class Key(NamedTuple):
    """One way to recognise a person, as ``retail.identity`` keeps it."""

    kind: str
    value: str


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailLoyaltyMember":
        """Let two requests that enrol one person at once not both do it."""
        partners = sorted({vals["partner_id"] for vals in vals_list})
        # Changing the row makes the later one fail with a serialization error, which
        # Odoo replays; the unique constraint alone would answer it with an error.
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = write_date WHERE id = ANY(%s)",
            (partners,),
            log_exceptions=False,
        )
        return super().create(vals_list)

    # --- keys -------------------------------------------------------------------------

    @api.model
    def _key(self, kind: str, value: str, backend: models.BaseModel) -> Key:
        """Return a key in the one form that keys are compared in.

        :param kind: ``number``, ``card``, ``external_id``, ``email`` or ``phone``
        :raises PayloadInvalid: it is no such thing
        """
        region = backend.company_id.country_id.code or None
        try:
            if kind == "phone":
                return Key(kind, normal.normalise_phone(value, region=region))
            if kind == "email":
                return Key(kind, normal.normalise_email(value))
            if kind == "card":
                return Key(kind, normal.normalise_card(value))
        except PayloadInvalid as error:
            raise PayloadInvalid(f"/{kind}", error.problem) from None
        if kind == "external_id":
            # As sales name the customer of a system.
            return Key("external", f"{backend.code}:{value}")
        return Key("loyalty", value.strip())

    # --- finding ----------------------------------------------------------------------

    @api.model
    def _find_by_key(
        self, key: Key, program: models.BaseModel | None = None
    ) -> models.BaseModel:
        """Return the members that a key belongs to; at most one per program.

        Only those that the user may see. A key that only another company knows finds a
        member of a program that both share, and nobody else.
        """
        domain = (
            Domain("number", "=", key.value)
            if key.kind == "loyalty"
            else self._domain_of(self._identities_of([key]))
        )
        if program:
            domain &= Domain("program_id", "=", program.id)
        return self.search(domain, order="program_id, id", limit=100)._survivor()

    def _domain_of(self, identities: models.BaseModel) -> Domain:
        own = identities.filtered(lambda one: one.company_id == self.env.company)
        others = identities - own
        shared = Domain("company_id", "=", False)
        return Domain("partner_id", "in", own.partner_id.ids) | (
            Domain("partner_id", "in", others.partner_id.ids) & shared
        )

    def _identities_of(self, keys: Iterable[Key]) -> models.BaseModel:
        """Return what is known by these keys: here, and where programs are shared."""
        identities = self.env["retail.identity"].sudo()
        companies = self.env.company
        if self.env["retail.loyalty.program"].search_count(
            [("company_id", "=", False)], limit=1
        ):
            companies = companies.sudo().search([], limit=1000)
        wanted = set(keys)
        found = identities.search(
            [
                # With the company in front the unique index answers.
                ("company_id", "in", companies.ids),
                ("kind", "in", [key.kind for key in wanted]),
                ("value", "in", [key.value for key in wanted]),
                ("partner_id", "!=", False),
                ("erasure_state", "=", False),
            ]
        )
        return found.filtered(lambda one: (one.kind, one.value) in wanted)

    # --- enrolling --------------------------------------------------------------------

    @api.model
    def _enrol(
        self, program: models.BaseModel, keys: list[Key], name: str | None
    ) -> tuple[models.BaseModel, bool]:
        """Return the member with these keys, made if there is none, and whether it was.

        Keys that nobody had yet belong to the person from now on. Of two requests for
        one person at the same time the later one is replayed and finds the member.

        :raises KeysOfSeveralPeople: the keys belong to more than one
        :raises KeyOfOrganisation: to a company, not to a person
        """
        person = self._person_of(program, keys)
        contacts = person.browse() if person else self._contacts_with(program, keys)
        if len(contacts) == 1:
            person = contacts
        known = self.search(
            [("program_id", "=", program.id), ("partner_id", "=", person.id or 0)],
            limit=1,
        )
        if known:
            known = known._survivor()
            self._give_keys(known.sudo().partner_id, keys)
            return known, False
        # The service user reads; that a member comes into being is this method's word.
        number = self.env["ir.sequence"].sudo().next_by_code(self._name)
        given = {key.kind: key.value for key in keys}
        person = person or self.env["res.partner"].sudo().create(
            {
                "name": name or number,
                "email": given.get("email"),
                "phone": given.get("phone"),
                # Shared as far as the program is.
                "company_id": program.company_id.id,
            }
        )
        member = self.sudo().create(
            {"program_id": program.id, "partner_id": person.id, "number": number}
        )
        self._give_keys(person, [*keys, Key("loyalty", member.number)])
        if len(contacts) > 1:
            # The customer waits: points begin now, who it is a person says later.
            self.env["retail.loyalty.unmatched"].sudo()._ask_who(member, contacts, keys)
        return member.sudo(False), True

    def _person_of(
        self, program: models.BaseModel, keys: list[Key]
    ) -> models.BaseModel:
        """Return the person whose keys these are; nobody if all of them are new."""
        found = self._identities_of(keys)
        if program.company_id:
            found = found.filtered(lambda one: one.company_id == self.env.company)
        people = found.partner_id
        kinds = sorted(set(found.mapped("kind")), key=MATCH_ORDER.index)
        if len(people) > 1:
            raise KeysOfSeveralPeople(
                f"These keys belong to different people ({', '.join(kinds)}): send"
                " those of one person, or have both merged.",
                context={"kinds": kinds},
            )
        if people.is_company and not program.sudo().takes_organisations:
            raise KeyOfOrganisation(
                f"This key ({', '.join(kinds)}) belongs to an organisation; members"
                " are people. Send a key of the person.",
                context={"kinds": kinds},
            )
        return people

    def _give_keys(self, person: models.BaseModel, keys: list[Key]) -> None:
        """Let these keys name the person; those that name somebody else stay so."""
        identities = self.env["retail.identity"].sudo()
        known = identities._ensure(
            self.env.company.id, [(key.kind, key.value) for key in keys]
        )
        # Conditional: of two that want the same key for two people, one is replayed.
        self.env.cr.execute(
            "UPDATE retail_identity SET partner_id = %s, write_uid = %s,"
            " write_date = now() AT TIME ZONE 'UTC'"
            " WHERE id = ANY(%s) AND partner_id IS NULL RETURNING kind",
            (person.id, self.env.uid, [one.id for one in known.values()]),
            log_exceptions=False,
        )
        kinds = sorted(kind for (kind,) in self.env.cr.fetchall())
        if kinds:
            identities.invalidate_model(["partner_id", "write_uid", "write_date"])
            _logger.info("Person %s is known by %s now", person.id, ", ".join(kinds))
