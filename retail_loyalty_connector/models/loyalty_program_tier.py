"""``retail.loyalty.program``: how tiers are reached and kept.

Read into ``tools/tiers.py``. A program that a platform runs has the platform's tiers,
mirrored (R14): nothing of this counts then.
"""

from decimal import Decimal

from odoo import fields, models

from ..tools.tiers import Tier, TierPolicy


class RetailLoyaltyProgram(models.Model):
    _inherit = "retail.loyalty.program"

    tier_basis = fields.Selection(
        [("points", "points earned"), ("spend", "money spent")],
        string="Tiers are reached by",
        required=True,
        default="points",
    )
    tier_window = fields.Selection(
        [
            ("rolling", "the last months"),
            ("calendar_year", "the calendar year"),
            ("membership_year", "the year since joining"),
            ("lifetime", "all the time"),
        ],
        string="Within",
        required=True,
        default="rolling",
    )
    tier_months = fields.Integer(string="Months that count", default=12)
    tier_downgrade = fields.Selection(
        [
            ("one_step", "one tier down"),
            ("to_qualified", "the tier that is reached"),
            ("never", "never down"),
        ],
        string="Who does not reach it any more goes",
        required=True,
        default="one_step",
    )
    tier_grace_days = fields.Integer(string="Days of grace for tiers")

    _tier_check = models.Constraint(
        "CHECK (tier_months > 0 AND tier_grace_days >= 0)",
        "Tiers need at least a month, and no negative grace.",
    )

    def _tier_policy(self) -> TierPolicy | None:
        """Return how tiers go; None where there are none, or a platform has them."""
        self.ensure_one()
        tiers = self.tier_ids.sorted("threshold")
        if not tiers or self.backend_id:
            return None
        return TierPolicy(
            tuple(Tier(one.code, one.name, Decimal(one.threshold)) for one in tiers),
            window=self.tier_window,
            months=self.tier_months,
            downgrade=self.tier_downgrade,
            grace_days=self.tier_grace_days,
        )
