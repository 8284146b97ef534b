"""``retail.loyalty.adjustment``: points given or taken by hand, with a reason.

One person asks. Up to the program's limit the same person may post it; above, a second
one with finance's or a steward's rights agrees or declines. It is posted once, under
this record's own id. The ledger checks the limit and the two people once more.
"""

import uuid

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.retail_integration_base.fields import BigInteger

from ..tools.error_ledger import InsufficientPoints
from ..tools.postings import Posting, Source

APPROVERS = (
    "retail_integration_base.group_steward",
    "retail_integration_base.group_finance",
)


class RetailLoyaltyAdjustment(models.Model):
    _name = "retail.loyalty.adjustment"
    _description = "Adjustment of Loyalty Points"
    _inherit = ["retail.accountable.mixin"]
    _order = "id desc"
    _rec_name = "reason"

    uuid = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: str(uuid.uuid4()),
    )
    member_id = fields.Many2one(
        "retail.loyalty.member", required=True, ondelete="restrict", index=True
    )
    program_id = fields.Many2one(related="member_id.program_id", store=True)
    company_id = fields.Many2one(
        related="member_id.program_id.company_id", store=True, index=True
    )
    wallet_id = fields.Many2one(
        "retail.loyalty.wallet",
        ondelete="restrict",
        domain="[('program_id', '=', program_id)]",
        help="Empty: the program's first.",
    )
    points = BigInteger(required=True, help="Negative takes points from the member.")
    reason = fields.Char(
        required=True, help="Stays in the ledger for good: no names, please."
    )
    state = fields.Selection(
        [("draft", "To post"), ("posted", "Posted"), ("declined", "Declined")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
    )
    needs_second = fields.Boolean(
        string="Needs a second person", compute="_compute_needs_second"
    )
    decided_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, copy=False
    )
    entry_id = fields.Many2one(
        "retail.loyalty.entry", readonly=True, copy=False, ondelete="restrict"
    )

    _points_check = models.Constraint(
        "CHECK (points <> 0)", "An adjustment moves points."
    )

    @api.depends("points", "member_id")
    def _compute_needs_second(self) -> None:
        for asked in self:
            limit = asked.member_id.program_id.adjustment_limit
            asked.needs_second = abs(asked.points) > limit

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailLoyaltyAdjustment":
        """Keep what only the buttons decide out of what people write."""
        for vals in vals_list:
            self._check_own_words(vals)
        return super().create(vals_list)

    def write(self, vals: dict) -> bool:
        self._check_own_words(vals)
        if not self.env.su and any(asked.state != "draft" for asked in self):
            raise UserError(self.env._("What was decided does not change."))
        if not self.env.su and any(asked.create_uid != self.env.user for asked in self):
            raise UserError(self.env._("Only who asked for it may change it."))
        return super().write(vals)

    def _check_own_words(self, vals: dict) -> None:
        facts = {"state", "decided_by_id", "entry_id", "uuid"}
        if not self.env.su and facts & set(vals):
            raise UserError(self.env._("Use the buttons to decide."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self) -> None:
        if any(asked.state != "draft" for asked in self):
            raise UserError(self.env._("What was decided stays as a record."))

    def action_post(self) -> None:
        """Post these; above the limit only somebody else than who asked may.

        :raises AccessError: it needs an approver, and the caller is none
        :raises UserError: it needs somebody else, was decided, or lacks points
        """
        self.check_access("write")
        for asked in self:
            asked._check_decidable()
            asked.flush_recordset()
            self.env.cr.execute(
                "UPDATE retail_loyalty_adjustment SET state = 'posted'"
                " WHERE id = %s AND state = 'draft'",
                (asked.id,),
            )
            if not self.env.cr.rowcount:
                raise UserError(self.env._("Somebody decided about it before."))
            second = self.env.user if asked.needs_second else self.env["res.users"]
            answer = asked._post(second)
            asked.invalidate_recordset(["state"], flush=False)
            asked.sudo().write(
                {"decided_by_id": self.env.uid, "entry_id": answer.entry_id}
            )

    def action_decline(self) -> None:
        """Say no to these, for good.

        :raises AccessError: neither steward nor finance, and not one's own
        """
        self.check_access("write")
        for asked in self:
            if asked.create_uid != self.env.user and not asked._is_approver():
                raise AccessError(self.env._("Only stewards and finance decide."))
            if asked.state != "draft":
                raise UserError(self.env._("Somebody decided about it before."))
            asked.sudo().write({"state": "declined", "decided_by_id": self.env.uid})

    def _check_decidable(self) -> None:
        self.ensure_one()
        if not self.needs_second:
            return
        if not self._is_approver():
            raise AccessError(self.env._("Only stewards and finance decide."))
        if self.create_uid == self.env.user:
            raise UserError(
                self.env._("You asked for it yourself; somebody else has to decide.")
            )

    def _is_approver(self) -> bool:
        return self.env.su or any(self.env.user.has_group(g) for g in APPROVERS)

    def _post(self, second: models.BaseModel) -> object:
        """Post under the name of who asked; ``second`` agreed.

        :raises UserError: the member has not got the points
        """
        account = self.member_id.sudo()._account(self.wallet_id)
        author = self.with_user(self.create_uid) if second else self
        ledger = author.sudo().env["retail.loyalty.ledger"]
        (answer,) = ledger._post(
            [
                Posting(
                    self.uuid,
                    account.id,
                    "adjustment",
                    self.points,
                    reason=self.reason,
                    approved_by_id=second.id or None,
                    source=Source(channel="manual"),
                )
            ]
        )
        if not answer.ok:
            raise UserError(
                str(
                    InsufficientPoints(
                        f"{-self.points} points asked, {answer.available} available"
                    )
                )
            )
        return answer
