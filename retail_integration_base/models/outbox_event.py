"""``retail.outbox.event``: a message that has to reach one subscriber.

The row commits with the business change that caused it, or not at all; it is the
delivery promise. Business code calls ``_emit``; how a lane delivers is in
``outbox_event_work.py``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg2.extras import execute_values

from odoo import api, fields, models

from ..fields import LooseMany2one
from ..tools import canonical, correlation
from ..tools.clock import to_rfc3339, utc_now
from ..tools.errors import UnknownTopic
from ..tools.lanes import lane_number

#: States in which the partner's word about a command is recorded: it may come before
#: we know that the command arrived, and after its time.
CONFIRMABLE = ("sending", "sent", "expired", "pending", "retry", "dead", "held")
OPEN_STATES = ("pending", "sending", "retry", "dead", "held", "approval")


@dataclass(frozen=True)
class Emission:
    """One document to tell subscribers about.

    ``key`` names document and version for ever; ``data`` is the topic's document.
    ``origin_ids`` are the backends a change came through, which are not told;
    ``shared_fields`` the keys of ``data`` that others may own (``retail.ownership``),
    ``shared_at`` when their values became what they are (naive UTC).
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
    shared_fields: tuple[str, ...] = ()
    shared_at: datetime | None = None
    origin_ids: frozenset[int] = frozenset()


