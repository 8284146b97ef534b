"""``retail.loyalty.member``: contacts of Odoo that have a key, yet no identity (R11).

Somebody whom the shop knows as a contact becomes a member as that contact. Equal
values only: the normalised e-mail address, or the phone as E.164. Exactly one contact
is used; among several a person chooses (``retail.loyalty.unmatched``). People, that is:
an address of a contact, or the company behind one, is nobody's membership, unless the
program says that it takes organisations.
"""

from collections.abc import Iterable

from odoo import api, models

from odoo.addons.retail_integration_base.tools import identity as normal
from odoo.addons.retail_integration_base.tools.errors import PayloadInvalid

from .loyalty_member_matching import Key

#: of a phone, enough to look it up by index; equality is checked on the whole
TAIL_DIGITS = 8
CANDIDATES_MAX = 20
FIND = """
    SELECT id FROM res_partner
     WHERE active AND (company_id IS NULL OR company_id = %(company)s)
       AND (type IS NULL OR type = 'contact')
       AND (%(organisations)s OR is_company IS NOT TRUE)
       AND (email_normalized = ANY (%(emails)s)
            OR right(regexp_replace(phone, '[^0-9]', '', 'g'), 8) = ANY (%(tails)s))
     ORDER BY id LIMIT %(limit)s
"""


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    def init(self) -> None:
        """Let contacts be found by what they are called by."""
        for statement in (
            "CREATE INDEX IF NOT EXISTS res_partner_retail_email_idx ON res_partner"
            " (email_normalized) WHERE email_normalized IS NOT NULL",
            "CREATE INDEX IF NOT EXISTS res_partner_retail_phone_idx ON res_partner"
            " (right(regexp_replace(phone, '[^0-9]', '', 'g'), 8))"
            " WHERE phone IS NOT NULL",
        ):
            self.env.cr.execute(statement)
        return super().init()

    @api.model
    def _contacts_with(
        self, program: models.BaseModel, keys: Iterable[Key]
    ) -> models.BaseModel:
        """Return the contacts that have one of these keys, as people are today.

        A contact whose member was merged is the survivor's.
        """
        wanted = {(key.kind, key.value) for key in keys}
        emails = [value for kind, value in wanted if kind == "email"]
        phones = [value for kind, value in wanted if kind == "phone"]
        partners = self.env["res.partner"].sudo()
        if not emails and not phones:
            return partners.browse()
        # The normalised address is computed, perhaps in a moment only.
        self.env.flush_all()
        self.env.cr.execute(
            FIND,
            {
                "company": self.env.company.id,
                "organisations": program.sudo().takes_organisations,
                "emails": emails,
                "tails": [value[-TAIL_DIGITS:] for value in phones],
                "limit": CANDIDATES_MAX,
            },
            log_exceptions=False,
        )
        # Before anything else is read: a query in between would take the answer away.
        rows = self.env.cr.fetchall()
        region = self.env.company.country_id.code or None
        found = partners.browse(id_ for (id_,) in rows).filtered(
            lambda one: (
                one.email_normalized in emails
                or _normalised(one.phone, region) in phones
            )
        )
        merged = self.sudo().search(
            [
                ("program_id", "=", program.id),
                ("partner_id", "in", found.ids),
                ("state", "=", "merged"),
            ]
        )
        return (found - merged.partner_id) | merged._survivor().partner_id


def _normalised(phone: str, region: str | None) -> str | None:
    try:
        return normal.normalise_phone(phone or "", region=region)
    except PayloadInvalid:
        return None
