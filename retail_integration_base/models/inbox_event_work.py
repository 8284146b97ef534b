"""``retail.inbox.event``: how a lane turns a batch of messages into effects.

One job, one batch, one transaction: effects, states and the messages they cause
commit together. A failing batch is bisected, each half in a savepoint, until only
the guilty message is left to retry (design §3.1). Called by ``retail.lane``.
"""

import logging
import time
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from odoo import api, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..tools import correlation
from ..tools.clock import to_naive, utc_now
from ..tools.errors import ConcurrentUpdate, RetailError, classify, connection_lost
from .event_mixin import Mark

_logger = logging.getLogger(__name__)

BATCH_SIZE = 200
#: how a final state is called on the attempt that led to it
OUTCOMES = {"done": "succeeded", "ignored": "ignored"}


@dataclass
class Batch:
    """What has been decided so far about the messages of one job."""

    blocked: set[str] = field(default_factory=set)
    started: float = field(default_factory=time.monotonic)
    marks: list[Mark] = field(default_factory=list)
    failures: dict[int, RetailError] = field(default_factory=dict)

    def fail(self, event: models.BaseModel, error: RetailError) -> None:
        """Note that ``event`` failed; later messages of its key have to wait."""
        self.failures[event.id] = error
        self.blocked.add(event.partition_key)
        self.marks.append(event._failure_mark(error))


@dataclass
class Applied:
    """What one try of some messages led to, kept apart until its savepoint holds."""

    marks: list[Mark] = field(default_factory=list)
    refused: list[tuple[models.BaseModel, RetailError]] = field(default_factory=list)


