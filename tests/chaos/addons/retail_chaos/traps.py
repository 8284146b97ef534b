"""Traps are files outside Odoo: what to do, and the marks of who stepped on it.

``<folder>/<place>-<key>`` holds an action; each time it is met, a line is added to
``<folder>/<place>-<key>.hits`` before anything happens. Rows write them and count them.
"""

import os
import signal
import time
from pathlib import Path

from odoo.sql_db import BaseCursor

FOLDER = os.environ.get("RETAIL_CHAOS_TRAPS", "")
PIECE_BYTES = 64 * 1024 * 1024


def spring(place: str, key: str, cr: BaseCursor) -> None:
    """Do what the trap of this place and key says, if there is one.

    Actions: ``kill``, ``sleep SECONDS``, ``sql SECONDS``, ``memory``; with ``once ``
    before it, the trap is gone before it springs.
    """
    trap = Path(FOLDER, f"{place}-{key}")
    if not FOLDER or not trap.exists():
        return
    words = trap.read_text("utf-8").split()
    with trap.with_name(trap.name + ".hits").open("a", encoding="utf-8") as hits:
        hits.write(f"{os.getpid()} {time.time():.3f}\n")
    if words[0] == "once":
        words = words[1:]
        trap.unlink()
    action, *values = words
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "sleep":
        time.sleep(float(values[0]))
    elif action == "sql":
        cr.execute("SELECT pg_sleep(%s)", [float(values[0])])
    elif action == "memory":
        eaten = []
        while True:
            eaten.append(bytearray(PIECE_BYTES))
    else:
        raise ValueError(f"no such action: {action}")
