"""``retail.exception``: the next person, by hand or because it is late.

The steps are data of the category (``retail.escalation.step``). Each step is taken
once; the deadline stays what it was, so that what is late stays late.
"""

from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

ESCALATED_AT_ONCE_MAX = 500


class RetailException(models.Model):
    _inherit = "retail.exception"

    escalation_level = fields.Integer(
        string="Escalated", readonly=True, help="How many steps it went up."
    )
    escalate_at = fields.Datetime(
        string="Escalates", readonly=True, help="To the next person, unless solved."
    )

    _escalate_idx = models.Index("(escalate_at) WHERE escalate_at IS NOT NULL")

    def _follow_deadline(self, deadline_at: datetime | str | bool) -> None:
        """Let the first step wait for a deadline that somebody moved."""
        moment = fields.Datetime.to_datetime(deadline_at)
        for record in self.filtered(lambda r: r.state != "resolved"):
            step = record.category_id.sudo().step_ids[:1]
            if step and not record.escalation_level:
                wait = timedelta(hours=step.wait_hours)
                record.sudo().escalate_at = moment and moment + wait

    def _next_step(self) -> tuple[int, models.BaseModel, models.BaseModel] | None:
        """Return level, person and team of the next step that changes something."""
        self.ensure_one()
        category = self.category_id.sudo()
        for level, step in enumerate(category.step_ids, start=1):
            if level <= self.escalation_level:
                continue
            person = category._person(step.role, step.user_id, self.backend_id)
            team = step.group_id if step.role == "team" else self.group_id
            if person and person != self.user_id:
                return level, person, team
            if step.role == "team" and (self.user_id or team != self.group_id):
                return level, person, team
        return None

    def _escalate(self, reason: str) -> dict[str, int]:
        """Hand these to the next person, asked for by somebody."""
        self.check_access("write")
        reason = self._check_reason(reason)
        pending = self.filtered(lambda record: record.state != "resolved")
        moved = pending.filtered(lambda record: record._step_up(reason))
        if not moved:
            raise UserError(
                self.env._(
                    "There is nobody above; a category's escalation says who is next."
                )
            )
        moved._audit("escalated", reason=reason)
        return {"escalated": len(moved), "left": len(self - moved)}

    def _step_up(self, reason: str) -> bool:
        """Take the next step; return whether there was one."""
        self.ensure_one()
        found = self._next_step()
        if found is None:
            self.sudo().escalate_at = False
            return False
        level, person, team = found
        following = self.category_id.sudo().step_ids[level : level + 1]
        wait = timedelta(hours=following.wait_hours)
        self.sudo().write(
            {
                "escalation_level": level,
                "escalate_at": following and fields.Datetime.now() + wait,
                "user_id": person.id,
                "group_id": team.id,
                "state": "to_approve" if self.state == "to_approve" else "open",
                "told_at": False,
            }
        )
        self.sudo().activity_unlink(["mail.mail_activity_data_todo"])
        self.sudo().message_post(
            body=self.env._(
                "Escalated to %(who)s: %(why)s",
                who=person.name or team.sudo().full_name,
                why=reason,
            )
        )
        return True

    @api.model
    def _cron_escalate(self) -> None:
        """Hand what nobody decided in time to the next person, once per step."""
        late = self.search(
            [("escalate_at", "<=", fields.Datetime.now()), ("state", "!=", "resolved")],
            order="escalate_at, id",
            limit=ESCALATED_AT_ONCE_MAX,
        )
        for record in late:
            record._step_up(self.env._("Nobody decided in time."))
