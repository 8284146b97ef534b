"""Voucherify: loyalty cards of one project, with their transactions.

Lives here: the interface, what it does to points, its checks and its webhooks. Source:
Voucherify's OpenAPI description (v1, loyalties).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..faults import FaultPlan
from .platform_http import Call, Platform, Refused, Webhook

CAMPAIGN = "camp_1"
_AFTER = "filters[created_at][conditions][$after]"
_BEFORE = "filters[created_at][conditions][$before]"


class VoucherifyPlatform(Platform):
    """Voucherify for one project.

    :param webhook_secret: of its webhook; none are made without.
    """

    specification = "voucherify-loyalties.json"
    undescribed = ("/v1/customers/",)

    def __init__(
        self,
        token: str,
        *,
        faults: FaultPlan | None = None,
        breaks_reads: bool = False,
        webhook_secret: str = "",
    ) -> None:
        super().__init__(token, faults=faults, breaks_reads=breaks_reads)
        self.webhook_secret = webhook_secret
        self.cards: dict[str, int] = {}
        self.entries: list[dict[str, Any]] = []
        #: card -> customer who holds it
        self.holders: dict[str, str] = {}

    def authenticate(self, call: Call) -> None:
        if call.headers.get("x-app-token") != self.token:
            raise Refused(401, self.error(401, "Unauthorized"))

    def perform(self, call: Call) -> tuple[int, Mapping[str, Any]]:
        if call.path[1] == "customers":
            return 200, self._forget(call.path[2])
        code, action = call.path[3], call.path[4:]
        if code not in self.cards:
            raise Refused(404, self.error(404, f"Cannot find voucher {code}"))
        if action == ("balance",):
            return 200, self.adjust(code, call.body)
        if action == ("transactions",):
            return 200, self._listed(code, call.query)
        return 200, self._card(code)

    def adjust(self, code: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Add or take points; a card cannot be overdrawn."""
        points = given["points"]
        if self.cards[code] + points < 0:
            raise Refused(400, self.error(400, "Not enough points on the card"))
        self.cards[code] += points
        told = self._balance(code, points)
        entry = {
            "id": f"vtx_{len(self.entries) + 1:018d}",
            "source_id": given.get("source_id"),
            "voucher_id": f"v_{code}",
            "campaign_id": CAMPAIGN,
            "source": "API",
            "reason": given.get("reason"),
            "type": "POINTS_ADDITION" if points > 0 else "POINTS_REMOVAL",
            "details": {"balance": told},
            "related_transaction_id": None,
            "created_at": self.now().isoformat().replace("+00:00", "Z"),
        }
        self.entries.append(entry)
        if points > 0:
            self._announce(code, entry)
        return told

    def _forget(self, customer: str) -> dict[str, Any]:
        """Delete a customer for good; the cards stay, without a holder."""
        if customer not in self.holders.values():
            raise Refused(404, self.error(404, f"Cannot find customer {customer}"))
        kept = {card: who for card, who in self.holders.items() if who != customer}
        self.holders = kept
        return {"id": "pd_1", "related_object_id": customer, "status": "DONE"}

    def _balance(self, code: str, points: int) -> dict[str, Any]:
        return {
            "points": points,
            "total": self.cards[code],
            "balance": self.cards[code],
            "type": "loyalty_card",
            "object": "balance",
            "related_object": {"type": "voucher", "id": f"v_{code}"},
            "operation_type": "MANUAL",
        }

    def _card(self, code: str) -> dict[str, Any]:
        points = self.cards[code]
        return {
            "id": f"v_{code}",
            "code": code,
            "campaign_id": CAMPAIGN,
            "type": "LOYALTY_CARD",
            "loyalty_card": {"points": points, "balance": points},
            "object": "voucher",
            **({"holder_id": self.holders[code]} if code in self.holders else {}),
        }

    def _listed(self, code: str, query: Mapping[str, str]) -> dict[str, Any]:
        after, before = query.get(_AFTER), query.get(_BEFORE)
        last = query.get("starting_after_id", "vtx_~")
        found = [
            entry
            for entry in reversed(self.entries)
            if entry["voucher_id"] == f"v_{code}"
            and entry["id"] < last
            and (not after or _read(entry["created_at"]) > _read(after))
            and (not before or _read(entry["created_at"]) < _read(before))
        ]
        limit = int(query.get("limit", 10))
        page = found[:limit]
        listed = {"object": "list", "data_ref": "data", "data": page}
        if len(found) <= limit:
            return listed | {"has_more": False}
        return listed | {"has_more": True, "more_starting_after": page[-1]["id"]}

    def error(self, status: int, detail: str) -> dict[str, Any]:
        return {"code": status, "key": "refused", "message": detail, "details": detail}

    def _announce(self, code: str, entry: Mapping[str, Any]) -> None:
        if not self.webhook_secret:
            return
        message = {
            "id": f"whe_{entry['id']}",
            "created_at": entry["created_at"],
            "type": "voucher.loyalty_card.points_added",
            "data": {
                "voucher": {"id": f"v_{code}", "code": code, "object": "voucher"},
                "balance": entry["details"]["balance"],
                "transaction": dict(entry),
            },
        }
        signed = json.dumps(message, separators=(",", ":")).encode()
        key = self.webhook_secret.encode()
        headers = {
            "Content-Type": "application/json",
            "x-voucherify-signature": hmac.new(key, signed, hashlib.sha256).hexdigest(),
        }
        # White space is not signed.
        self.webhooks.append(Webhook(headers, json.dumps(message, indent=1).encode()))


def _read(moment: str) -> datetime:
    return datetime.fromisoformat(moment.replace("Z", "+00:00"))
