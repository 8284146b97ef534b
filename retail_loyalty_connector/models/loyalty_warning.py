"""``retail.loyalty.warning``: members who were told that points will expire.

One row per member, last day and step, so that nobody is told twice. What is due is said
by ``tools/expiry.py``; apps and mail systems subscribe to the message.
"""

from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.retail_integration_base.fields import BigInteger
from odoo.addons.retail_integration_base.models.outbox_event import Emission

from ..schemas.points_expiring import TOPIC
from ..tools.expiry import ExpiryWarning, LotLife, due_warnings

PAGE = 1000
SOON = """
    SELECT DISTINCT account.member_id
      FROM retail_loyalty_lot AS lot
      JOIN retail_loyalty_account AS account ON account.id = lot.account_id
     WHERE account.program_id = %s AND account.member_id > %s AND lot.remaining > 0
       AND lot.expires_at > %s AND lot.expires_at <= %s
     ORDER BY account.member_id LIMIT %s
"""


class RetailLoyaltyWarning(models.Model):
    _name = "retail.loyalty.warning"
    _description = "Warning of Expiry"
    _log_access = False
    _order = "id desc"
    _rec_name = "member_id"

    member_id = fields.Many2one(
        "retail.loyalty.member", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True)
    last_date = fields.Date(string="Last day", required=True, readonly=True)
    days_before = fields.Integer(string="Step (days)", required=True, readonly=True)
    points = BigInteger(required=True, readonly=True)
    warned_at = fields.Datetime(string="Told", required=True, readonly=True)

    _step_uniq = models.Constraint(
        "UNIQUE (member_id, last_date, days_before)", "The member was told."
    )

    @api.model
    def _cron_warn(self) -> None:
        """Tell all members whose points expire soon, once per step."""
        programs = self.env["retail.loyalty.program"].sudo()
        for program in programs.search([("warning_days", "!=", False)]):
            last_id = 0
            while True:
                members = self._find_soon(program, last_id)
                self._warn(program, members)
                if len(members) < PAGE:
                    break
                last_id = members[-1].id

    def _find_soon(self, program: models.BaseModel, last_id: int) -> models.BaseModel:
        """Return the next members, by id, with points that expire within the steps."""
        now = self.env["retail.loyalty.ledger"]._now()
        horizon = now + timedelta(days=max(program._warning_steps(), default=0) + 1)
        self.env.flush_all()
        self.env.cr.execute(SOON, (program.id, last_id, now, horizon, PAGE))
        ids = [id_ for (id_,) in self.env.cr.fetchall()]
        return self.env["retail.loyalty.member"].sudo().browse(ids)

    @api.model
    def _warn(self, program: models.BaseModel, members: models.BaseModel) -> int:
        """Tell these members what is due today; return how many warnings."""
        today = program._day(self.env["retail.loyalty.ledger"]._now())
        lives = self._lives(program, members)
        sent = defaultdict(set)
        for row in self.sudo().search([("member_id", "in", members.ids)]):
            sent[row.member_id.id].add((row.last_date, row.days_before))
        due = [
            (member, warning)
            for member in members
            for warning in due_warnings(
                lives[member.id], today, program._warning_steps(), sent[member.id]
            )
        ]
        self.sudo().create([self._prepare_warning(*one) for one in due])
        self.env["retail.outbox.event"].sudo()._emit(
            TOPIC, [_emission(*one) for one in due]
        )
        return len(due)

    def _lives(
        self, program: models.BaseModel, members: models.BaseModel
    ) -> dict[int, list[LotLife]]:
        found: dict[int, list[LotLife]] = defaultdict(list)
        lots = self.env["retail.loyalty.lot"].sudo()
        for lot in lots.search(
            [
                ("account_id", "in", members.account_ids.ids),
                ("remaining", ">", 0),
                ("expires_at", "!=", False),
            ]
        ):
            last = program._last_day(lot.expires_at)
            found[lot.account_id.member_id.id].append(LotLife(lot.remaining, last))
        return found

    def _prepare_warning(
        self, member: models.BaseModel, warning: ExpiryWarning
    ) -> dict:
        return {
            "member_id": member.id,
            "company_id": member.company_id.id,
            "last_date": warning.last_day,
            "days_before": warning.days_before,
            "points": warning.points,
            "warned_at": self.env["retail.loyalty.ledger"]._now(),
        }


def _emission(member: models.BaseModel, warning: ExpiryWarning) -> Emission:
    return Emission(
        key=f"{member.uuid}:{warning.last_day.isoformat()}:{warning.days_before}",
        partition_key=f"member:{member.uuid}",
        data={
            "member": member.uuid,
            "program": member.program_id.code,
            "points": warning.points,
            "last_date": warning.last_day.isoformat(),
            "days_left": warning.days_left,
        },
        company_id=(member.company_id or member.env.company).id,
        subject=f"member/{member.uuid}",
        res_model=member._name,
        res_id=member.id,
    )
