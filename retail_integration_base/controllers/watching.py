"""How long a request took and how it ended, counted when its answer has left.

Called by the dispatcher for every answer. Costs no statement and next to no time: the
request leaves a note, and a thread of the worker counts (``retail.counter``).
"""

import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from odoo.http import Response
from odoo.tools.misc import real_time

from ..models.counter import CounterKey, add_soon
from ..tools.afterwards import Afterwards
from ..tools.latency import bucket

#: answers that no route of ours gave
OTHER = "other"
DELAY_S = 1.0


class Answer(NamedTuple):
    """One answer; ``route`` as declared, with its placeholders."""

    route: str
    status: str
    seconds: float


def watch(response: Response, request: Any, route: str | None) -> Response:
    """Count ``response`` once it is sent; the commit before it is part of the time.

    :param route: as declared, with its placeholders: paths would be endless
    """
    started = getattr(threading.current_thread(), "perf_t0", None)
    database = request.db
    if database and started:

        def note() -> None:
            seconds = max(0.0, real_time() - started)
            _answers.add(
                database, Answer(route or OTHER, str(response.status_code), seconds)
            )

        response.call_on_close(note)
    return response


def count(database: str, answers: Sequence[Answer]) -> None:
    """Add ``answers`` to the counters by status and by duration."""
    statuses = Counter((answer.route, answer.status) for answer in answers)
    for (route, status), number in statuses.items():
        add_soon(database, CounterKey("http", part=route, detail=status), number, 0.0)
    buckets: dict[tuple[str, str], list[float]] = {}
    for answer in answers:
        place = answer.route, bucket(answer.seconds)
        buckets.setdefault(place, []).append(answer.seconds)
    for (route, label), times in buckets.items():
        key = CounterKey("http_time", part=route, detail=label)
        add_soon(database, key, len(times), sum(times))


_answers: Afterwards[Answer] = Afterwards(count, DELAY_S)
