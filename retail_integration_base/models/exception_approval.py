"""``retail.exception``: the second person.

Above the category's amount, whoever accepts or writes off only proposes it; somebody
else of the approving group agrees or refuses. All of it is checked here, on the server,
and the fields that decide cannot be written through RPC.
"""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.clock import to_naive, utc_now


class RetailException(models.Model):
    _inherit = "retail.exception"

    is_four_eyes = fields.Boolean(
        string="Needs a second person",
        readonly=True,
        help="Accepting it or writing it off takes somebody else's consent.",
    )
    proposed_resolution = fields.Selection(
        [("accepted", "Accept"), ("written_off", "Write off")],
        string="Proposed",
        readonly=True,
    )
    proposed_by_id = fields.Many2one("res.users", readonly=True)
    proposed_at = fields.Datetime(readonly=True)
    proposed_reason = fields.Text(string="Reason given", readonly=True)
    approved_by_id = fields.Many2one("res.users", readonly=True)
    can_approve = fields.Boolean(compute="_compute_can_approve")

    def _compute_can_approve(self) -> None:
        for record in self:
            record.can_approve = record.state == "to_approve" and record._may_approve()

    def _needs_second_person(self) -> bool:
        """Tell whether somebody else has to agree: then, or by today's rule."""
        self.ensure_one()
        return self.is_four_eyes or self.category_id.sudo()._asks_second_person(
            self.amount, self.currency_id
        )

    def _may_approve(self) -> bool:
        group = self.category_id.sudo().approval_group_id
        return self.env.user != self.proposed_by_id and (
            group in self.env.user.all_group_ids
        )

    def _propose(self, resolution: str, reason: str) -> None:
        """Let these wait for a second person."""
        if not self:
            return
        self.sudo().write(
            {
                "state": "to_approve",
                "is_four_eyes": True,
                "proposed_resolution": resolution,
                "proposed_by_id": self.env.uid,
                "proposed_at": to_naive(utc_now()),
                "proposed_reason": reason,
                "told_at": False,
            }
        )
        self._audit("proposed", resolution=resolution, reason=reason)

    def _withdraw(self) -> None:
        """Take up work again on those of these that wait for a second person."""
        self.filtered(lambda record: record.state == "to_approve").sudo().write(
            {
                "state": "in_progress",
                "proposed_resolution": False,
                "proposed_by_id": False,
                "proposed_at": False,
                "proposed_reason": False,
            }
        )

    def _check_no_second_person(self) -> None:
        """Refuse a way round the second person: giving up the message itself.

        :raises UserError: one of these is open and takes somebody else's consent
        """
        for record in self.filtered(lambda r: r.state != "resolved"):
            if record._needs_second_person():
                raise UserError(
                    self.env._(
                        "%(title)s: giving this up takes a second person. Decide on "
                        "the exception instead.",
                        title=record.title,
                    )
                )

    def _check_second_person(self) -> None:
        """Let somebody of the approving group pass who is not the first person.

        :raises AccessError: not of that group
        :raises UserError: it was this user's own proposal
        """
        self.check_access("write")
        for record in self:
            if record.proposed_by_id == self.env.user:
                raise UserError(
                    self.env._(
                        "You proposed it yourself; somebody else has to look at it."
                    )
                )
            if not record._may_approve():
                raise AccessError(
                    self.env._(
                        "Only %(group)s may agree to it.",
                        group=record.category_id.sudo().approval_group_id.full_name,
                    )
                )

    def action_approve(self) -> dict:
        """Agree to what somebody else proposed: the matter ends."""
        self.check_access("write")
        waiting = self.filtered(lambda record: record.state == "to_approve")
        if not waiting:
            raise UserError(self.env._("Nothing here waits for a second person."))
        waiting._check_second_person()
        for record in waiting:
            first = record.proposed_by_id
            record.sudo().approved_by_id = self.env.user
            resolution, reason = record.proposed_resolution, record.proposed_reason
            record._finish(resolution, reason)
            record.sudo().resolved_by_id = first
            record._audit(
                resolution,
                approved_by=self.env.user,
                reason=reason,
                proposed_by=first.login,
            )
        return self._say({"done": len(waiting), "left": len(self - waiting)})

    def _refuse(self, reason: str) -> dict[str, int]:
        """Do not agree: the first person goes on. Own proposals are taken back so."""
        self.check_access("write")
        reason = self._check_reason(reason)
        waiting = self.filtered(lambda record: record.state == "to_approve")
        others = waiting.filtered(lambda r: r.proposed_by_id != self.env.user)
        others._check_second_person()
        for record in waiting:
            first = record.proposed_by_id
            record.sudo().write({"user_id": first.id, "told_at": False})
            record.sudo().message_post(
                body=self.env._("Not agreed: %(why)s", why=reason)
            )
        waiting._withdraw()
        waiting._audit("refused", reason=reason)
        return {"refused": len(waiting), "left": len(self - waiting)}
