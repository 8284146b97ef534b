"""Systems that say and hear what changed at stores, for the tests of ownership."""

import json
from datetime import timedelta

from odoo.models import BaseModel

from ..schemas import registry
from ..tools.clock import to_rfc3339, utc_now
from . import factories as make

CHANGED = "retail.store.changed.v1"
RECORDED = "retail.store.recorded.v1"


class Sharing:
    """Systems that report stores and hear of them; rules that say who owns what."""

    def forget_times(self) -> None:
        """Let everything that is known be known for years."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE retail_known_value SET known_at = '2020-01-01'")

    def rule(self, subject: str, owned_by: str, backend=None, **values) -> BaseModel:
        return self.env["retail.ownership.rule"].create(
            {
                "subject": subject,
                "owned_by": owned_by,
                "backend_id": backend.id if backend else False,
                "state": "approved",
                "valid_from": "2020-01-01",
                **values,
            }
        )

    def connect(self, code: str) -> BaseModel:
        """Return a system that says what it knows of stores and hears of changes."""
        topic = self.env["retail.topic"].search([("name", "=", RECORDED)])
        return make.make_backend(
            self.env,
            code,
            phase_events=True,
            event_url="http://127.0.0.1:9/events",
            subscribed_topic_ids=[(6, 0, topic.ids)],
        )

    def change(self, ago_s: float = 0, **values) -> dict:
        moment = utc_now() - timedelta(seconds=ago_s)
        return {"store": "12", "changed_at": to_rfc3339(moment), **values}

    def say(self, backend: BaseModel, ago_s: float = 0, envelope=None, **values):
        """Let a system say what it changed; return the worked message."""
        event = make.make_event(
            self.change(ago_s, **values), topic=CHANGED, **(envelope or {})
        )
        message = self.receive(event, backend=backend)
        self.work(backend)
        return message

    def told(self, backend: BaseModel) -> list[dict]:
        """Return what a system was told of stores, without key and time."""
        messages = self.env["retail.outbox.event"].search(
            [("backend_id", "=", backend.id)], order="id"
        )
        found = []
        for message in messages:
            data = json.loads(message.payload)["data"]
            registry.validate(RECORDED, data)
            found.append(
                {k: v for k, v in data.items() if k not in ("store", "changed_at")}
            )
        return found
