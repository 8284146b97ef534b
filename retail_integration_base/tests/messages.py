"""Messages as they move in tests: stored as the gateway does, worked as lanes do.

Functions over an environment, for test cases (``common.py``) and for data that is made
once for many tests (``shop_day.py``, ``common_security.py``).
"""

from odoo.api import Environment
from odoo.models import BaseModel

from . import factories as make

MODELS = {"in": "retail.inbox.event", "out": "retail.outbox.event"}


def receive(env: Environment, backend: BaseModel, *events: dict) -> BaseModel:
    """Store canonical events as the gateway does; return them, oldest first."""
    gateway = env["retail.gateway"]
    receipts, _single = gateway._receive_events(
        gateway._find_door(backend.code), make.as_body(*events), ndjson=False
    )
    return env["retail.inbox.event"].search(
        [
            ("backend_id", "=", backend.id),
            ("event_key", "in", [r.event_key for r in receipts]),
        ],
        order="id",
    )


def work(env: Environment, backend: BaseModel, direction: str = "in") -> int:
    """Work the lanes until nothing more can be done; return messages touched."""
    lanes = env["retail.lane"].search(
        [("backend_id", "=", backend.id), ("direction", "=", direction)]
    )
    total = 0
    env.flush_all()  # lanes read and write on cursors of their own
    for lane in lanes:
        more = True
        while more:
            count, more, _retry_at = env[MODELS[direction]].sudo()._work_lane(lane)
            total += count
            # In a test's transaction nothing commits, so no batch sees its end.
            env["retail.lane.start"]._end(lane.id)
    env.invalidate_all()
    return total
