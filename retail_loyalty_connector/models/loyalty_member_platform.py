"""``retail.loyalty.member``: what the program's platform calls them."""

from odoo import fields, models

from ..tools.platform_orders import Identity


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    platform_ref = fields.Char(
        string="ID at the platform", copy=False, readonly=True, index="btree_not_null"
    )

    _platform_ref_uniq = models.UniqueIndex(
        "(program_id, platform_ref) WHERE platform_ref IS NOT NULL",
        "Another member of the program has this ID at the platform.",
    )

    def _platform_identities(self) -> list[Identity]:
        """Return what the platform may know the member by, the surest first."""
        self.ensure_one()
        known = self.env["retail.identity"].sudo()
        found = known.search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("kind", "in", ("loyalty", "card", "phone")),
            ],
            limit=20,
        )
        cards = [one.value for one in found if one.kind != "phone"]
        phones = [one.value for one in found if one.kind == "phone"]
        return [
            *(Identity(card=value) for value in [*cards, self.number]),
            *(Identity(phone=value) for value in phones),
        ]
