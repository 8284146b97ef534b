"""The hub as a scenario sees it: its doors, its people's buttons, its tables.

Lives here: raw requests and answers, calls as the administrator, and the questions to
the database that tell whether everything is settled. Not here: expectations (the
tests), honest senders (``tests/simulators/sender.py``).
"""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from runtime.system import System

from ..shop.processes import wait_until
from ..simulators.events import Message

TIMEOUT_S = 30.0
PROBLEM = "application/problem+json"
INBOX_ENDS = ("done", "ignored")
OUTBOX_ENDS = ("sent", "cancelled")


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; status 0 stands for a connection that broke or was refused."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def content(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def retry_after_s(self) -> float:
        """What the sender is told to wait; 0 if nothing is said."""
        return float(self.headers.get("Retry-After", 0))


class Hub:
    """One running system with the shop's backends in it."""

    def __init__(self, system: System, secret: str, user: str = "admin") -> None:
        self.system = system
        self.secret = secret
        self._user = user
        self._session = requests.Session()
        # A machine's HTTP proxy has no business with its loopback interface.
        self._session.trust_env = False
        self._logged_in = False

    # --- doors ----------------------------------------------------------------------

    def post(
        self, backend: str, message: Message, *, timeout_s: float = TIMEOUT_S
    ) -> Answer:
        """Send a message once, signed now, and return the answer whatever it is."""
        path = f"/retail/v1/backends/{backend}/{message.door}"
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.system.odoo.port, timeout=timeout_s
        )
        try:
            headers = message.signed_headers(self.secret)
            connection.request("POST", path, message.body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException):
            return Answer(0, {})
        finally:
            connection.close()

    # --- people ---------------------------------------------------------------------

    def press(self, backend: str, action: str) -> None:
        """Press a button of the backend's form as the administrator."""
        ids = self.call("retail.backend", "search", [[["code", "=", backend]]])
        self.call("retail.backend", action, [ids])

    def call(
        self,
        model: str,
        method: str,
        arguments: list[Any],
        context: dict[str, Any] | None = None,
    ) -> Any:
        """Call a model's method as the web client does, as this hub's user."""
        if not self._logged_in:
            login = {"login": self._user, "password": self._user}
            database = self.system.odoo.database
            self._rpc("/web/session/authenticate", {"db": database, **login})
            self._logged_in = True
        kwargs = {"context": context} if context else {}
        parameters = {
            "model": model,
            "method": method,
            "args": arguments,
            "kwargs": kwargs,
        }
        return self._rpc(f"/web/dataset/call_kw/{model}/{method}", parameters)

    def _rpc(self, path: str, parameters: dict[str, Any]) -> Any:
        body = {"jsonrpc": "2.0", "method": "call", "params": parameters}
        url = self.system.base_url + path
        answer = self._session.post(url, json=body, timeout=TIMEOUT_S).json()
        if "error" in answer:
            raise RuntimeError(f"{path}: {answer['error']['data']['message']}")
        return answer.get("result")

    # --- tables -----------------------------------------------------------------------

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement in the database; return its rows."""
        odoo = self.system.odoo
        return odoo.postgres.query(statement, values, database=odoo.database)

    def unfinished(self) -> dict[str, int]:
        """Return ``direction state -> messages`` of all that is not at its end."""
        found: Counter[str] = Counter()
        for direction, ends in (("inbox", INBOX_ENDS), ("outbox", OUTBOX_ENDS)):
            rows = self.sql(
                f"SELECT state, count(*) FROM retail_{direction}_event"
                " WHERE state <> ALL (%s) GROUP BY state",
                list(ends),
            )
            found.update({f"{direction} {state}": count for state, count in rows})
        return dict(found)

    def wait_settled(self, timeout_s: float) -> None:
        """Wait until every message, in and out, is at its end.

        :raises TimeoutError: saying what is left.
        """
        left: dict[str, int] = {}

        def settled() -> bool:
            left.clear()
            left.update(self.unfinished())
            return not left

        try:
            wait_until(settled, "every message is settled", timeout_s)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; left: {left}") from None

    def states(self, event_ids: list[str]) -> list[tuple[str, str]]:
        """Return event id and state of incoming messages, one pair per stored row."""
        return self.sql(
            "SELECT event_key, state FROM retail_inbox_event"
            " WHERE event_key = ANY (%s)",
            event_ids,
        )

    def effects(self, event_ids: list[str]) -> Counter[str]:
        """Return ``event id -> number of transactions`` that these messages caused."""
        rows = self.sql(
            "SELECT e.event_key, count(t.id) FROM retail_inbox_event e"
            " JOIN retail_transaction t ON t.inbox_event_id = e.id"
            " WHERE e.event_key = ANY (%s) GROUP BY e.event_key",
            event_ids,
        )
        return Counter(dict(rows))

    def delivery_keys(self, event_ids: list[str]) -> list[str]:
        """Return the ids of the messages out that these messages caused, in order."""
        rows = self.sql(
            "SELECT event_key FROM retail_outbox_event WHERE causation_id = ANY (%s)"
            " ORDER BY id",
            event_ids,
        )
        return [key for (key,) in rows]

    def open_exceptions(self) -> list[tuple[Any, ...]]:
        """Return code and cause of everything that waits for a person."""
        return self.sql(
            "SELECT code, cause FROM retail_exception WHERE state <> 'resolved'"
        )
