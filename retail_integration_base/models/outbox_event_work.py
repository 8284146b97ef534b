"""``retail.outbox.event``: how a lane delivers its messages.

The lane's job holds only the lane's row. Claiming, and recording each answer, are
short transactions on a cursor of their own: a killed worker repeats at most the
message whose answer it had not recorded, under the same idempotency key, and no
business row is locked while a partner thinks (design §3.2). Called by ``retail.lane``.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from odoo import api, models
from odoo.tools import SQL

from ..tools import correlation
from ..tools.clock import to_naive, utc_now
from ..tools.errors import (
    CircuitOpen,
    RetailError,
    UnknownOutcome,
    classify,
    connection_lost,
)
from ..tools.http_client import OutboundRequest
from .backend_outbound import Answer, Door
from .event_mixin import Mark
from .outbox_event_record import Attempt

_logger = logging.getLogger(__name__)

BATCH_SIZE = 50
#: A job stops sending after this long, so that queue_job never kills it.
JOB_BUDGET_S = 25.0


@dataclass(frozen=True)
class Claimed:
    """One message that is ours to send, read completely; no record is needed."""

    event_id: int
    partition_key: str
    keeps_order: bool
    correlation_id: str
    door: Door | None
    #: asks whether the partner has it already, after an attempt without an answer
    inquiry: OutboundRequest | None
    request: OutboundRequest | None
    error: RetailError | None

    @property
    def host(self) -> str:
        """Return whom it goes to, as gates count hosts."""
        return urlsplit(self.request.url).netloc if self.request else ""

    def send(self) -> Attempt:
        """Send it once; an answer that never came is an error like any other."""
        started = time.monotonic()
        answer = Answer(None, self.error)
        if self.door is not None and self.request is not None:
            answer = self.door.ask(self.request)
        latency_ms = int((time.monotonic() - started) * 1000)
        return Attempt(latency_ms, answer.response, answer.error)


class RetailOutboxEvent(models.Model):
    _inherit = "retail.outbox.event"

    @api.model
    def _work_lane(self, lane: models.BaseModel) -> tuple[int, bool, datetime | None]:
        """Deliver a batch of ``lane``, whose row the caller has locked.

        :return: messages tried, whether more can be sent at once, and the time of the
            lane's next retry (naive UTC) or ``None``
        """
        subscription = lane.subscription_id
        if not subscription.active:
            return self._cancel_remains(lane)
        if lane.backend_id.state == "paused":
            self._apply_policies(lane)
        if not subscription._is_served():
            return 0, False, None
        with self._own_transaction() as messages:
            backend = messages.env["retail.backend"].browse(lane.backend_id.id)
            wait = backend._gate_wait(subscription.url)
        if isinstance(wait.error, CircuitOpen):
            self._apply_policies(lane)
        if wait.error:
            return 0, False, _moment_after(wait.error.retry_after_s)
        # What the rate lets through at once; the rest need not be touched.
        limit = min(BATCH_SIZE, max(1, wait.allowance or BATCH_SIZE))
        tried, sent = self._deliver_all(self._claim(lane.id, limit))
        with self._own_transaction() as messages:
            messages.env["retail.subscription"].browse(subscription.id)._record_health(
                sent=sent, failed=tried - sent
            )
            more = lane.id in messages._due_lane_ids()
            return tried, more, None if more else messages._next_retry_at(lane.id)

    def _deliver_all(self, claimed: list[Claimed]) -> tuple[int, int]:
        """Send claimed messages one after the other.

        :return: how many were tried, and how many of them were sent
        """
        stop_at = time.monotonic() + JOB_BUDGET_S
        blocked: set[str] = set()
        shut: dict[str, RetailError] = {}
        tried = sent = 0
        for position, one in enumerate(claimed):
            if time.monotonic() > stop_at:
                self._record_marks(
                    [Mark(rest.event_id, "pending") for rest in claimed[position:]]
                )
                break
            if one.keeps_order and one.partition_key in blocked:
                self._record_marks([Mark(one.event_id, "held")])
                continue
            attempt = None if one.host in shut else self._attempt(one)
            if attempt and not _postponed(attempt.error):
                tried += 1
                if self._settle(one, attempt):
                    sent += 1
                else:
                    blocked.add(one.partition_key)
                continue
            if attempt:
                shut[one.host] = attempt.error
            blocked.add(one.partition_key)
            self._record_marks([_postponement(one, shut[one.host])])
        return tried, sent

    # --- claiming -----------------------------------------------------------------

    def _claim(self, lane_id: int, limit: int = BATCH_SIZE) -> list[Claimed]:
        """Mark the lane's next messages as being sent and return what to send.

        Everything is read here: the job's own snapshot is older than some of the
        messages and would not see them. Whoever holds the lane's row and finds
        ``sending`` looks at the remains of a killed worker: the outcome is unknown
        (``outbox_event_outcome.py``).
        """
        with self._own_transaction() as messages:
            rows = messages.env.execute_query(
                SQL(
                    """SELECT id FROM retail_outbox_event
                        WHERE lane_id = %s
                          AND (state IN ('pending', 'sending')
                               OR (state = 'retry' AND next_attempt_at <= %s))
                        ORDER BY id LIMIT %s FOR NO KEY UPDATE""",
                    lane_id,
                    to_naive(utc_now()),
                    limit,
                )
            )
            restarted = messages.env["retail.lane.start"]._note_claim(lane_id)
            events = messages.browse(row[0] for row in rows)._leave_out_lost(
                with_database=restarted
            )
            blocked_ids = events._blocked_ids()
            free = events.filtered(lambda event: event.id not in blocked_ids)
            messages._mark(
                [Mark(event_id, "held") for event_id in blocked_ids]
                + [Mark(event.id, "sending") for event in free]
            )
            return [event._prepare_claimed() for event in free]

    def _leave_out_lost(self, *, with_database: bool) -> models.BaseModel:
        """Count a lost worker for the message it was sending; return what may be sent.

        Answers are recorded one by one, so that was the oldest one without an answer.

        :param with_database: PostgreSQL was restarted meanwhile, which ends every
            worker: nothing is counted
        """
        suspect = self.filtered(lambda event: event.state == "sending")[:1]
        suspect._set_outcome_unknown(True)
        if not suspect or with_database:
            return self
        suspect._add_crashes(1)
        if not suspect._is_lost_too_often():
            return self
        suspect._log_attempts([suspect._prepare_crash()])
        suspect._mark_lost()
        return self - suspect

    def _prepare_claimed(self) -> Claimed:
        door: Door | None = None
        inquiry: OutboundRequest | None = None
        request: OutboundRequest | None = None
        error: RetailError | None = None
        try:
            door = self.backend_id._door()
            inquiry = self._prepare_inquiry()
            request = self.backend_id._connector()._delivery_request(self)
        except Exception as failure:
            if connection_lost(failure):
                raise  # nothing can be recorded here
            # One bad message must not stop its lane: it is retried, then dead.
            error = classify(failure)
        return Claimed(
            event_id=self.id,
            partition_key=self.partition_key,
            keeps_order=self.topic_id.keep_order,
            correlation_id=self.correlation_id,
            door=door,
            inquiry=inquiry,
            request=request,
            error=error,
        )

    def _record_marks(self, marks: list[Mark]) -> None:
        with self._own_transaction() as messages:
            messages._mark(marks)

    # --- one delivery -----------------------------------------------------------------

    def _attempt(self, claimed: Claimed) -> Attempt:
        with correlation.bind(claimed.correlation_id):
            found = self._inquire(claimed) if claimed.inquiry else None
            return found or claimed.send()

    def _inquire(self, claimed: Claimed) -> Attempt | None:
        """Ask the partner what became of a message; ``None`` if it never arrived."""
        started = time.monotonic()
        answer = claimed.door.ask(claimed.inquiry)
        latency_ms = int((time.monotonic() - started) * 1000)
        if answer.response is None or (answer.error and answer.error.retry):
            return Attempt(latency_ms, answer.response, answer.error)
        arrived = self.env[claimed.door.connector]._outcome_of(answer.response)
        if arrived is None:
            unsure = UnknownOutcome("the partner does not say what became of it")
            return Attempt(latency_ms, answer.response, unsure)
        return Attempt(latency_ms, answer.response, asked=True) if arrived else None

    def _settle(self, claimed: Claimed, attempt: Attempt) -> bool:
        """Record what came of a try.

        :return: whether later messages of its key may follow
        """
        with (
            correlation.bind(claimed.correlation_id),
            self._own_transaction() as messages,
        ):
            return messages.browse(claimed.event_id)._record(attempt)


def _postponed(error: RetailError | None) -> bool:
    """Tell whether the gate kept a message back: nothing went out, nothing counts."""
    return error is not None and bool(error.context.get("postponed"))


def _postponement(claimed: Claimed, error: RetailError) -> Mark:
    return Mark(
        claimed.event_id,
        "retry",
        error_code=error.code,
        error_message=error.message,
        next_attempt_at=_moment_after(error.retry_after_s),
    )


def _moment_after(wait_s: float | None) -> datetime:
    return to_naive(utc_now()) + timedelta(seconds=wait_s or 0)
