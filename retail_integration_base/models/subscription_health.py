"""``retail.subscription``: how its deliveries fare, and what follows from it.

Lanes say after each batch whether anything got through. A subscription that delivers
nothing for hours is an exception for the engineer; one that was given a limit is
disabled after days, never before that exception was seen.
"""

from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ..tools.clock import to_naive, utc_now
from ..tools.errors import SubscriptionFailing

#: Times are written at most this often: lanes of one subscription share its row.
RECORD_INTERVAL_S = 60
#: A person has had this long with the exception before anything is disabled.
NOTICE_HOURS = 24


class RetailSubscription(models.Model):
    _inherit = "retail.subscription"

    last_success_at = fields.Datetime(string="Last delivery", readonly=True, copy=False)
    last_failure_at = fields.Datetime(string="Last failure", readonly=True, copy=False)
    failing_since_at = fields.Datetime(
        string="Failing since",
        readonly=True,
        copy=False,
        help="The first failure since which nothing got through.",
    )
    alert_after_hours = fields.Integer(
        string="Exception after (hours)",
        default=4,
        required=True,
        help="When nothing got through for so long, the engineer gets an exception.",
    )
    disable_after_days = fields.Integer(
        string="Disable after (days)",
        default=0,
        required=True,
        help="When nothing got through for so long, although the engineer knows, no "
        "further messages are kept for it. Zero: never.",
    )

    _limits_positive = models.Constraint(
        "CHECK (alert_after_hours > 0 AND disable_after_days >= 0)",
        "Limits and times must be positive.",
    )

    def _record_health(self, *, sent: int, failed: int) -> None:
        """Remember whether a batch got through; called once per batch.

        Writes only what changed: lanes of one subscription meet on its row.
        """
        if sent:
            statement = SQL(
                """UPDATE retail_subscription
                      SET failing_since_at = NULL, last_success_at = %(now)s
                    WHERE id = %(id)s
                      AND (failing_since_at IS NOT NULL OR last_success_at IS NULL
                           OR last_success_at < %(before)s)
                RETURNING id""",
                **self._moments(),
            )
        elif failed:
            statement = SQL(
                """UPDATE retail_subscription
                      SET failing_since_at = COALESCE(failing_since_at, %(now)s),
                          last_failure_at = %(now)s
                    WHERE id = %(id)s
                      AND (failing_since_at IS NULL OR last_failure_at IS NULL
                           OR last_failure_at < %(before)s)
                RETURNING id""",
                **self._moments(),
            )
        else:
            return
        self.env.execute_query(statement)
        self.invalidate_recordset(
            ["failing_since_at", "last_success_at", "last_failure_at"]
        )

    def _moments(self) -> dict[str, object]:
        self.ensure_one()
        now = to_naive(utc_now())
        before = now - timedelta(seconds=RECORD_INTERVAL_S)
        return {"id": self.id, "now": now, "before": before}

    # --- what follows -----------------------------------------------------------------

    @api.model
    def _cron_check_health(self) -> None:
        """Open, and settle again, the exceptions of subscriptions that fail; disable
        those past their limit; see to it that lanes of closed ones are emptied."""
        now = fields.Datetime.now()
        failing = self.search(
            [("failing_since_at", "!=", False), ("state", "=", "active")]
        )
        for subscription in failing:
            hours = (now - subscription.failing_since_at).total_seconds() / 3600
            if hours >= subscription.alert_after_hours:
                subscription._open_failing()
            if subscription._is_past_limit(now):
                subscription._disable_failing()
        self._settle_recovered()
        self._arm_closed()

    def _failing_key(self) -> str:
        return f"subscription:{self.id}:{SubscriptionFailing.code}"

    def _failing_exceptions(self) -> models.BaseModel:
        return (
            self.env["retail.exception"]
            .sudo()
            .search(
                [
                    ("dedupe_key", "in", [one._failing_key() for one in self]),
                    ("state", "!=", "resolved"),
                ]
            )
        )

    def _open_failing(self) -> None:
        self.env["retail.exception"].sudo()._open(
            self.backend_id,
            SubscriptionFailing(
                f"Nothing got through to the subscription {self.name!r} of "
                f"{self.backend_id.code} since "
                f"{fields.Datetime.to_string(self.failing_since_at)} UTC"
            ),
            dedupe_key=self._failing_key(),
        )

    def _is_past_limit(self, now: object) -> bool:
        limit = timedelta(days=self.disable_after_days)
        notice = timedelta(hours=NOTICE_HOURS)
        known = self._failing_exceptions().filtered(
            lambda e: e.opened_at + notice < now
        )
        return bool(
            self.disable_after_days and self.failing_since_at + limit < now and known
        )

    def _disable_failing(self) -> None:
        reason = self.env._(
            "Nothing got through since %(moment)s UTC",
            moment=fields.Datetime.to_string(self.failing_since_at),
        )
        self.with_user(SUPERUSER_ID)._change_state("disabled", reason)

    @api.model
    def _settle_recovered(self) -> None:
        recovered = self.search([("failing_since_at", "=", False)])
        recovered._failing_exceptions()._resolve(
            "accepted", self.env._("Messages get through again.")
        )

    @api.model
    def _arm_closed(self) -> None:
        """Wake lanes of closed subscriptions whose job got lost before it cancelled."""
        closed = self.with_context(active_test=False).search([("active", "=", False)])
        open_messages = (
            self.env["retail.outbox.event"]
            .sudo()
            ._read_group(
                [
                    ("subscription_id", "in", closed.ids),
                    ("state", "not in", ("sent", "cancelled")),
                ],
                ["subscription_id"],
            )
        )
        for (subscription,) in open_messages:
            subscription._arm()
