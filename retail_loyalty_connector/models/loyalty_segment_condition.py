"""``retail.loyalty.segment.condition``: one line of a segment's rules, in plain words.

*Bought at least 200.00 in the last 90 days*: what, how it compares, with what. How each
becomes SQL is in ``loyalty_segment_condition_sql.py``.
"""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

NUMBERS = ("at_least", "at_most")
CHOICES = ("is", "is_not")
#: what -> how it can be compared, and the fields that it asks for
WHATS = {
    "tier": (CHOICES, ("tier_ids",)),
    "points": (NUMBERS, ("number",)),
    "expiring": (NUMBERS, ("number", "days")),
    "last_purchase": (NUMBERS, ("days",)),
    "spend": (NUMBERS, ("number", "days")),
    "visits": (NUMBERS, ("number", "days")),
    "store": (CHOICES, ("store_ids", "days")),
    "category": (CHOICES, ("category_ids", "days")),
    "member_since": (NUMBERS, ("days",)),
    "birthday": (CHOICES, ("month",)),
    "tag": (CHOICES, ("tag_ids",)),
}


class RetailLoyaltySegmentCondition(models.Model):
    _name = "retail.loyalty.segment.condition"
    _description = "Rule of a Segment"
    _inherit = ["retail.accountable.mixin", "retail.anchored.mixin"]
    _anchor_fields = ("segment_id",)
    _order = "segment_id, sequence, id"
    _rec_name = "what"

    segment_id = fields.Many2one(
        "retail.loyalty.segment", required=True, ondelete="cascade", index=True
    )
    program_id = fields.Many2one(related="segment_id.program_id")
    company_id = fields.Many2one(
        related="segment_id.program_id.company_id", store=True, index=True
    )
    sequence = fields.Integer(default=10)
    what = fields.Selection(
        [
            ("spend", "Money spent"),
            ("visits", "Purchases"),
            ("last_purchase", "Last purchase, days ago"),
            ("tier", "Tier"),
            ("points", "Points that can be spent"),
            ("expiring", "Points that end soon"),
            ("store", "Bought in store"),
            ("category", "Bought of category"),
            ("member_since", "Member for days"),
            ("birthday", "Birthday in"),
            ("tag", "Contact tag"),
        ],
        required=True,
        default="spend",
    )
    comparison = fields.Selection(
        [
            ("at_least", "at least"),
            ("at_most", "at most"),
            ("is", "is one of"),
            ("is_not", "is none of"),
        ],
        string="How",
        required=True,
        default="at_least",
    )
    number = fields.Float(digits=(16, 2))
    days = fields.Integer(default=90)
    tier_ids = fields.Many2many(
        "retail.loyalty.tier", domain="[('program_id', '=', program_id)]"
    )
    store_ids = fields.Many2many("retail.store", string="Stores")
    category_ids = fields.Many2many(
        "product.category", string="Categories", help="With all below them."
    )
    month = fields.Selection(
        [
            ("this", "this month"),
            ("next", "next month"),
            ("1", "January"),
            ("2", "February"),
            ("3", "March"),
            ("4", "April"),
            ("5", "May"),
            ("6", "June"),
            ("7", "July"),
            ("8", "August"),
            ("9", "September"),
            ("10", "October"),
            ("11", "November"),
            ("12", "December"),
        ],
        default="this",
    )
    tag_ids = fields.Many2many("res.partner.category", string="Contact tags")
    summary = fields.Char(string="In words", compute="_compute_summary")

    _numbers_check = models.Constraint(
        "CHECK (days >= 0 AND number >= 0)", "Numbers and days cannot be negative."
    )

    @api.onchange("what")
    def _onchange_what(self) -> None:
        comparisons = WHATS[self.what][0]
        if self.comparison not in comparisons:
            self.comparison = comparisons[0]

    @api.constrains("what", "comparison", "tier_ids", "store_ids", "category_ids")
    def _check_complete(self) -> None:
        for line in self:
            comparisons, asked = WHATS[line.what]
            chosen = [name for name in asked if name.endswith("_ids")]
            if line.comparison not in comparisons:
                raise ValidationError(
                    self.env._("This cannot be compared so: %s", line.summary)
                )
            if any(not line[name] for name in chosen):
                raise ValidationError(self.env._("Choose at least one."))

    @api.depends(
        "what",
        "comparison",
        "number",
        "days",
        "month",
        "tier_ids",
        "store_ids",
        "category_ids",
        "tag_ids",
    )
    def _compute_summary(self) -> None:
        described = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("what", "comparison", "month")
        }
        for line in self:
            asked = WHATS[line.what][1] if line.what else ()
            words = [
                described["what"].get(line.what, ""),
                described["comparison"].get(line.comparison, ""),
                *(line._word(name, described["month"]) for name in asked),
            ]
            line.summary = " ".join(word for word in words if word)

    def _word(self, name: str, months: dict[str, str]) -> str:
        if name.endswith("_ids"):
            return ", ".join(self[name].mapped("display_name"))
        if name == "month":
            return months.get(self.month, "")
        if name == "number":
            unit = self.program_id.currency_id.name if self.what == "spend" else ""
            return f"{self.number:g} {unit}".strip()
        if self.what in ("last_purchase", "member_since"):
            return self.env._("%s days", self.days)
        if self.what == "expiring":
            return self.env._("within %s days", self.days)
        return self.env._("in the last %s days", self.days)
