"""``retail.loyalty.program``: whose points these are, and how far a member may go.

Here stand the bounds that the ledger keeps: debt, hold times, what one person may
adjust alone, what happens to points that come back after their lot expired. What
members earn and what points are worth is added by the engine
(``loyalty_program_<topic>.py``).
"""

from odoo import api, fields, models

from odoo.addons.retail_integration_base.fields import BigInteger

HOLD_TTL_S = 15 * 60
HOLD_TTL_S_MAX = 24 * 3600
GRACE_DAYS = 30


class RetailLoyaltyProgram(models.Model):
    _name = "retail.loyalty.program"
    _description = "Loyalty Program"
    _inherit = ["retail.accountable.mixin", "retail.anchored.mixin"]
    _order = "name"
    _anchor_fields = ("company_id", "currency_id")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, help="Short name that messages and addresses use; for good."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Empty: the program of a group; each entry names its company.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="What amounts and the value of a point are told in.",
    )
    points_name = fields.Char(
        string="Points are called",
        required=True,
        translate=True,
        default=lambda self: self.env._("points"),
    )
    debt_limit = BigInteger(
        required=True,
        default=0,
        help="How many points a member may owe by spending. 0: never below zero.",
    )
    adjustment_limit = BigInteger(
        required=True,
        default=0,
        help="Adjustments above this need a second person. 0: all of them.",
    )
    hold_ttl_s = fields.Integer(
        string="Hold points for (s)",
        required=True,
        default=HOLD_TTL_S,
        help="Where the checkout names no time. A hold ends by itself after it.",
    )
    hold_ttl_s_max = fields.Integer(
        string="Hold points at most for (s)", required=True, default=HOLD_TTL_S_MAX
    )
    restoration_policy = fields.Selection(
        [
            ("grace", "They live on for some days"),
            ("lapse", "They are gone"),
        ],
        string="Points given back after they expired",
        required=True,
        default="grace",
    )
    restoration_grace_days = fields.Integer(
        string="Days they live on", required=True, default=GRACE_DAYS
    )
    wallet_ids = fields.One2many("retail.loyalty.wallet", "program_id")

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "Another loyalty program has this code."
    )
    _limits_check = models.Constraint(
        "CHECK (debt_limit >= 0 AND adjustment_limit >= 0)",
        "A limit cannot be negative.",
    )
    _hold_ttl_check = models.Constraint(
        "CHECK (hold_ttl_s > 0 AND hold_ttl_s <= hold_ttl_s_max)",
        "The time of a hold must be positive and within its maximum.",
    )
    _grace_check = models.Constraint(
        "CHECK (restoration_grace_days > 0)", "Grace needs at least a day."
    )

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailLoyaltyProgram":
        """Give each program its first wallet, unless it comes with its own."""
        programs = super().create(vals_list)
        bare = programs.filtered(lambda program: not program.wallet_ids)
        self.env["retail.loyalty.wallet"].create(
            [
                {
                    "program_id": program.id,
                    "code": "points",
                    "name": program.points_name,
                }
                for program in bare
            ]
        )
        return programs

    def write(self, vals: dict) -> bool:
        result = super().write(vals)
        if "debt_limit" in vals:
            self._apply_debt_limit()
        return result

    def _apply_debt_limit(self) -> None:
        """Move the floor of every member account; who is below it stays a debtor."""
        self.flush_recordset(["debt_limit"])
        self.env.cr.execute(
            "UPDATE retail_loyalty_account AS account"
            "   SET floor = -program.debt_limit, version = version + 1,"
            "       forced_debt = greatest(0, held - posted - program.debt_limit)"
            "  FROM retail_loyalty_program AS program"
            " WHERE program.id = account.program_id AND account.kind = 'member'"
            "   AND program.id IN %s AND account.floor <> -program.debt_limit",
            (tuple(self.ids),),
        )
        self.env["retail.loyalty.account"].invalidate_model()
