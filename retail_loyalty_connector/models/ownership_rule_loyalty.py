"""``retail.ownership.rule``: the purposes of consent have a system of record (R12).

A rule for consents names one purpose or all of them. Asked by
``retail.loyalty.consent._check_owner``; which system owns what else of a member is in
``docs/loyalty-members.md``.
"""

from odoo import api, models

CONSENT = "retail.loyalty.consent"


class RetailOwnershipRule(models.Model):
    _inherit = "retail.ownership.rule"

    @api.model
    def _selection_subject(self) -> list[tuple[str, str]]:
        """Every purpose of consent, beside what systems hold copies of."""
        noun = self.env["ir.model"]._get(CONSENT).name
        names = self.env[CONSENT]._fields["purpose"]._description_selection(self.env)
        return [
            *super()._selection_subject(),
            (CONSENT, self.env._("%(what)s: everything", what=noun)),
            *((f"{CONSENT}:{key}", f"{noun}: {name}") for key, name in names),
        ]
