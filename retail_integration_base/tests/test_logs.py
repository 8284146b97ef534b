"""What is in the log, and what never is: secrets and the contents of messages."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg2 import IntegrityError

from odoo.tests import tagged

from ..models.gateway import Receipt
from ..models.gateway_arrival import Arrival, announce
from . import factories as make
from .common_http import GatewayCase

OTHER_SECRET = "whsec_b3RoZXIgc2VjcmV0IG9mIDMyIGJ5dGVzIGV4YWN0bHk="


class Memory(logging.Handler):
    """Keeps every record as the text that would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.levelno, self.format(record)))

    def text(self, level: int = logging.DEBUG) -> str:
        """Return the lines of that level and above."""
        return "\n".join(line for given, line in self.lines if given >= level)


@contextmanager
def everything_logged() -> Iterator[Memory]:
    """Collect what all loggers say down to DEBUG."""
    memory = Memory()
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    levels = {
        logger: logger.level for logger in loggers if isinstance(logger, logging.Logger)
    }
    for logger, level in levels.items():
        if level or logger is logging.root:
            logger.setLevel(logging.DEBUG)
    handlers, logging.root.handlers = logging.root.handlers, [memory]
    memory.filters = list(handlers[0].filters)  # those of the module's post_load
    try:
        yield memory
    finally:
        logging.root.handlers = handlers
        for logger, level in levels.items():
            logger.setLevel(level)


@tagged("post_install", "-at_install")
class TestLogs(GatewayCase):
    def test_secrets_are_in_no_line_at_any_level(self):
        key, key_text = self.env["retail.api.key"]._issue(self.backend, "till 3")
        with everything_logged() as memory:
            self.env["retail.credential"].create(
                {"backend_id": self.backend.id, "secret": OTHER_SECRET}
            )
            self.env.flush_all()
            self.send(make.make_event())
            self.post("till/events", b"{}", self.sign(b""))
            self.post("till/events", b"{}", {"Authorization": f"Bearer {key_text}"})
            self.work()
        self.assertIn("retail", memory.text())
        for secret in (make.SECRET, OTHER_SECRET, key_text):
            self.assertNotIn(secret.removeprefix("whsec_"), memory.text())
        self.assertTrue(key.prefix)

    def test_contents_of_messages_are_in_no_line_above_debug(self):
        receipt = make.make_receipt(customer={"email": "ada.lovelace@example.com"})
        wrong = make.make_receipt(customer={"email": "ada.lovelace@example.com"})
        wrong["totals"]["grand"] = "1234.56"
        with everything_logged() as memory:
            self.send(make.make_event(receipt))
            self.send(make.make_event(wrong))
            self.send(make.make_event({**receipt, "customer": {"email": 5}}))
            self.work()
        self.assertNotIn("ada.lovelace", memory.text(logging.INFO))

    def test_failing_statement_is_logged_without_its_values(self):
        with (
            everything_logged() as memory,
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self.cr.execute(
                "INSERT INTO retail_store (code, name) VALUES (NULL, %s)",
                ["ada.lovelace@example.com"],
            )
        self.assertIn("bad query on retail_store", memory.text())
        self.assertNotIn("ada.lovelace", memory.text(logging.INFO))

    def test_one_correlation_id_reads_the_story_from_door_to_effect(self):
        with everything_logged() as memory:
            self.send(make.make_event(), headers={"X-Correlation-Id": "story-7"})
            # A test's request runs no hooks after its commit: this is theirs.
            event = self.env["retail.inbox.event"].search([], limit=1, order="id desc")
            receipt = Receipt(
                event.event_key, "accepted", event.correlation_id, event.topic_id.id
            )
            announce(self.cr.dbname, [Arrival(1, 1, [receipt], frozenset())])
            self.work()
        lines = [line for _level, line in memory.lines if "story-7" in line]
        self.assertTrue(any("accepted" in line for line in lines), lines)
        self.assertTrue(any("done" in line for line in lines), lines)
