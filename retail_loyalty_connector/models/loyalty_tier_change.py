"""``retail.loyalty.tier.change``: when members went up or down.

The member's row holds the present tier only; this is how it came about, for whoever
talks to the member. One row per change, written with it.
"""

from odoo import api, fields, models


class RetailLoyaltyTierChange(models.Model):
    _name = "retail.loyalty.tier.change"
    _description = "Change of Tier"
    _log_access = False
    _order = "id desc"
    _rec_name = "tier_id"

    member_id = fields.Many2one(
        "retail.loyalty.member",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    from_tier_id = fields.Many2one(
        "retail.loyalty.tier", string="Before", readonly=True, ondelete="cascade"
    )
    tier_id = fields.Many2one(
        "retail.loyalty.tier", required=True, readonly=True, ondelete="cascade"
    )
    change = fields.Selection(
        [("up", "Up"), ("down", "Down")], required=True, readonly=True
    )
    changed_at = fields.Datetime(string="When", required=True, readonly=True)

    @api.model
    def _note(
        self, member: models.BaseModel, before: models.BaseModel, change: str
    ) -> None:
        """Keep that ``member`` went from ``before`` to the tier that is on it now."""
        self.sudo().create(
            {
                "member_id": member.id,
                "company_id": member.company_id.id,
                "from_tier_id": before.id,
                "tier_id": member.tier_id.id,
                "change": change,
                "changed_at": self.env["retail.loyalty.ledger"]._now(),
            }
        )
