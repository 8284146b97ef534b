"""``retail.exception``: how people hear of what waits for them.

Opening happens in requests and lanes, where a mail and its hot rows have no place, so a
cron tells. A flood is one message with a number in it, not one mail per exception:
owners, teams and approvers get a digest, owners an activity for the first few.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

#: Activities that an owner has at once; the queue shows the rest.
ACTIVITIES_MAX = 20
#: Exceptions that a digest names; of the others it says how many.
NAMED_MAX = 10
#: Between two digests to the same owner or team.
PAUSE_MINUTES = 15
TOLD_AT_ONCE_MAX = 5000
ACTIVITY_TYPE = "mail.mail_activity_data_todo"


class RetailException(models.Model):
    _inherit = "retail.exception"

    told_at = fields.Datetime(
        string="Told",
        readonly=True,
        help="When the owner or the team last heard of it.",
    )

    _untold_idx = models.Index("(id) WHERE told_at IS NULL AND state != 'resolved'")

    @api.model
    def _cron_notify_owners(self) -> None:
        """Tell people what is new: opened, assigned, escalated, proposed."""
        new = self.search(
            [("told_at", "=", False), ("state", "!=", "resolved")],
            order="deadline_at, id",
            limit=TOLD_AT_ONCE_MAX,
        )
        for (role, reader_id), records in new.grouped(
            lambda record: record._audience()
        ).items():
            if self._heard_lately(role, reader_id):
                continue
            if role == "owner":
                records = records._tell_owner(records.user_id)
            else:
                group = self.env["res.groups"].browse(reader_id)
                for person in group.user_ids or group.all_user_ids:
                    records._tell(person)
            records.told_at = fields.Datetime.now()

    def _audience(self) -> tuple[str, int]:
        """Return who has to hear of this one: ``owner``, ``team`` or ``approvers``."""
        if self.state == "to_approve":
            return "approvers", self.category_id.approval_group_id.id
        if self.user_id:
            return "owner", self.user_id.id
        return "team", self.group_id.id

    def _heard_lately(self, role: str, reader_id: int) -> bool:
        since = fields.Datetime.now() - timedelta(minutes=PAUSE_MINUTES)
        domain = Domain("told_at", ">", since) & Domain("state", "!=", "resolved")
        waiting = Domain("state", "=", "to_approve")
        if role == "approvers":
            domain &= waiting
            domain &= Domain("category_id.approval_group_id", "=", reader_id)
        elif role == "owner":
            domain &= ~waiting & Domain("user_id", "=", reader_id)
        else:
            domain &= ~waiting & Domain("user_id", "=", False)
            domain &= Domain("group_id", "=", reader_id)
        return bool(self.search(domain, limit=1))

    def _tell_owner(self, owner: models.BaseModel) -> "RetailException":
        """Tell an owner; return those that were told.

        An owner who may not see an exception (rights or companies changed) is none:
        the team has it then, and hears of it next.
        """
        seen = self.browse(self.with_user(owner)._filtered_access("read").ids)
        (self - seen).user_id = False
        seen._tell(owner)
        seen._remind(owner)
        return seen

    def _tell(self, person: models.BaseModel) -> None:
        """Send one message about these to a person, in that person's language."""
        own = self.with_user(person).with_context(lang=person.lang or "en_US")
        seen = own._filtered_access("read").filtered(
            lambda record: record.proposed_by_id != person
        )
        if not seen:
            return
        env = seen.env
        late = len(seen.filtered("is_late"))
        subject = (
            seen.display_name
            if len(seen) == 1
            else env._("%(count)s exceptions wait for you", count=len(seen))
        )
        body = env["ir.qweb"]._render(
            "retail_integration_base.exception_digest",
            {
                "named": seen[:NAMED_MAX],
                "others_count": max(0, len(seen) - NAMED_MAX),
                "late_count": late,
                "base_url": self.env["retail.backend"].get_base_url(),
                "person": person,
            },
            lang=person.lang or "en_US",
        )
        self.env["mail.thread"].message_notify(
            partner_ids=person.partner_id.ids, subject=subject, body=body
        )

    def _remind(self, owner: models.BaseModel) -> None:
        """Schedule activities for the first of these."""
        activities = self.env["mail.activity"]
        waiting = activities.search_count(
            [("res_model", "=", self._name), ("user_id", "=", owner.id)],
            limit=ACTIVITIES_MAX,
        )
        without = self.filtered(lambda record: not record.activity_ids)
        # The digest has told it: no mail for each activity.
        for record in without[: ACTIVITIES_MAX - waiting].with_context(
            mail_activity_quick_update=True, lang=owner.lang
        ):
            record.activity_schedule(
                ACTIVITY_TYPE,
                date_deadline=fields.Date.to_date(record.deadline_at),
                summary=record.title[:100],
                user_id=owner.id,
            )
