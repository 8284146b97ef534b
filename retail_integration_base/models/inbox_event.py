"""``retail.inbox.event``: a message that came in, kept before anything is done with it.

This file: the record, its door (``_store``) and what people do with it. How a lane
works a batch is in ``inbox_event_work.py``.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import canonical, strict_json
from ..tools.autocommit import where_nothing_has_begun
from ..tools.message_hash import MessageHash
from ..tools.minimisation import NOTHING_MORE, minimised

OPEN_STATES = ("received", "retry", "dead", "held")


class StoredEvent(NamedTuple):
    """One message as the gateway hands it over, all values ready for its column."""

    event_key: str
    topic_id: int
    content_hash: str
    partition_key: str
    lane_id: int
    payload: str
    correlation_id: str
    causation_id: str | None = None
    subject: str | None = None
    source: str | None = None
    event_at: datetime | None = None
    transport: str = "canonical"
    state: str = "received"


INSERT = (
    "INSERT INTO retail_inbox_event"
    f" (backend_id, company_id, {', '.join(StoredEvent._fields)},"
    " received_at, attempt_count) {}"
    " ON CONFLICT (backend_id, event_key) DO NOTHING RETURNING event_key"
)
INSERT_ONE = INSERT.format(
    f"VALUES (%s, %s, {', '.join(['%s'] * len(StoredEvent._fields))},"
    " now() AT TIME ZONE 'UTC', 0)"
)
TYPES = {"topic_id": "int", "lane_id": "int", "event_at": "timestamp"}


class Content(NamedTuple):
    """What decides whether two messages of one id are the same message."""

    hash: str
    topic_id: int
    payload: str | None


class RetailInboxEvent(models.Model):
    _name = "retail.inbox.event"
    _description = "Incoming Message"
    _inherit = ["retail.event.mixin"]
    _log_access = False

    _ready_state = "received"
    _due_states = ("received",)
    _attempt_column = "inbox_event_id"
    _begin_column = "received_at"
    _transitions = {
        "received": ("received", "retry", "dead", "held", "done", "ignored"),
        "done": ("received", "retry"),
        "ignored": ("received", "retry", "dead", "held"),
        "retry": ("received", "retry", "dead"),
        "dead": ("received", "retry"),
        "held": ("received", "retry", "held"),
    }

    state = fields.Selection(
        [
            ("received", "Received"),
            ("retry", "Waiting to retry"),
            ("held", "Held behind an earlier one"),
            ("dead", "Needs a decision"),
            ("done", "Done"),
            ("ignored", "Ignored"),
        ],
        required=True,
        readonly=True,
        default="received",
    )
    source = fields.Char(readonly=True, help="Where the sender says it comes from.")
    transport = fields.Selection(
        [("canonical", "Canonical"), ("webhook", "Vendor webhook")],
        required=True,
        readonly=True,
        default="canonical",
    )
    event_at = fields.Datetime(
        string="Occurred",
        readonly=True,
        help="When it happened, by the sender's clock.",
    )
    received_at = fields.Datetime(string="Received", required=True, readonly=True)
    attempt_ids = fields.One2many("retail.event.attempt", "inbox_event_id")
    transaction_ids = fields.One2many("retail.transaction", "inbox_event_id")
    exception_ids = fields.One2many("retail.exception", "inbox_event_id")

    _event_uniq = models.Constraint(
        "UNIQUE (backend_id, event_key)", "This message was received already."
    )
    _ready_idx = models.Index("(lane_id, id) WHERE state IN ('received', 'retry')")
    _unresolved_idx = models.Index(
        "(lane_id, partition_key, id) WHERE state IN ('retry', 'dead', 'held')"
    )

    # --- the door -----------------------------------------------------------------

    @api.model
    def _store(
        self, backend_id: int, company_id: int, events: Sequence[StoredEvent]
    ) -> list[str]:
        """Store new messages in one statement and say what became of each.

        The statement touches no row that others change, so that the request is not
        replayed (each replay sleeps about a second), and commits by itself where the
        request has begun no transaction, as is usual. Within one, the later of twins
        that arrive together has too old a snapshot for ``ON CONFLICT``: Odoo replays
        it, and the second pass finds the first.

        :return: ``accepted`` | ``duplicate`` | ``conflict``, in the order of ``events``
        """
        first: dict[str, StoredEvent] = {}
        for event in events:
            first.setdefault(event.event_key, event)
        inserted = self._insert(backend_id, company_id, list(first.values()))
        if len(inserted) == len(events):
            return ["accepted"] * len(events)
        stored = {key: _content(first[key]) for key in inserted}
        known = [key for key in first if key not in inserted]
        if known:
            stored |= self._known_contents(backend_id, known)
        return [
            "accepted"
            if event.event_key in inserted and first[event.event_key] is event
            else "duplicate"
            if self._is_same(stored[event.event_key], _content(event))
            else "conflict"
            for event in events
        ]

    def _insert(
        self, backend_id: int, company_id: int, events: list[StoredEvent]
    ) -> set[str]:
        # Odoo's cursor would print the whole statement, payload included, when it fails
        # (reliability: logs); psycopg2's own cursor does not.
        cursor = self.env.cr._obj
        with where_nothing_has_begun(self.env.cr._cnx):
            if len(events) == 1:
                cursor.execute(INSERT_ONE, (backend_id, company_id, *events[0]))
            else:
                columns = dict(
                    zip(StoredEvent._fields, zip(*events, strict=True), strict=True)
                )
                shared = frozenset(
                    name
                    for name, values in columns.items()
                    if values.count(values[0]) == len(values)
                )
                parameters = {
                    name: values[0] if name in shared else list(values)
                    for name, values in columns.items()
                }
                cursor.execute(
                    _insert_many(shared),
                    {"backend": backend_id, "company": company_id, **parameters},
                )
        return {key for (key,) in cursor.fetchall()}

    def _known_contents(self, backend_id: int, keys: list[str]) -> dict[str, Content]:
        rows = self.env.execute_query(
            SQL(
                "SELECT event_key, content_hash, topic_id, payload"
                " FROM retail_inbox_event"
                " WHERE backend_id = %s AND event_key = ANY (%s)",
                backend_id,
                keys,
            )
        )
        return {row[0]: Content(*row[1:]) for row in rows}

    def _is_same(self, one: Content, other: Content) -> bool:
        """Tell whether two bodies say the same, as far as it is kept.

        Equal bytes nearly always; otherwise the order of keys may differ, which a
        sender that writes its message anew does not control, or one of them was stored
        before the topic left a field out.
        """
        if one.hash == other.hash:
            return True
        hashes = [MessageHash.parse(content.hash) for content in (one, other)]
        if any(known.is_fetched() for known in hashes):
            return hashes[0].identity == hashes[1].identity
        if one.topic_id != other.topic_id or not (one.payload and other.payload):
            return False
        rules = self.env["retail.topic"]._minimisings().get(one.topic_id, NOTHING_MORE)
        first, second = (
            canonical.canonical_bytes(
                minimised(strict_json.loads(content.payload.encode()), rules)
            )
            for content in (one, other)
        )
        return first == second

    # --- reading ------------------------------------------------------------------

    def _body(self) -> dict:
        """Return the stored message, parsed as strictly as at the door."""
        self.ensure_one()
        return strict_json.loads((self.payload or "").encode())

    # --- what people do -------------------------------------------------------------

    def action_ignore(self) -> None:
        """Accept that these messages have no effect; later ones of their key go on."""
        self._give_up(
            "ignored",
            refusal=self.env._("A message that is done cannot be ignored."),
            result=self.env._("Ignored by %(user)s", user=self.env.user.name),
            note=self.env._("The message was ignored."),
        )


@lru_cache(maxsize=64)
def _insert_many(shared: frozenset[str]) -> str:
    """Return the statement for many messages that have ``shared`` columns in common.

    One array a column is a quarter cheaper than as many rows of VALUES, and what all
    have in common is said once.
    """
    types = {name: TYPES.get(name, "text") for name in StoredEvent._fields}
    own = [name for name in types if name not in shared]
    values = [f"%({n})s::{types[n]}" if n in shared else n for n in types]
    arrays = [f"%({name})s::{types[name]}[]" for name in own]
    return INSERT.format(
        f"SELECT %(backend)s, %(company)s, {', '.join(values)},"
        " now() AT TIME ZONE 'UTC', 0"
        f" FROM unnest({', '.join(arrays)})"
        f" AS new ({', '.join(own)})"  # nosec B608 # names of ours only
    )


def _content(event: StoredEvent) -> Content:
    return Content(event.content_hash, event.topic_id, event.payload)
