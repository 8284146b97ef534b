"""``retail.outbox.event``: a message that has to reach one backend.

The row commits with the business change that caused it, or not at all; it is the
delivery promise. Business code calls ``_emit``; how a lane delivers is in
``outbox_event_work.py``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg2.extras import execute_values

from odoo import api, fields, models

from ..tools import canonical, correlation
from ..tools.clock import to_rfc3339, utc_now
from ..tools.lanes import lane_number

OPEN_STATES = ("pending", "sending", "retry", "dead", "held")


@dataclass(frozen=True)
class Emission:
    """One document to tell subscribers about.

    ``key`` names document and version for ever; ``data`` is the topic's document.
    """

    key: str
    partition_key: str
    data: dict
    company_id: int
    subject: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    res_model: str | None = None
    res_id: int | None = None


class RetailOutboxEvent(models.Model):
    _name = "retail.outbox.event"
    _description = "Outgoing Message"
    _inherit = ["retail.event.mixin"]
    _log_access = False

    _ready_state = "pending"
    _due_states = ("pending", "sending")
    _attempt_column = "outbox_event_id"
    _begin_column = "created_at"
    _transitions = {
        "pending": ("pending", "sending", "retry", "dead", "held", "sent", "cancelled"),
        "sending": ("pending", "retry", "sending"),
        "sent": ("sending",),
        "retry": ("sending",),
        "dead": ("sending",),
        "held": ("pending", "retry", "sending", "held"),
        "cancelled": ("pending", "retry", "dead", "held"),
    }

    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("sending", "Being sent"),
            ("retry", "Waiting to retry"),
            ("held", "Held behind an earlier one"),
            ("dead", "Needs a decision"),
            ("sent", "Sent"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="pending",
    )
    created_at = fields.Datetime(string="Created", required=True, readonly=True)
    res_model = fields.Char(string="Document model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", readonly=True
    )
    attempt_ids = fields.One2many("retail.event.attempt", "outbox_event_id")
    exception_ids = fields.One2many("retail.exception", "outbox_event_id")

    _event_uniq = models.Constraint(
        "UNIQUE (backend_id, event_key)", "This message was created already."
    )
    _ready_idx = models.Index(
        "(lane_id, id) WHERE state IN ('pending', 'sending', 'retry')"
    )
    _unresolved_idx = models.Index(
        "(lane_id, partition_key, id) WHERE state IN ('retry', 'dead', 'held')"
    )

    # --- emitting -----------------------------------------------------------------

    @api.model
    def _emit(self, topic_name: str, documents: Sequence[Emission]) -> int:
        """Create one message per document and subscribed backend, in this transaction.

        Emitting the same document again creates nothing: the message id follows from
        topic, document and backend. A later state of a record needs another ``key``.

        :param topic_name: an outgoing topic; nothing happens when nobody subscribed
        :return: number of messages created
        """
        topic = (
            self.env["retail.topic"]
            .sudo()
            .browse(self.env["retail.topic"]._find_id(topic_name, "out"))
        )
        if not topic or not documents:
            return 0
        subscribers = self._subscribers(topic.id)
        lanes = self._lanes_of(subscribers)
        rows = [
            self._prepare_row(topic, backend, lanes[backend.id], document)
            for document in documents
            for backend in subscribers
            if backend.company_id.id == document.company_id
        ]
        if not rows:
            return 0
        created = self._insert(rows)
        self.env["retail.lane"]._arm_after_commit(
            {lane_id for (_id, lane_id) in created}
        )
        return len(created)

    @api.model
    def _has_subscribers(self, topic_name: str) -> bool:
        """Tell whether building documents for ``topic_name`` is worth the effort."""
        topic_id = self.env["retail.topic"]._find_id(topic_name, "out")
        return bool(topic_id and self._subscribers(topic_id))

    def _subscribers(self, topic_id: int) -> models.BaseModel:
        return (
            self.env["retail.backend"]
            .sudo()
            .search(
                [
                    ("subscribed_topic_ids", "in", [topic_id]),
                    ("phase_events", "=", True),
                    ("state", "in", ("active", "paused")),
                ]
            )
        )

    def _lanes_of(self, backends: models.BaseModel) -> dict[int, list[int]]:
        groups = (
            self.env["retail.lane"]
            .sudo()
            .search(
                [("backend_id", "in", backends.ids), ("direction", "=", "out")],
                order="backend_id, number",
            )
            .grouped("backend_id")
        )
        return {
            backend.id: lanes.ids[: backend.lane_count]
            for backend, lanes in groups.items()
        }

    def _prepare_row(
        self,
        topic: models.BaseModel,
        backend: models.BaseModel,
        lanes: list[int],
        document: Emission,
    ) -> tuple:
        event_key = str(canonical.uuid_of(topic.name, document.key, backend.code))
        correlation_id = document.correlation_id or correlation.current()
        correlation_id = correlation_id or correlation.new_id()
        envelope = {
            "specversion": "1.0",
            "id": event_key,
            "source": f"odoo/{self.env.cr.dbname}",
            "type": topic.name,
            "time": to_rfc3339(utc_now()),
            "subject": document.subject,
            "correlationid": correlation_id,
            "causationid": document.causation_id,
            "partitionkey": document.partition_key,
            "datacontenttype": "application/json",
            "data": document.data,
        }
        payload = {name: value for name, value in envelope.items() if value is not None}
        return (
            backend.id,
            backend.company_id.id,
            lanes[lane_number(document.partition_key, len(lanes))],
            topic.id,
            event_key,
            canonical.content_hash(document.data),
            document.partition_key,
            document.subject,
            json.dumps(payload, ensure_ascii=False),
            correlation_id,
            document.causation_id,
            document.res_model,
            document.res_id,
        )

    def _insert(self, rows: list[tuple]) -> list[tuple[int, int]]:
        return execute_values(
            self.env.cr._obj,
            """INSERT INTO retail_outbox_event
                      (backend_id, company_id, lane_id, topic_id, event_key,
                       content_hash, partition_key, subject, payload, correlation_id,
                       causation_id, res_model, res_id, state, created_at,
                       attempt_count)
               VALUES %s
               ON CONFLICT (backend_id, event_key) DO NOTHING
            RETURNING id, lane_id""",
            rows,
            template="("
            + ", ".join(["%s"] * 13)
            + ", 'pending', now() AT TIME ZONE 'UTC', 0)",
            page_size=500,
            fetch=True,
        )

    # --- what people do -------------------------------------------------------------

    def action_cancel(self) -> None:
        """Never send these messages; later ones of their key go on."""
        self._give_up(
            "cancelled",
            refusal=self.env._("A message that was sent cannot be cancelled."),
            result=self.env._("Cancelled by %(user)s", user=self.env.user.name),
            note=self.env._("The message was cancelled."),
        )