class RetailInboxEvent(models.Model):
    _inherit = "retail.inbox.event"

    @api.model
    def _work_lane(self, lane: models.BaseModel) -> tuple[int, bool, datetime | None]:
        """Work one batch of ``lane``, whose row the caller has locked.

        :return: messages touched, whether more can be worked at once, and the time
            of the lane's next retry (naive UTC) or ``None``
        """
        backend = lane.backend_id
        if backend.state != "active" or not backend.runs_here:
            return 0, False, None
        remains = self._work_suspects(lane)
        if remains is not None:
            return remains
        events = self._claim(lane)
        if not events:
            return self._work_crashed(lane)
        self.env["retail.lane.start"]._begin(lane.id, events.ids[-1])
        batch = Batch()
        blocked_ids = events._blocked_ids()
        batch.marks += [Mark(event_id, "held") for event_id in blocked_ids]
        free = events.filtered(lambda event: event.id not in blocked_ids)
        # Neighbours only: gathering a handler's messages from the whole batch would
        # change the order inside a key that two handlers share.
        # pylint: disable-next=bad-builtin-groupby
        for handler_name, group in groupby(free, lambda e: e.topic_id.handler):
            self.browse(event.id for event in group)._attempt(handler_name, batch)
        self._settle(events, batch)
        released = events.filtered(
            lambda event: event.state in OUTCOMES
        )._release_successors()
        more = bool(released) or self._has_more(lane, events)
        return len(events), more, None if more else self._next_retry_at(lane.id)

    def _claim(self, lane: models.BaseModel) -> "RetailInboxEvent":
        """Lock the oldest messages of the lane that may be worked now."""
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM retail_inbox_event
                    WHERE lane_id = %s
                      AND (state = 'received'
                           OR (state = 'retry' AND next_attempt_at <= %s))
                      AND COALESCE(crash_count, 0) = 0
                    ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED""",
                lane.id,
                to_naive(utc_now()),
                BATCH_SIZE,
            )
        )
        return self.browse(row[0] for row in rows)

    def _has_more(self, lane: models.BaseModel, worked: "RetailInboxEvent") -> bool:
        # This transaction's snapshot is as old as the job; messages that came since
        # are seen from a fresh one, which in turn sees our batch as still waiting.
        with self.env.registry.cursor() as cr:
            cr.execute(
                "SELECT 1 FROM retail_inbox_event WHERE lane_id = %s"
                " AND state = 'received' AND id <> ALL (%s) LIMIT 1",
                [lane.id, list(worked.ids)],
            )
            return bool(cr.fetchone())

    # --- trying and bisecting ---------------------------------------------------

    def _attempt(self, handler_name: str, batch: Batch) -> None:
        """Try these messages together; on failure try each half on its own."""
        events = self._hold_blocked(batch)
        if not events:
            return
        try:
            with self.env.cr.savepoint():
                applied = events._apply(handler_name, batch.blocked)
        except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrentUpdate):
            raise  # the whole transaction is stale: queue_job replays the job
        except Exception as error:
            if connection_lost(error):
                raise  # nothing can be recorded here
            if len(events) > 1:
                middle = len(events) // 2
                events[:middle]._attempt(handler_name, batch)
                events[middle:]._attempt(handler_name, batch)
            else:
                batch.fail(events, classify(error))
        else:
            batch.marks += applied.marks
            for event, error in applied.refused:
                batch.fail(event, error)

    def _hold_blocked(self, batch: Batch) -> "RetailInboxEvent":
        """Hold what waits for an earlier message of its key; return the others."""
        held = self.filtered(lambda event: event._is_blocked(batch.blocked))
        batch.marks += [Mark(event.id, "held") for event in held]
        return self - held

    def _apply(self, handler_name: str, blocked: set[str]) -> Applied:
        """Let the handler prepare and apply these messages.

        What it refuses in preparation is a value, not an exception: the message and
        its successors are left out, the others go on in the same batch.
        """
        backend = self.backend_id
        handler = (
            self.env[handler_name]
            .with_user(backend.user_id)
            .with_context(allowed_company_ids=backend.company_id.ids)
        )
        applied = Applied()
        ready = self.browse()
        blocked = set(blocked)
        # A batch logs under its lane's id; a message tried alone under its own.
        story = self.correlation_id if len(self) == 1 else correlation.current()
        with correlation.bind(story):
            prepared = handler._prepare_events(self)
            for event in self:
                verdict = prepared[event.id]
                if event._is_blocked(blocked):
                    applied.marks.append(Mark(event.id, "held"))
                elif isinstance(verdict, RetailError):
                    applied.refused.append((event, verdict))
                    blocked.add(event.partition_key)
                else:
                    ready += event
            results = handler._apply_events(ready, prepared) if ready else {}
        applied.marks += [
            Mark(event.id, results[event.id].state, results[event.id].text, attempts=1)
            for event in ready
        ]
        return applied

    # --- bookkeeping --------------------------------------------------------------

    def _settle(self, events: "RetailInboxEvent", batch: Batch) -> None:
        """Write states, attempts and exceptions of the whole batch."""
        latency_ms = int((time.monotonic() - batch.started) * 1000 / len(events))
        by_id = {event.id: event for event in events}
        attempts = [
            _prepare_attempt(by_id[mark.event_id], mark, latency_ms)
            for mark in batch.marks
            if mark.state != "held"
        ]
        self._mark(batch.marks)
        self._log_attempts(attempts)
        for mark in batch.marks:
            event = by_id[mark.event_id]
            with correlation.bind(event.correlation_id):
                _logger.info("message %s is %s", event.event_key, mark.state)
                if mark.state == "dead":
                    self.env["retail.exception"]._open_for_event(
                        event, batch.failures[event.id]
                    )
        through = events.filtered(lambda event: event.state in OUTCOMES)
        # A conflict is about a twin that was not kept: that the first one goes through
        # settles nothing.
        through.exception_ids.filtered(
            lambda exception: exception.dedupe_key.startswith("in:")
        )._resolve("replayed", self.env._("The message went through."))


def _prepare_attempt(event: models.BaseModel, mark: Mark, latency_ms: int) -> dict:
    return {
        "event_id": event.id,
        "company_id": event.company_id.id,
        "number": (event.attempt_count or 0) + 1,
        "started_at": to_naive(utc_now()),
        "latency_ms": latency_ms,
        "outcome": OUTCOMES.get(mark.state, "failed"),
        "error_code": mark.error_code,
        "message": mark.error_message or mark.result,
    }
