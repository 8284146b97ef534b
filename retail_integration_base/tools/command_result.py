"""How a partner decided about a command: in its answer, or in a message later.

Lives here: the value and reading it from an HTTP answer. Lives elsewhere: the message
(``schemas/command_result.py``), what follows (``retail.outbox.event``). Called by
connectors.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import strict_json
from .errors import MalformedBody

DECISIONS = frozenset({"acknowledged", "refused"})
REASON_CHARS_MAX = 500


@dataclass(frozen=True)
class CommandResult:
    """``decision`` is ``acknowledged`` or ``refused``; ``reason`` is for people."""

    decision: str
    reason: str = ""


def result_of_answer(body: bytes) -> CommandResult | None:
    """Return what an answer such as ``{"result": "refused", "reason": "…"}`` says.

    :return: ``None`` if it does not say; then the decision comes later.
    """
    try:
        answer = strict_json.loads(body)
    except MalformedBody:
        return None
    decision = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(decision, str) or decision not in DECISIONS:
        return None
    reason = answer.get("reason")
    text = reason if isinstance(reason, str) else ""
    return CommandResult(decision, text[:REASON_CHARS_MAX])
