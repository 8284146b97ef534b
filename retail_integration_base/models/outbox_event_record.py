"""``retail.outbox.event``: recording what came of one try to deliver.

Called by the lane (``outbox_event_work.py``) in a short transaction of its own, once
per try.
"""

import logging
from dataclasses import dataclass, replace

from odoo import models

from ..tools import redaction
from ..tools.clock import to_naive, utc_now
from ..tools.errors import RetailError
from ..tools.http_client import OutboundResponse
from .event_mixin import Mark

_logger = logging.getLogger(__name__)

EXCERPT_CHARS_MAX = 1000


@dataclass(frozen=True)
class Attempt:
    """One try: the answer, or the error that stood in its place.

    ``asked``: nothing was sent, since the partner said that it has the message.
    """

    latency_ms: int
    response: OutboundResponse | None = None
    error: RetailError | None = None
    asked: bool = False


class RetailOutboxEvent(models.Model):
    _inherit = "retail.outbox.event"

    def _record(self, attempt: Attempt) -> bool:
        """Write state, attempt and exception of one try, in the short transaction."""
        error, response = attempt.error, attempt.response
        if error is None:
            mark = self._delivered_mark(attempt)
        else:
            error = self._judge_outcome(error)
            excerpt = _excerpt(response)
            if excerpt:
                error.message = f"{error.message}. The partner says: {excerpt[:300]}"
            mark = self._failure_mark(error)
        number = (self.attempt_count or 0) + 1
        self._mark([mark])
        if self.crash_count:
            self._add_crashes(-self.crash_count)
        tried = replace(attempt, error=error)
        self._log_attempts([self._prepare_attempt(tried, mark, number)])
        if error is None:
            self._after_delivery(mark)
        elif error.context.get("unknown_outcome"):
            self._set_outcome_unknown(True)
        if mark.state == "dead":
            self.env["retail.exception"]._open_for_event(self, error)
        _logger.info(
            "message %s to %s is %s", self.event_key, self.backend_id.code, mark.state
        )
        return error is None

    def _after_delivery(self, mark: Mark) -> None:
        self._set_outcome_unknown(False)
        self._release_successors()
        self.exception_ids._resolve(
            "replayed", self.env._("The message was delivered.")
        )
        if self.topic_id.is_command:
            self._follow_command(mark.state)

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


def _excerpt(response: OutboundResponse | None) -> str | None:
    """Return the beginning of an answer, without what may be personal or secret."""
    if response is None:
        return None
    text = response.text.replace("\x00", "")
    return redaction.scrub_text(text)[:EXCERPT_CHARS_MAX]
