"""Loyalty as a till and a person see it: the partner API, and Odoo's own screens.

Lives here: asking ``/retail/v1/loyalty`` with the till's API key, hanging up in the
middle, and what Odoo holds of members and points. Not here: what should come out
(``chapters_loyalty*``). Standard library only.
"""

from __future__ import annotations

import http.client
import json
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from .hub import Hub
from .narrator import POLL_INTERVAL_S
from .odoo_client import OdooRefused

PATH = "/retail/v1/loyalty"
TIMEOUT_S = 30.0
#: What Odoo answers while a job runs by itself.
BUSY = "already executing"
MEMBER = "retail.loyalty.member"
ENTRY = "retail.loyalty.entry"
ACCRUAL = "retail.loyalty.accrual"
ORDER = "retail.loyalty.platform.order"
MOVEMENT = "retail.loyalty.platform.movement"


@dataclass(frozen=True)
class Reply:
    """An answer of the API."""

    status: int
    content: Any

    def __getitem__(self, name: str) -> Any:
        return self.content.get(name) if isinstance(self.content, dict) else None


class LoyaltyDesk:
    """The loyalty part of one till's software, and of one person's screen."""

    def __init__(self, hub: Hub, api_key: str) -> None:
        self.hub = hub
        parts = urlsplit(hub.base_url)
        self._host, self._port = parts.hostname or "localhost", parts.port or 80
        self._api_key = api_key

    # --- the API ----------------------------------------------------------------------

    def get(self, path: str, **query: str) -> Reply:
        """Ask for something."""
        tail = f"?{urlencode(query)}" if query else ""
        return self._ask("GET", f"{PATH}{path}{tail}", None, "")

    def post(self, path: str, body: dict[str, Any], key: str = "") -> Reply:
        """Have something done; ``key`` makes a repetition safe."""
        return self._ask("POST", f"{PATH}{path}", body, key)

    def post_and_hang_up(self, path: str, body: dict[str, Any], key: str) -> None:
        """Send a request and be gone before the answer, as when the line is cut."""
        connection = self._connection()
        try:
            self._send(connection, "POST", f"{PATH}{path}", body, key)
            connection.sock.shutdown(socket.SHUT_WR)
        finally:
            connection.close()

    def balance(self, member_id: str) -> dict[str, Any]:
        """Return what a member has, as the till is told."""
        return self.get(f"/members/{member_id}/balance").content or {}

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None, key: str
    ) -> Reply:
        connection = self._connection()
        try:
            self._send(connection, method, path, body, key)
            answer = connection.getresponse()
            raw = answer.read()
        except (OSError, http.client.HTTPException):
            return Reply(0, None)
        finally:
            connection.close()
        try:
            return Reply(answer.status, json.loads(raw) if raw else None)
        except ValueError:
            return Reply(answer.status, None)

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_S)

    def _send(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        key: str,
    ) -> None:
        headers = {"Authorization": f"Bearer {self._api_key}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key:
            headers["Idempotency-Key"] = f'"{key}"'
        content = json.dumps(body).encode() if body is not None else None
        connection.request(method, path, content, headers)

    # --- what Odoo holds --------------------------------------------------------------

    def member(self, number: str) -> dict[str, Any]:
        """Return a member by number, empty if there is none."""
        rows = self.hub.client.read(
            MEMBER, [("number", "=", number)], ["uuid", "number", "program_id"]
        )
        return rows[0] if rows else {}

    def entries(self, member: dict[str, Any]) -> list[dict[str, Any]]:
        """Return a member's movements, the last one first."""
        return self.hub.client.read(
            ENTRY,
            [("account_id.member_id", "=", member["id"])],
            ["kind", "amount", "balance_after", "ref", "reverses_id"],
            order="id desc",
        )

    def points_of(self, correlation_id: str) -> list[dict[str, Any]]:
        """Return what a sale meant for points."""
        return self.hub.client.read(
            ACCRUAL,
            [("transaction_id.correlation_id", "=", correlation_id)],
            ["state", "points", "points_spent", "points_restored", "points_settled"],
        )

    def hold(self, hold_id: str) -> str:
        """Return the state of a hold, as the till is told."""
        return str(self.get(f"/holds/{hold_id}")["state"])

    def spent(self, hold_id: str) -> list[int]:
        """Return the amounts of the entries that a hold led to."""
        client = self.hub.client
        holds = client.read("retail.loyalty.hold", [("uuid", "=", hold_id)], ["id"])
        domain = [("hold_id", "in", [hold["id"] for hold in holds])]
        return [row["amount"] for row in client.read(ENTRY, domain, ["amount"])]

    def told(self, backend: str) -> list[tuple[str, int, int, str]]:
        """Return what a platform knows of members: id there, member, points, when."""
        here = [("backend_id.code", "=", backend)]
        client = self.hub.client
        orders = client.read(
            ORDER,
            [*here, ("state", "=", "done"), ("movement_ref", "!=", False)],
            ["movement_ref", "member_id", "moved", "done_at"],
        )
        heard = client.read(
            MOVEMENT,
            [*here, ("order_id", "=", False), ("member_id", "!=", False)],
            ["movement_ref", "member_id", "points", "moved_at"],
        )
        return [
            (one["movement_ref"], one["member_id"][0], one[points], one[at])
            for rows, points, at in (
                (orders, "moved", "done_at"),
                (heard, "points", "moved_at"),
            )
            for one in rows
        ]

    def run_job(self, name: str) -> None:
        """Let a scheduled job of loyalty run now, after one that is running."""
        (job,) = self.hub.client.read(
            "ir.model.data",
            [("module", "=", "retail_loyalty_connector"), ("name", "=", name)],
            ["res_id"],
        )
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            try:
                client = self.hub.client
                client.call("ir.cron", "method_direct_trigger", [job["res_id"]])
            except OdooRefused as refusal:
                if BUSY not in str(refusal) or time.monotonic() > deadline:
                    raise
                time.sleep(POLL_INTERVAL_S)
            else:
                return
