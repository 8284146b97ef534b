"""Background work that gives way: doors answer first, lanes take what is left.

A worker that works a lane uses the processor for as long as its batch takes; on a
busy machine the senders' requests in other workers would wait for it. Called by
``retail.lane``.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

#: Linux gives a thread of this niceness a tenth of what others get, if they want it.
NICENESS = 10


@contextmanager
def giving_way() -> Iterator[None]:
    """Let this thread run with low priority during the block, where it can come back.

    Lowering is everybody's right, raising again only of who may: a service with
    ``LimitNICE=`` (docs/operations.md) or CAP_SYS_NICE. Elsewhere nothing changes.
    """
    if not can_return():
        yield
        return
    thread = threading.get_native_id()
    usual = os.getpriority(os.PRIO_PROCESS, thread)
    os.setpriority(os.PRIO_PROCESS, thread, max(usual, NICENESS))
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, thread, usual)


@cache
def can_return() -> bool:
    """Tell whether this process may raise a thread's priority that it has lowered."""
    if sys.platform != "linux":  # threads have no priority of their own
        return False
    tried: list[bool] = []
    # In a thread that ends afterwards: where it is not allowed, nobody else stays low.
    probe = threading.Thread(target=lambda: tried.append(_lowers_and_raises()))
    probe.start()
    probe.join()
    return tried == [True]


def _lowers_and_raises() -> bool:
    thread = threading.get_native_id()
    usual = os.getpriority(os.PRIO_PROCESS, thread)
    try:
        os.setpriority(os.PRIO_PROCESS, thread, usual + 1)
        os.setpriority(os.PRIO_PROCESS, thread, usual)
    except PermissionError:
        return False
    return True
