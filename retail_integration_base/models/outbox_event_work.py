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

from ..tools import correlation, redaction
from ..tools.clock import to_naive, utc_now
from ..tools.errors import RetailError, classify, connection_lost
from ..tools.http_client import OutboundRequest, OutboundResponse
from .backend_outbound import Answer, Door
from .event_mixin import Mark

_logger = logging.getLogger(__name__)

BATCH_SIZE = 50
#: A job stops sending after this long, so that queue_job never kills it.
JOB_BUDGET_S = 25.0
EXCERPT_CHARS_MAX = 1000


@dataclass(frozen=True)
class Attempt:
    """One try: the answer, or the error that stood in its place."""

    latency_ms: int
    response: OutboundResponse | None = None
    error: RetailError | None = None


@dataclass(frozen=True)
class Claimed:
    """One message that is ours to send, read completely; no record is needed."""

    event_id: int
    partition_key: str
    keeps_order: bool
    correlation_id: str
    door: Door | None
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
        if not subscription._is_served():
            return 0, False, None
        with self._own_transaction() as messages:
            backend = messages.env["retail.backend"].browse(lane.backend_id.id)
            wait = backend._gate_wait(subscription.url)
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
        ``sending`` looks at the remains of a killed worker: the outcome is unknown,
        the same key makes repeating it safe.
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
            events = messages.browse(row[0] for row in rows)._leave_out_lost()
            blocked_ids = events._blocked_ids()
            free = events.filtered(lambda event: event.id not in blocked_ids)
            messages._mark(
                [Mark(event_id, "held") for event_id in blocked_ids]
                + [Mark(event.id, "sending") for event in free]
            )
            return [event._prepare_claimed() for event in free]

    def _leave_out_lost(self) -> models.BaseModel:
        """Count a lost worker for the message it was sending; return what may be sent.

        Answers are recorded one by one, so that was the oldest one without an answer.
        """
        suspect = self.filtered(lambda event: event.state == "sending")[:1]
        suspect._add_crashes(1)
        if not suspect or not suspect._is_lost_too_often():
            return self
        suspect._log_attempts([suspect._prepare_crash()])
        suspect._mark_lost()
        return self - suspect

    def _prepare_claimed(self) -> Claimed:
        door: Door | None = None
        request: OutboundRequest | None = None
        error: RetailError | None = None
        try:
            door = self.backend_id._door()
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
            request=request,
            error=error,
        )

    def _record_marks(self, marks: list[Mark]) -> None:
        with self._own_transaction() as messages:
            messages._mark(marks)

    # --- one delivery -----------------------------------------------------------------

    def _attempt(self, claimed: Claimed) -> Attempt:
        with correlation.bind(claimed.correlation_id):
            return claimed.send()

    def _settle(self, claimed: Claimed, attempt: Attempt) -> bool:
        """Record what came of a try.

        :return: whether later messages of its key may follow
        """
        with (
            correlation.bind(claimed.correlation_id),
            self._own_transaction() as messages,
        ):
            return messages.browse(claimed.event_id)._record(attempt)

    def _record(self, attempt: Attempt) -> bool:
        """Write state, attempt and exception of one try, in the short transaction."""
        error, response = attempt.error, attempt.response
        if error is None:
            mark = Mark(self.id, "sent", result=f"HTTP {response.status}", attempts=1)
        else:
            excerpt = _excerpt(response)
            if excerpt:
                error.message = f"{error.message}. The partner says: {excerpt[:300]}"
            mark = self._failure_mark(error)
        number = (self.attempt_count or 0) + 1
        self._mark([mark])
        if self.crash_count:
            self._add_crashes(-self.crash_count)
        self._log_attempts([self._prepare_attempt(attempt, mark, number)])
        if mark.state == "dead":
            self.env["retail.exception"]._open_for_event(self, error)
        elif mark.state == "sent":
            self._release_successors()
            self.exception_ids._resolve(
                "replayed", self.env._("The message was delivered.")
            )
        _logger.info(
            "message %s to %s is %s", self.event_key, self.backend_id.code, mark.state
        )
        return mark.state == "sent"

    def _prepare_attempt(self, attempt: Attempt, mark: Mark, number: int) -> dict:
        error, response = attempt.error, attempt.response
        outcome = "succeeded" if error is None else "failed"
        if error is not None and error.context.get("unknown_outcome"):
            outcome = "unknown"
        return {
            "event_id": self.id,
            "company_id": self.company_id.id,
            "number": number,
            "started_at": to_naive(utc_now()),
            "latency_ms": attempt.latency_ms,
            "outcome": outcome,
            "error_code": mark.error_code,
            "message": mark.error_message or mark.result,
            "http_status": response.status if response else None,
            "response_excerpt": _excerpt(response),
        }


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


def _excerpt(response: OutboundResponse | None) -> str | None:
    """Return the beginning of an answer, without what may be personal or secret."""
    if response is None:
        return None
    text = response.text.replace("\x00", "")
    return redaction.scrub_text(text)[:EXCERPT_CHARS_MAX]
