"""``retail.exception``: what people do about it.

Each action takes a selection, does what can be done and says how many went how. What
ends a matter asks for a reason (``retail.exception.decision``); where a second person
has to agree, ``exception_approval.py`` takes over.
"""

from typing import Any

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import UserError

from ..tools import redaction
from ..tools.clock import to_naive, utc_now

#: what a person may change directly
DECISIONS = frozenset({"user_id", "severity", "deadline_at", "state"})
#: states in which work goes on; the others are entered and left by actions only
WORKED_STATES = ("open", "in_progress")


class RetailException(models.Model):
    _inherit = "retail.exception"

    def write(self, vals: dict) -> bool:
        if not self.env.su:
            self._check_decision(vals)
        if "deadline_at" in vals and "escalate_at" not in vals:
            self._follow_deadline(vals["deadline_at"])
        return super().write(vals)

    def _check_decision(self, vals: dict) -> None:
        """Let people decide, not rewrite: facts stay, and the buttons resolve.

        :raises UserError: a fact would change, or the state without an action
        """
        names = {n for n in vals if not n.startswith(("message_", "activity_"))}
        moved = "state" in vals and (
            vals["state"] not in WORKED_STATES
            or any(record.state not in WORKED_STATES for record in self)
        )
        if moved or not names <= DECISIONS:
            raise UserError(
                self.env._("Use the buttons: the facts of an exception do not change.")
            )

    # --- ending ---------------------------------------------------------------------

    def _resolve(self, resolution: str, note: str) -> None:
        """Close those of these that are open; called by lanes and by the actions."""
        pending = self.filtered(lambda record: record.state != "resolved").sudo()
        if not pending:
            return
        pending.write(
            {
                "state": "resolved",
                "resolution": resolution,
                "resolution_note": note,
                "resolved_at": to_naive(utc_now()),
                "resolved_by_id": self.env.uid != SUPERUSER_ID and self.env.uid,
                "escalate_at": False,
            }
        )
        pending.activity_unlink(["mail.mail_activity_data_todo"])

    def _finish(self, resolution: str, reason: str) -> None:
        """End these matters for good: the messages behind them have no effect."""
        # First, or the messages would close their exceptions in words of their own.
        self._resolve(resolution, reason)
        self.inbox_event_id.filtered(
            lambda event: event.state in event._transitions["ignored"]
        ).action_ignore()
        self.outbox_event_id.filtered(
            lambda event: event.state in event._transitions["cancelled"]
        ).action_cancel()

    def _end(self, resolution: str, reason: str) -> dict[str, int]:
        """End these matters, or propose it where a second person has to agree.

        :return: how many are ``done``, ``proposed`` and ``left`` alone
        """
        self.check_access("write")
        reason = self._check_reason(reason)
        pending = self.filtered(lambda record: record.state in WORKED_STATES)
        proposed = pending.filtered(lambda record: record._needs_second_person())
        done = pending - proposed
        proposed._propose(resolution, reason)
        done._finish(resolution, reason)
        done._audit(resolution, reason=reason)
        return {
            "done": len(done),
            "proposed": len(proposed),
            "left": len(self - pending),
        }

    def _check_reason(self, reason: str | None) -> str:
        text = (reason or "").strip()
        if not text:
            raise UserError(self.env._("Say why: the next one who looks will ask."))
        # Kept for good, in the chatter and in the audit: nobody's phone number.
        return redaction.scrub_text(text)

    def _audit(
        self, verb: str, approved_by: models.BaseModel | None = None, **details: Any
    ) -> None:
        """Keep what somebody did about each of these, for good."""
        for record in self:
            facts = {
                "code": record.code,
                "amount": record.amount and record.currency_id.format(record.amount),
                "message": (record.inbox_event_id or record.outbox_event_id).event_key,
                **details,
            }
            self.env["retail.audit.entry"]._record(
                f"exception.{verb}",
                record,
                details={name: value for name, value in facts.items() if value},
                approved_by=approved_by,
            )

    def _reopen(self, reason: str) -> dict[str, int]:
        """Take up again what was resolved; the message waits for a replay."""
        self.check_access("write")
        reason = self._check_reason(reason)
        resolved = self.filtered(lambda record: record.state == "resolved")
        keys = resolved.mapped("dedupe_key")
        again = self.sudo().search_count(
            [("dedupe_key", "in", keys), ("state", "!=", "resolved")]
        )
        if again or len(set(keys)) < len(keys):
            raise UserError(
                self.env._("The same trouble is open already: solve that one.")
            )
        now = fields.Datetime.now()
        for record in resolved.sudo():
            category = record.category_id
            hours = category.deadline_hours or 8
            record.write(
                {
                    "state": "in_progress",
                    "resolution": False,
                    "resolution_note": False,
                    "resolved_at": False,
                    "resolved_by_id": False,
                    "approved_by_id": False,
                    "user_id": self.env.uid,
                    "deadline_at": fields.Datetime.add(now, hours=hours),
                    "escalation_level": 0,
                    "told_at": False,
                }
            )
            record.message_post(body=self.env._("Reopened: %(why)s", why=reason))
        resolved._audit("reopened", reason=reason)
        return {"done": len(resolved), "left": len(self - resolved)}

    def _assign(self, user: models.BaseModel) -> dict[str, int]:
        """Give these to somebody, who is told."""
        self.check_access("write")
        if not user.has_group("retail_integration_base.group_operator"):
            raise UserError(
                self.env._("%(user)s may not decide about exceptions.", user=user.name)
            )
        pending = self.filtered(lambda record: record.state != "resolved")
        strangers = pending.company_id - user.sudo().company_ids
        if strangers:
            raise UserError(
                self.env._(
                    "%(user)s does not work in %(company)s.",
                    user=user.name,
                    company=strangers[0].name,
                )
            )
        pending.write({"user_id": user.id})
        pending.sudo().told_at = False
        pending._audit("assigned", to=user.login)
        return {"done": len(pending), "left": len(self - pending)}

    # --- buttons --------------------------------------------------------------------

    def action_take(self) -> dict | None:
        """Make the current user the owner."""
        self.check_access("write")
        free = self.filtered(lambda record: record.state in WORKED_STATES)
        if not free:
            raise UserError(
                self.env._("Nothing to take: resolved, or waiting for approval.")
            )
        free.write({"user_id": self.env.uid, "state": "in_progress"})
        free.sudo().told_at = fields.Datetime.now()
        if len(self) == 1:
            return None
        return self._say({"done": len(free), "left": len(self - free)})

    def action_replay(self) -> dict:
        """Try the messages again; they resolve their exception when they go through."""
        self.check_access("write")
        with_message = self.filtered(
            lambda record: (
                record.state != "resolved"
                and (record.inbox_event_id or record.outbox_event_id)
            )
        )
        if not with_message:
            raise UserError(self.env._("There is no message behind this exception."))
        with_message.inbox_event_id.action_replay()
        with_message.outbox_event_id.action_replay()
        with_message._withdraw()
        with_message.filtered(lambda r: r.state == "open").write(
            {"state": "in_progress"}
        )
        with_message._audit("replayed")
        return self._say(
            {"replayed": len(with_message), "left": len(self - with_message)}
        )

    def action_map_and_replay(self) -> dict:
        """Ask what the unknown value means, then replay what waits for it."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Map and replay"),
            "res_model": "retail.map.and.replay",
            "view_mode": "form",
            "target": "new",
            "context": {"default_exception_id": self.id},
        }
