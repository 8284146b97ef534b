"""``retail.event.attempt``: one try to work or deliver one message.

Written in batches by the lanes (no ORM round trip per message), read by people.
"""

from collections.abc import Iterable

from psycopg2.extras import execute_values

from odoo import api, fields, models

COLUMNS = (
    "number",
    "started_at",
    "latency_ms",
    "outcome",
    "error_code",
    "message",
    "http_status",
    "response_excerpt",
)


class RetailEventAttempt(models.Model):
    _name = "retail.event.attempt"
    _description = "Attempt"
    _order = "id desc"
    _log_access = False

    inbox_event_id = fields.Many2one(
        "retail.inbox.event",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    outbox_event_id = fields.Many2one(
        "retail.outbox.event",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    number = fields.Integer(readonly=True)
    started_at = fields.Datetime(readonly=True)
    latency_ms = fields.Integer(string="Took (ms)", readonly=True)
    outcome = fields.Selection(
        [
            ("succeeded", "Succeeded"),
            ("ignored", "Nothing to do"),
            ("failed", "Failed"),
            ("unknown", "Unknown"),
        ],
        readonly=True,
        help="Unknown: the partner may have received it, but no answer came back.",
    )
    error_code = fields.Char(readonly=True)
    message = fields.Text(readonly=True)
    http_status = fields.Integer(string="HTTP", readonly=True)
    response_excerpt = fields.Text(string="Answer", readonly=True)

    _one_message = models.Constraint(
        "CHECK (num_nonnulls(inbox_event_id, outbox_event_id) = 1)",
        "An attempt belongs to exactly one message.",
    )

    @api.model
    def _record(self, column: str, attempts: Iterable[dict]) -> None:
        """Insert tries in one statement.

        :param column: ``inbox_event_id`` or ``outbox_event_id``
        :param attempts: dicts with ``event_id``, ``company_id`` and ``COLUMNS``
        """
        rows = [
            (
                attempt["event_id"],
                attempt["company_id"],
                *(attempt.get(name) for name in COLUMNS),
            )
            for attempt in attempts
        ]
        if rows:
            execute_values(
                self.env.cr._obj,
                f"INSERT INTO retail_event_attempt ({column}, company_id,"
                f" {', '.join(COLUMNS)}) VALUES %s",  # nosec B608 # names of ours only
                rows,
                page_size=1000,
            )
