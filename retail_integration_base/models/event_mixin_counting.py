"""``retail.event.mixin``: counting what became of messages (R132, R156).

Counts commit with the states they count. They are rows of their own, so lanes that
work at the same time do not wait for each other.
"""

from collections.abc import Sequence
from datetime import datetime

from odoo import models

from ..tools.clock import to_naive, utc_now
from .counter import CounterKey
from .event_mixin import FINAL_STATES, Mark

FAILED_STATES = ("retry", "dead")
#: what a person ended without an effect says nothing about our speed
TIMED_STATES = ("done", "ignored", "sent")


class RetailEventMixin(models.AbstractModel):
    _inherit = "retail.event.mixin"

    #: when a message began to wait for its effect
    _begin_column = ""

    def _count_marks(self, marks: Sequence[Mark], changed: Sequence[tuple]) -> None:
        """Count the states that ``marks`` led to.

        :param changed: (id, company, backend, topic, begin) of each changed message
        """
        direction = "in" if self._begin_column == "received_at" else "out"
        by_id = {mark.event_id: mark for mark in marks}
        now = to_naive(utc_now())
        sums: dict[CounterKey, tuple[int, float]] = {}
        for event_id, company_id, backend_id, topic_id, begun_at in changed:
            mark = by_id[event_id]
            if mark.state not in (*FINAL_STATES, *FAILED_STATES):
                continue
            place = (company_id, backend_id, None, topic_id, None)
            _add(sums, CounterKey("message", *place, direction, mark.state))
            if mark.state in FAILED_STATES:
                code = mark.error_code or "none"
                _add(sums, CounterKey("failure", *place, code, direction))
            elif mark.state in TIMED_STATES:
                waited_s = _seconds(now, begun_at)
                on_time = waited_s <= self._objective_s(topic_id)
                speed = "on_time" if on_time else "late"
                _add(sums, CounterKey("lag", *place, direction, speed), waited_s)
        self.env["retail.counter"]._add(sums)

    def _objective_s(self, topic_id: int) -> int:
        return self.env["retail.topic"].sudo().browse(topic_id).objective_s


def _seconds(now: datetime, begun_at: datetime | None) -> float:
    # Clocks of several nodes differ a little.
    return max(0.0, (now - begun_at).total_seconds()) if begun_at else 0.0


def _add(
    sums: dict[CounterKey, tuple[int, float]], key: CounterKey, total: float = 0.0
) -> None:
    count, known = sums.get(key, (0, 0.0))
    sums[key] = (count + 1, known + total)
