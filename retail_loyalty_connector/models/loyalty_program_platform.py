"""``retail.loyalty.program``: the platform that runs it, and what counts without it.

Points earned always wait in our ledger and are told when the platform is back. What a
member may spend meanwhile is the program's decision (R15).
"""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.retail_integration_base.fields import BigInteger
from odoo.addons.retail_integration_base.tools.errors import FlowRefused


class RetailLoyaltyProgram(models.Model):
    _inherit = "retail.loyalty.program"

    backend_id = fields.Many2one(
        "retail.backend",
        string="Platform",
        ondelete="restrict",
        domain=[("kind", "=", "loyalty")],
        help="Told of every movement. Empty: the program is run here alone.",
    )
    outage_policy = fields.Selection(
        [
            ("trust", "By the balance that we know"),
            ("cap", "Up to a number of points per member"),
            ("refuse", "Nothing"),
        ],
        string="While it is away, members may spend",
        required=True,
        default="cap",
    )
    outage_cap = BigInteger(
        string="At most",
        required=True,
        default=0,
        help="Points per member that the platform was not told of yet.",
    )

    platform_since_at = fields.Datetime(
        string="Counts from",
        copy=False,
        help="What moved at the platform before is not taken over: opening balances"
        " have it. Set when the platform is chosen.",
    )
    platform_unknown = fields.Selection(
        [("enrol", "Enrol them"), ("ask", "Leave them to a person")],
        string="Members of the platform whom nobody here knows",
        required=True,
        default="enrol",
    )
    platform_shortfall = fields.Selection(
        [("debt", "They owe the points"), ("ask", "Leave it to a person")],
        string="Who spent points there that are not there here",
        required=True,
        default="debt",
    )

    _outage_cap_check = models.Constraint(
        "CHECK (outage_cap >= 0)", "A cap cannot be negative."
    )

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailLoyaltyProgram":
        """Count what moves at the platform from now on."""
        now = fields.Datetime.now()
        return super().create(
            [
                {"platform_since_at": now, **vals} if vals.get("backend_id") else vals
                for vals in vals_list
            ]
        )

    @api.constrains("backend_id", "company_id")
    def _check_platform_company(self) -> None:
        for program in self.sudo():
            company = program.company_id
            # A group's program may be told to the platform of any of its companies.
            if company and program.backend_id.company_id not in (
                company,
                company.browse(),
            ):
                raise ValidationError(
                    self.env._("The platform must be of the program's company.")
                )

    def write(self, vals: dict) -> bool:
        if vals.get("backend_id") and "platform_since_at" not in vals:
            vals = {**vals, "platform_since_at": fields.Datetime.now()}
        done = super().write(vals)
        if "backend_id" in vals:
            # The database itself reads it with each posting.
            self.flush_recordset(["backend_id"])
        return done

    def _check_spending(self, member: models.BaseModel, points: int) -> None:
        """Refuse points to be held while the platform is away and may not know of it.

        Asked before a hold. What was promised before the outage is kept.

        :raises FlowRefused: the policy lets nobody, or this member no further, spend
        """
        self.ensure_one()
        backend = self.sudo().backend_id
        if not backend or self.outage_policy == "trust" or not backend._is_away():
            return
        if self.outage_policy == "refuse":
            raise FlowRefused(
                f"{backend.name} is away: no points are spent for now.", retry=True
            )
        orders = self.env["retail.loyalty.platform.order"].sudo()
        left = self.outage_cap - orders._untold_spending(member)
        if points > left:
            raise FlowRefused(
                f"{backend.name} is away: {max(left, 0)} points may be spent for now.",
                retry=True,
                context={"available": max(left, 0)},
            )
