"""``retail.loyalty.member``: what the program's platform calls them, and their tier.

Tiers of a program that a platform runs are the platform's: mirrored here, never
computed (R14).
"""

from odoo import fields, models

from odoo.addons.retail_integration_base.tools.errors import MappingMissing

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

    def _platform_self(self) -> "RetailLoyaltyMember":
        """Return who the platform means: a merged member without an account of their
        own there is the one that they were merged into.
        """
        self.ensure_one()
        return self if self.platform_ref else self._survivor()

    def _note_platform_ref(self, ref: str) -> None:
        """Remember what the platform calls them; with it, whom they have absorbed."""
        self.ensure_one()
        others = self._absorbed().filtered(lambda one: one.platform_ref == ref)
        others.platform_ref = False
        others.flush_recordset(["platform_ref"])
        self.platform_ref = ref

    def _mirror_tier(self, backend: models.BaseModel, told: str | None) -> None:
        """Have the tier that the platform says, by its name or code there.

        A tier that the program does not have opens an exception and changes nothing.
        """
        self.ensure_one()
        tiers = self.program_id.tier_ids
        if not told or not tiers or self.program_id.backend_id != backend:
            return
        wanted = told.strip().lower()
        tier = tiers.filtered(
            lambda one: wanted in (one.code.lower(), (one.name or "").lower())
        )[:1]
        if not tier:
            self.env["retail.exception"].sudo()._open(
                backend,
                MappingMissing("tier", told),
                dedupe_key=f"platform-tier:{backend.id}:{wanted}",
            )
            return
        before = self.tier_id
        if tier == before:
            return
        today = self.program_id._day(self.env["retail.loyalty.ledger"]._now())
        self.write(
            {"tier_id": tier.id, "tier_since_date": today, "tier_until_date": False}
        )
        if before:
            change = "up" if tier.threshold > before.threshold else "down"
            self._tell_tier(before, change)
