"""One story, one id: the correlation id of the running work, and its log filter.

Lives here: the context variables, W3C trace context helpers and the filter. Set at the
two doors (controller, job) by :func:`bind`; read by loggers, event rows and outgoing
headers. Lives elsewhere: where the filter is installed (``hooks.py``).
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

# No blank, no control character: the id stands in log lines and headers.
_SOUND_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
_TRACEPARENT = re.compile(
    r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-"
    r"([0-9a-f]{2})(-.*)?"
)

_correlation_id: ContextVar[str | None] = ContextVar("retail_corr", default=None)
_traceparent: ContextVar[str | None] = ContextVar("retail_trace", default=None)


class TraceParent(NamedTuple):
    """A parsed ``traceparent`` header (W3C Trace Context, version 00)."""

    trace_id: str
    span_id: str
    flags: str


def current() -> str | None:
    """Return the correlation id of the running work."""
    return _correlation_id.get()


def current_traceparent() -> str | None:
    """Return the ``traceparent`` of the running work."""
    return _traceparent.get()


def new_id() -> str:
    """Return a fresh correlation id."""
    return secrets.token_hex(16)


def sound_id(text: str | None) -> str | None:
    """Return an id that came from outside if it may stand in logs, else ``None``."""
    return text if text and _SOUND_ID.fullmatch(text) else None


@contextmanager
def bind(correlation_id: str | None, traceparent: str | None = None) -> Iterator[str]:
    """Set the ids for the block and yield the correlation id.

    A missing or unsound one is replaced by a new one; an unsound ``traceparent`` is
    dropped, as the specification wants it.
    """
    chosen = sound_id(correlation_id) or new_id()
    id_token = _correlation_id.set(chosen)
    sound_trace = traceparent if parse_traceparent(traceparent) else None
    trace_token = _traceparent.set(sound_trace)
    try:
        yield chosen
    finally:
        _traceparent.reset(trace_token)
        _correlation_id.reset(id_token)


def parse_traceparent(text: str | None) -> TraceParent | None:
    """Return the parts of a ``traceparent`` header, ``None`` if it is invalid.

    Higher versions are read by their first four fields, as the specification says.
    """
    match = _TRACEPARENT.fullmatch(text or "")
    if match is None or (match[1] == "00" and match[5]):
        return None
    return TraceParent(match[2], match[3], match[4])


def next_traceparent(parent: str | None = None) -> str:
    """Return the header for an outgoing call: same trace, new span, or a new trace."""
    parsed = parse_traceparent(parent)
    trace_id = parsed.trace_id if parsed else secrets.token_hex(16)
    flags = parsed.flags if parsed else "01"
    return f"00-{trace_id}-{secrets.token_hex(8)}-{flags}"


class CorrelationFilter(logging.Filter):
    """Appends `` corr=<id>`` to each record logged while an id is bound.

    Safe to install on several handlers or loggers: a record is marked once. It never
    drops a record and never raises.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Mark the record; always keep it."""
        correlation_id = current()
        if not correlation_id or hasattr(record, "retail_corr"):
            return True
        record.retail_corr = correlation_id
        # A sound id holds no "%", so it is safe before the arguments are merged.
        if isinstance(record.msg, str):
            record.msg = f"{record.msg} corr={correlation_id}"
        elif not record.args:
            # An object's text is made by the handler, which copes if that fails.
            record.args = (record.msg,)
            record.msg = f"%s corr={correlation_id}"
        return True