class RetailOutboxEvent(models.Model):
    _name = "retail.outbox.event"
    _description = "Outgoing Message"
    _inherit = ["retail.event.mixin"]
    _log_access = False

    _ready_state = "pending"
    _due_states = ("pending", "sending")
    _unresolved_states = ("retry", "dead", "held", "approval")
    _attempt_column = "outbox_event_id"
    _begin_column = "created_at"
    _transitions = {
        "pending": (
            *("pending", "sending", "retry", "dead", "held", "sent", "cancelled"),
            *("refused", "expired", "approval"),
        ),
        "sending": ("pending", "retry", "sending"),
        "sent": ("sending",),
        "acknowledged": CONFIRMABLE,
        "refused": CONFIRMABLE,
        "expired": ("sent",),
        "retry": ("sending",),
        "dead": ("sending",),
        "held": ("pending", "retry", "sending", "held"),
        "approval": ("pending",),
        "cancelled": ("pending", "retry", "dead", "held", "approval"),
    }

    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("sending", "Being sent"),
            ("retry", "Waiting to retry"),
            ("held", "Held behind an earlier one"),
            ("approval", "Waits for release"),
            ("dead", "Needs a decision"),
            ("sent", "Sent"),
            ("acknowledged", "Confirmed"),
            ("refused", "Refused by the partner"),
            ("expired", "Not confirmed in time"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="pending",
    )
    # Loose as those of the mixin: a subscription with messages is closed, not deleted.
    subscription_id = LooseMany2one("retail.subscription", required=True, readonly=True)
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
        "(lane_id, partition_key, id)"
        " WHERE state IN ('retry', 'dead', 'held', 'approval')"
    )
    _subscription_idx = models.Index("(subscription_id, id)")

    # --- emitting -----------------------------------------------------------------

    @api.model
    def _emit(self, topic_name: str, documents: Sequence[Emission]) -> int:
        """Create one message per document and subscription, in this transaction.

        Emitting the same document again creates nothing: the message id follows from
        topic, document and subscription. A later state of a record needs another
        ``key``.

        :param topic_name: an outgoing topic; nothing happens when nobody subscribed
        :return: number of messages created
        """
        topic = self._outgoing_topic(topic_name)
        if not topic or not documents:
            return 0
        subscriptions = self._subscriptions(topic.id)
        pairs = [
            (subscription, document)
            for document in documents
            for subscription in subscriptions
            if subscription.company_id.id == document.company_id
        ]
        return len(self._create_messages(topic, pairs))

    @api.model
    def _has_subscribers(self, topic_name: str) -> bool:
        """Tell whether building documents for ``topic_name`` is worth the effort."""
        topic = self._outgoing_topic(topic_name)
        return bool(topic and self._subscriptions(topic.id))

    @api.model
    def _emit_to(
        self, subscription: models.BaseModel, topic_name: str, document: Emission
    ) -> models.BaseModel:
        """Create a message for one subscription, whatever topics it has asked for.

        :return: the message, empty if it was created before
        :raises UnknownTopic: no outgoing topic of that name
        """
        topic = self._outgoing_topic(topic_name)
        if not topic:
            raise UnknownTopic(f"{topic_name} does not go out.")
        return self.browse(self._create_messages(topic, [(subscription, document)]))

    def _outgoing_topic(self, topic_name: str) -> models.BaseModel:
        topics = self.env["retail.topic"]
        return topics.sudo().browse(topics._find_id(topic_name, "out"))

    def _subscriptions(self, topic_id: int) -> models.BaseModel:
        return (
            self.env["retail.subscription"]
            .sudo()
            .search(
                [
                    ("topic_ids", "in", [topic_id]),
                    ("state", "in", ("active", "paused")),
                    ("backend_id.phase_events", "=", True),
                    ("backend_id.state", "in", ("active", "paused")),
                    ("backend_id.active", "=", True),
                ]
            )
        )

    def _create_messages(
        self,
        topic: models.BaseModel,
        pairs: Sequence[tuple[models.BaseModel, Emission]],
    ) -> list[int]:
        """Store a message for each subscription and document; return the new ids."""
        ownership = self.env["retail.ownership"]
        pairs = ownership._for_receivers(pairs)
        if not pairs:
            return []
        subscriptions = (
            self.env["retail.subscription"]
            .sudo()
            .union(*(subscription for subscription, _document in pairs))
        )
        lanes = subscriptions._lane_ids_in_use()
        created = self._insert(
            [
                self._prepare_row(topic, subscription, lanes[subscription.id], document)
                for subscription, document in pairs
            ]
        )
        self.env["retail.lane"]._arm_after_commit({lane_id for _id, lane_id in created})
        ownership._note_told(pairs)
        return [event_id for event_id, _lane_id in created]

    def _prepare_row(
        self,
        topic: models.BaseModel,
        subscription: models.BaseModel,
        lanes: list[int],
        document: Emission,
    ) -> tuple:
        seed = subscription.message_seed
        event_key = str(canonical.uuid_of(topic.name, document.key, seed))
        known = document.correlation_id or correlation.current()
        correlation_id = known or correlation.new_id()
        envelope = self._prepare_envelope(topic, document, event_key, correlation_id)
        return (
            subscription.backend_id.id,
            subscription.company_id.id,
            subscription.id,
            lanes[lane_number(document.partition_key, len(lanes))],
            topic.id,
            event_key,
            canonical.content_hash(document.data),
            document.partition_key,
            document.subject,
            json.dumps(envelope, ensure_ascii=False),
            correlation_id,
            document.causation_id,
            document.res_model,
            document.res_id,
            self.env.uid,
        )

    def _prepare_envelope(
        self,
        topic: models.BaseModel,
        document: Emission,
        event_key: str,
        correlation_id: str,
    ) -> dict:
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
        return {name: value for name, value in envelope.items() if value is not None}

    def _insert(self, rows: list[tuple]) -> list[tuple[int, int]]:
        return execute_values(
            self.env.cr._obj,
            """INSERT INTO retail_outbox_event
                      (backend_id, company_id, subscription_id, lane_id, topic_id,
                       event_key, content_hash, partition_key, subject, payload,
                       correlation_id, causation_id, res_model, res_id,
                       caused_by_id, state, created_at, attempt_count)
               VALUES %s
               ON CONFLICT (backend_id, event_key) DO NOTHING
            RETURNING id, lane_id""",
            rows,
            template="("
            + ", ".join(["%s"] * 15)
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
