"""``retail.loyalty.member``: a person in a program.

Here: who it is, and the accounts that come with membership. Elsewhere: finding members
by phone, e-mail or card, merging them, consent (``loyalty_member_<topic>.py``).
"""

import uuid

from odoo import api, fields, models

from odoo.addons.retail_integration_base.fields import BigInteger


class RetailLoyaltyMember(models.Model):
    _name = "retail.loyalty.member"
    _description = "Loyalty Member"
    _inherit = ["retail.anchored.mixin", "retail.shared.mixin"]
    _order = "id desc"
    _rec_names_search = ["number", "partner_id"]
    _anchor_fields = ("program_id", "uuid")

    program_id = fields.Many2one(
        "retail.loyalty.program",
        required=True,
        ondelete="restrict",
        index=True,
        default=lambda self: self.env["retail.loyalty.program"].search([], limit=1),
    )
    company_id = fields.Many2one(
        related="program_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, ondelete="restrict", index=True
    )
    uuid = fields.Char(
        string="Member ID",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: str(uuid.uuid4()),
        help="Names the member in messages and addresses.",
    )
    number = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: (
            self.env["ir.sequence"].sudo().next_by_code("retail.loyalty.member")
        ),
        help="What is printed on the card and on receipts.",
    )
    state = fields.Selection(
        [
            ("active", "Active"),
            ("suspended", "Suspended"),
            ("merged", "Merged into another"),
            ("closed", "Closed"),
        ],
        required=True,
        default="active",
        readonly=True,
        index=True,
    )
    enrolled_at = fields.Datetime(
        string="Enrolled", required=True, readonly=True, default=fields.Datetime.now
    )
    account_ids = fields.One2many("retail.loyalty.account", "member_id")
    points = BigInteger(
        compute="_compute_points",
        help="What is not reserved, in the program's first wallet.",
    )

    _person_uniq = models.Constraint(
        "UNIQUE (program_id, partner_id)", "This person is a member already."
    )
    _uuid_uniq = models.Constraint("UNIQUE (uuid)", "This member ID is taken.")
    _number_uniq = models.Constraint(
        "UNIQUE (program_id, number)", "This member number is taken."
    )

    @api.depends("number", "partner_id")
    def _compute_display_name(self) -> None:
        for member in self:
            member.display_name = f"{member.number} {member.partner_id.name or ''}"

    @api.depends("account_ids.posted", "account_ids.held", "account_ids.wallet_id")
    def _compute_points(self) -> None:
        for member in self:
            first = member.sudo().account_ids.sorted(
                lambda one: (one.wallet_id.sequence, one.wallet_id.id)
            )[:1]
            member.points = first.available

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailLoyaltyMember":
        """Open an account in every wallet of the program."""
        members = super().create(vals_list)
        members.flush_recordset()
        self.env["retail.loyalty.account"]._open_for(members)
        return members

    def _account(self, wallet: models.BaseModel | None = None) -> models.BaseModel:
        """Return the member's account in ``wallet``, by default the program's first."""
        self.ensure_one()
        wallet = wallet or self.program_id.wallet_ids[:1]
        accounts = self.env["retail.loyalty.account"].sudo()
        domain = [("member_id", "=", self.id), ("wallet_id", "=", wallet.id)]
        return accounts.search(domain, limit=1)
