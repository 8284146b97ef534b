"""``retail.loyalty.member``: the tier a member has, since when and how long.

Written by ``retail.loyalty.tiering``, which asks ``tools/tiers.py``; or by a platform
that owns the tiers (R14). Subscribers are told of every change.
"""

from odoo import api, fields, models

from odoo.addons.retail_integration_base.models.outbox_event import Emission
from odoo.addons.retail_integration_base.tools.clock import to_rfc3339, utc_now

from ..schemas.tier_changed import TOPIC


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    tier_id = fields.Many2one(
        "retail.loyalty.tier",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    tier_since_date = fields.Date(string="Tier since", readonly=True)
    tier_until_date = fields.Date(string="Tier until", readonly=True, index=True)

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailLoyaltyMember":
        """Begin in the lowest tier."""
        members = super().create(vals_list)
        self.env["retail.loyalty.tiering"]._assess(members)
        return members

    def _tell_tier(self, before: models.BaseModel, change: str) -> None:
        """Keep and tell that the member went from ``before`` to another tier."""
        self.ensure_one()
        self.env["retail.loyalty.tier.change"]._note(self, before, change)
        company = self.company_id or self.env.company
        since = self.tier_since_date.isoformat()
        data = {
            "member": self.uuid,
            "program": self.program_id.code,
            "change": change,
            "from_tier": before.code,
            "tier": self.tier_id.code,
            "since": since,
            "changed_at": to_rfc3339(utc_now()),
        }
        if self.tier_until_date:
            data["until"] = self.tier_until_date.isoformat()
        emission = Emission(
            key=f"{self.uuid}:{self.tier_id.code}:{since}",
            partition_key=f"member:{self.uuid}",
            data=data,
            company_id=company.id,
            subject=f"member/{self.uuid}",
            res_model=self._name,
            res_id=self.id,
        )
        self.env["retail.outbox.event"].sudo()._emit(TOPIC, [emission])
