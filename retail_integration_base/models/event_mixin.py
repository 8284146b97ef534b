"""``retail.event.mixin``: what a message in and a message out have in common.

Identity, key and lane, state changes, attempts, order inside a key. The states
themselves and the work of a batch belong to ``retail.inbox.event`` and
``retail.outbox.event``. State is changed here only, by ``_mark`` (set-based, checked).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg2.extras import execute_values

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..fields import LooseMany2one
from ..tools import redaction
from ..tools.backoff import delay_s
from ..tools.clock import to_naive, utc_now
from ..tools.errors import CircuitOpen, ConcurrentUpdate, RateLimited, RetailError
from .backend_environment import PRODUCTION, running_env

ERROR_TEXT_MAX = 2000
OPERATOR_GROUP = "retail_integration_base.group_operator"
PAYLOAD_GROUPS = f"{OPERATOR_GROUP},retail_integration_base.group_auditor"
#: What a change of state touches; the rest of a message never changes.
MARKED_FIELDS = (
    "state",
    "result",
    "error_code",
    "error_message",
    "next_attempt_at",
    "attempt_count",
    "finished_at",
)
FINAL_STATES = (
    *("done", "ignored", "sent", "cancelled"),
    *("acknowledged", "refused", "expired"),
)


@dataclass(frozen=True)
class Mark:
    """One state change of one event; ``None`` leaves nothing behind but the state."""

    event_id: int
    state: str
    result: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    next_attempt_at: datetime | None = None
    attempts: int = 0


class RetailEventMixin(models.AbstractModel):
    _name = "retail.event.mixin"
    _description = "Message between Odoo and a Backend"
    _order = "id desc"
    _rec_name = "event_key"

    #: State of a message that only waits for its lane.
    _ready_state = ""
    #: States in which a message can be worked at once.
    _due_states: tuple[str, ...] = ()
    #: target state -> states it may be reached from
    _transitions: dict[str, tuple[str, ...]] = {}

    # No foreign keys and no single-valued indexes here: this is the hottest table.
    # Backends, topics and lanes refuse to be deleted while messages name them.
    backend_id = LooseMany2one("retail.backend", required=True, readonly=True)
    company_id = LooseMany2one("res.company", required=True, readonly=True)
    lane_id = LooseMany2one("retail.lane", required=True, readonly=True)
    topic_id = LooseMany2one("retail.topic", required=True, readonly=True)
    event_key = fields.Char(
        string="Message id", required=True, readonly=True, help="The sender's id."
    )
    content_hash = fields.Char(required=True, readonly=True)
    partition_key = fields.Char(
        string="Key",
        required=True,
        readonly=True,
        help="Messages with the same key are worked in the order they arrived.",
    )
    subject = fields.Char(readonly=True)
    payload = fields.Text(readonly=True, groups=PAYLOAD_GROUPS)
    correlation_id = fields.Char(required=True, readonly=True, index=True)
    causation_id = fields.Char(
        string="Caused by",
        readonly=True,
        help="Id of the message that led to this one.",
    )
    attempt_count = fields.Integer(string="Attempts", readonly=True)
    next_attempt_at = fields.Datetime(string="Next attempt", readonly=True)
    finished_at = fields.Datetime(string="Finished", readonly=True)
    result = fields.Char(readonly=True)
    error_code = fields.Char(readonly=True)
    error_message = fields.Text(readonly=True)

    # --- state ----------------------------------------------------------------

    @api.model
    def _mark(self, marks: Sequence[Mark]) -> None:
        """Change the state of many events in one statement.

        :raises ConcurrentUpdate: an event was not in a state that allows the change
            (somebody else moved it); the caller's transaction has to be replayed.
        """
        if not marks:
            return
        self.env.flush_all()
        rows = [self._prepare_mark_row(mark) for mark in marks]
        changed = execute_values(
            # The cursor's own psycopg2 cursor: execute_values needs its mogrify.
            self.env.cr._obj,
            f"""UPDATE {self._table} AS e
                   SET state = v.state, result = v.result, error_code = v.error_code,
                       error_message = v.error_message,
                       next_attempt_at = v.next_attempt_at::timestamp,
                       attempt_count = COALESCE(e.attempt_count, 0) + v.attempts,
                       finished_at = v.finished_at::timestamp
                  FROM (VALUES %s) AS v (id, state, sources, result, error_code,
                       error_message, next_attempt_at, attempts, finished_at)
                 WHERE e.id = v.id AND e.state = ANY (v.sources)
             RETURNING e.id, e.company_id, e.backend_id, e.topic_id,
                       e.{self._begin_column}""",  # nosec B608 # names of ours only
            rows,
            page_size=1000,
            fetch=True,
        )
        self.browse(mark.event_id for mark in marks).invalidate_recordset(MARKED_FIELDS)
        if len(changed) != len(rows):
            lost = {mark.event_id for mark in marks} - {row[0] for row in changed}
            raise ConcurrentUpdate(
                f"{self._name} {sorted(lost)[:10]} changed meanwhile: "
                f"{sorted({mark.state for mark in marks})} not allowed any more"
            )
        self._count_marks(marks, changed)

    def _prepare_mark_row(self, mark: Mark) -> tuple:
        message = mark.error_message and mark.error_message[:ERROR_TEXT_MAX]
        return (
            mark.event_id,
            mark.state,
            list(self._transitions[mark.state]),
            mark.result,
            mark.error_code,
            message,
            mark.next_attempt_at,
            mark.attempts,
            to_naive(utc_now()) if mark.state in FINAL_STATES else None,
        )

    def _failure_mark(self, error: RetailError) -> Mark:
        """Return the change that ``error`` means for this event: retry or dead."""
        self.ensure_one()
        attempts = (self.attempt_count or 0) + 1
        # A partner that asks us to slow down has not failed.
        counted = 0 if isinstance(error, RateLimited | CircuitOpen) else 1
        again = error.retry and (not counted or attempts < self.topic_id.attempts_max)
        return Mark(
            event_id=self.id,
            state="retry" if again else "dead",
            error_code=error.code,
            error_message=redaction.scrub_text(error.message),
            next_attempt_at=self._retry_at(attempts, error) if again else None,
            attempts=counted,
        )

    def _retry_at(self, attempts: int, error: RetailError) -> datetime:
        wait_s = error.retry_after_s or delay_s(
            attempts,
            base_s=float(self.backend_id.retry_base_s),
            cap_s=float(self.backend_id.retry_cap_s),
        )
        return to_naive(utc_now()) + timedelta(seconds=wait_s)

    # --- waiting work -----------------------------------------------------------

    @api.model
    def _due_lane_ids(self) -> set[int]:
        """Return the lanes in service that have a message to work now."""
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT e.lane_id FROM %(table)s e
                     JOIN retail_backend b ON b.id = e.backend_id
                    WHERE %(in_service)s
                      AND (b.environment <> 'production' OR %(is_production)s)
                      AND (e.state IN %(due)s
                           OR (e.state = 'retry' AND e.next_attempt_at <= %(now)s))""",
                table=SQL.identifier(self._table),
                in_service=self._in_service(),
                is_production=running_env() == PRODUCTION,
                # No other states: the partial index of ready messages is to be used.
                due=self._due_states,
                now=to_naive(utc_now()),
            )
        )
        return {lane_id for (lane_id,) in rows}

    @api.model
    def _in_service(self) -> SQL:
        """Restrict messages ``e`` of backends ``b`` to those a lane may work now."""
        return SQL("b.state = 'active'")

    @api.model
    def _next_retry_at(self, lane_id: int) -> datetime | None:
        rows = self.env.execute_query(
            SQL(
                "SELECT min(next_attempt_at) FROM %s WHERE lane_id = %s"
                " AND state = 'retry'",
                SQL.identifier(self._table),
                lane_id,
            )
        )
        return rows[0][0]

    # --- attempts ---------------------------------------------------------------

    @api.model
    def _log_attempts(self, attempts: Iterable[dict]) -> None:
        """Record tries; keys are those of ``retail.event.attempt``'s columns."""
        self.env["retail.event.attempt"]._record(self._attempt_column, attempts)

    # --- what people do -----------------------------------------------------------

    def _check_operator(self) -> None:
        """Let operators act on messages they may see.

        Nobody has write access to the records themselves, which RPC could misuse.

        :raises AccessError: neither an operator nor the system
        """
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group(OPERATOR_GROUP)):
            raise AccessError(self.env._("Only operators decide about messages."))

    def _give_up(self, state: str, *, refusal: str, result: str, note: str) -> None:
        """Put these messages into a final ``state`` without their effect.

        :param refusal: said when one of them is past that
        :param note: written into the exceptions that this settles
        """
        self._check_operator()
        if any(event.state not in self._transitions[state] for event in self):
            raise UserError(refusal)
        messages = self.sudo()
        messages.exception_ids._check_no_second_person()
        messages._mark(
            [
                Mark(
                    event.id,
                    state,
                    result=result,
                    error_code=event.error_code or None,
                    error_message=event.error_message or None,
                )
                for event in messages
            ]
        )
        messages._release_successors()
        messages.exception_ids._resolve("accepted", note)

    def action_open_trace(self) -> dict:
        """Show the whole story that these messages belong to."""
        self.ensure_one()
        return self.env["retail.trace"]._open(self.correlation_id)

    def action_replay(self) -> None:
        """Work these messages again. Safe: effects are idempotent (R164)."""
        self._check_operator()
        marks = [
            event._replay_mark()
            for event in self
            if event.state in self._transitions[self._ready_state]
        ]
        self.sudo()._mark(marks)
        self.env["retail.lane"]._arm_after_commit(set(self.lane_id.ids))

    def _replay_mark(self) -> Mark:
        """Return the change that lets this message be worked again."""
        return Mark(self.id, self._ready_state)
