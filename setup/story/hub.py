"""What Odoo holds about the day, read as the screens read it, and where to see it.

Lives here: questions to Odoo and addresses of screens. Not here: what the answers
should be (``oracle``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from .odoo_client import OdooClient, OdooUnavailable
from .oracle import Sale

INBOX = "retail.inbox.event"
OUTBOX = "retail.outbox.event"
EXCEPTION = "retail.exception"
TRANSACTION = "retail.transaction"
#: Answers while Odoo is being started again.
NOTHING_YET = -1


class Hub:
    """Odoo, seen by an administrator."""

    def __init__(self, client: OdooClient) -> None:
        self.client = client
        self.base_url = client.base_url

    # --- addresses ------------------------------------------------------------------

    def url(self, screen: str, record_id: int | None = None) -> str:
        """Return the address of a screen (``retail-incoming``) or of one record."""
        tail = f"/{record_id}" if record_id else ""
        return f"{self.base_url}/odoo/{screen}{tail}"

    # --- questions --------------------------------------------------------------------

    def sales(self, correlation_ids: Iterable[str]) -> list[Sale]:
        """Return the recorded transactions of these stories."""
        rows = self.client.read(
            TRANSACTION,
            [("correlation_id", "in", list(correlation_ids))],
            ["correlation_id", "ref", "kind", "currency_id", "amount_total"],
        )
        return [
            Sale(
                correlation_id=row["correlation_id"],
                ref=row["ref"],
                kind=row["kind"],
                currency=row["currency_id"][1],
                # Amounts come over this interface as JSON numbers.
                total=Decimal(str(row["amount_total"])).quantize(Decimal("0.01")),
            )
            for row in rows
        ]

    def count_sales(self, correlation_ids: Iterable[str]) -> int:
        """Return how many are recorded, `NOTHING_YET` while there is no answer."""
        domain = [("correlation_id", "in", list(correlation_ids))]
        try:
            return self.client.count(TRANSACTION, domain)
        except OdooUnavailable:
            return NOTHING_YET

    def transaction_id(self, correlation_id: str) -> int | None:
        """Return the id of a story's transaction, None if there is none."""
        rows = self.client.read(
            TRANSACTION, [("correlation_id", "=", correlation_id)], ["id"], limit=1
        )
        return rows[0]["id"] if rows else None

    def states(
        self, model: str, correlation_ids: Iterable[str], backend: str | None = None
    ) -> Counter[str]:
        """Return how many messages of these stories are in which state."""
        domain: list[Any] = [("correlation_id", "in", list(correlation_ids))]
        if backend:
            domain.append(("backend_id.code", "=", backend))
        return Counter(
            row["state"] for row in self.client.read(model, domain, ["state"])
        )

    def message(self, event_key: str) -> dict[str, Any]:
        """Return an incoming message by the sender's id, empty if there is none."""
        rows = self.client.read(
            INBOX,
            [("event_key", "=", event_key)],
            ["state", "result"],
            limit=1,
        )
        return rows[0] if rows else {}

    def exceptions(self, correlation_id: str, code: str) -> list[dict[str, Any]]:
        """Return the exceptions of a story with this code."""
        return self.client.read(
            EXCEPTION,
            [("correlation_id", "=", correlation_id), ("code", "=", code)],
            ["summary", "state", "user_id", "deadline_at", "resolution"],
        )

    def failed_attempts(self, backend: str, correlation_ids: Iterable[str]) -> int:
        """Return how many deliveries of these stories to a backend failed so far."""
        return self.client.count(
            "retail.event.attempt",
            [
                ("outbox_event_id.backend_id.code", "=", backend),
                ("outbox_event_id.correlation_id", "in", list(correlation_ids)),
                ("outcome", "in", ["failed", "unknown"]),
            ],
        )
