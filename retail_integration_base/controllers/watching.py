"""How long a request took and how it ended, counted when its answer has left.

Called by the dispatcher for every answer. Costs no statement: the worker's memory
counts, a thread writes (``retail.counter``).
"""

import threading
from typing import Any

from odoo.http import Response
from odoo.tools.misc import real_time

from ..models.counter import CounterKey, add_soon
from ..tools.latency import bucket

#: answers that no route of ours gave
OTHER = "other"


def watch(response: Response, request: Any, route: str | None) -> Response:
    """Count ``response`` once it is sent; the commit before it is part of the time.

    :param route: as declared, with its placeholders: paths would be endless
    """
    started = getattr(threading.current_thread(), "perf_t0", None)
    database = request.db
    if database and started:
        name, status = route or OTHER, str(response.status_code)

        def count() -> None:
            seconds = max(0.0, real_time() - started)
            add_soon(database, CounterKey("http", part=name, detail=status), 1, 0.0)
            add_soon(
                database,
                CounterKey("http_time", part=name, detail=bucket(seconds)),
                1,
                seconds,
            )

        response.call_on_close(count)
    return response
