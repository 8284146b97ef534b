"""Square Loyalty: one seller's program, with accounts, rewards and events.

Lives here: the interface, its checks and its webhooks. Not here: what happens to points
(``square_state``). Source: Square's OpenAPI description of the Loyalty API.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from typing import Any

from ..faults import FaultPlan
from .platform_http import Call, Platform, Refused, Webhook
from .square_state import Seller, Unknown, Wrong

_CATEGORIES = {401: "AUTHENTICATION_ERROR", 429: "RATE_LIMIT_ERROR"}
_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    404: "NOT_FOUND",
    409: "CONFLICT",
    429: "RATE_LIMITED",
    500: "INTERNAL_SERVER_ERROR",
    503: "SERVICE_UNAVAILABLE",
}


class SquarePlatform(Platform):
    """Square's Loyalty API for one seller.

    :param signature_key: of its webhook subscription; none are made without.
    :param notification_url: of the subscription, as it was registered.
    """

    specification = "square-loyalty.json"

    def __init__(
        self,
        token: str,
        *,
        faults: FaultPlan | None = None,
        breaks_reads: bool = False,
        signature_key: str = "",
        notification_url: str = "",
    ) -> None:
        super().__init__(token, faults=faults, breaks_reads=breaks_reads)
        self.signature_key = signature_key
        self.notification_url = notification_url
        self.seller = Seller(self.now, self._announce)
        self._answered: dict[tuple[str, str], tuple[str, Mapping[str, Any]]] = {}

    def authenticate(self, call: Call) -> None:
        if call.headers.get("authorization") != f"Bearer {self.token}":
            raise Refused(401, self.error(401, "This request could not be authorized."))
        if "square-version" not in call.headers:
            raise Refused(400, self.error(400, "Square-Version is missing"))

    def perform(self, call: Call) -> tuple[int, Mapping[str, Any]]:
        try:
            return 200, self._once(call)
        except Unknown as error:
            raise Refused(404, self.error(404, str(error))) from None
        except Wrong as error:
            raise Refused(400, self.error(400, str(error))) from None

    def _once(self, call: Call) -> Mapping[str, Any]:
        """Answer as before if the key was here before, with the same content."""
        key = call.body.get("idempotency_key")
        if key is None:
            return self._do(call)
        known = (call.path[2] + call.path[-1] * (len(call.path) > 3), key)
        content = json.dumps([call.path, call.body], sort_keys=True)
        if known in self._answered:
            before, answer = self._answered[known]
            if before != content:
                error = self.error(400, "The idempotency key was used before")
                error["errors"][0]["code"] = "IDEMPOTENCY_KEY_REUSED"
                raise Refused(400, error)
            return answer
        # A repetition is told what was so then, whatever happened since.
        answer = copy.deepcopy(self._do(call))
        self._answered[known] = (content, answer)
        return answer

    def _do(self, call: Call) -> Mapping[str, Any]:
        kind, rest, body = call.path[2], call.path[3:], call.body
        if kind == "accounts":
            return self._do_accounts(call.method, rest, body)
        if kind == "rewards":
            return self._do_rewards(call.method, rest, body)
        if kind == "programs" and rest[1:] == ("calculate",):
            self.seller.program_of(rest[0])
            money = body.get("transaction_amount_money") or {}
            return {"points": self.seller.earned(money), "promotion_points": 0}
        if kind == "programs":
            return {"program": self.seller.program_of(rest[0])}
        return self.seller.found_events(body)

    def _do_accounts(
        self, method: str, rest: tuple[str, ...], body: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        seller = self.seller
        if not rest:
            return {"loyalty_account": seller.enrol(body["loyalty_account"])}
        if rest == ("search",):
            return seller.found_accounts(body)
        account = seller.account(rest[0])
        if method == "GET":
            return {"loyalty_account": account}
        if rest[1] == "adjust":
            change = body["adjust_points"]
            allowed = bool(body.get("allow_negative_balance"))
            return {"event": seller.adjust(account, change, allowed)}
        given = body["accumulate_points"]
        return {"events": [seller.accumulate(account, given, body["location_id"])]}

    def _do_rewards(
        self, method: str, rest: tuple[str, ...], body: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        seller = self.seller
        if not rest:
            return {"reward": seller.create_reward(body["reward"])}
        reward = seller.reward(rest[0])
        if method == "GET":
            return {"reward": reward}
        if method == "DELETE":
            seller.delete_reward(reward)
            return {}
        return {"event": seller.redeem_reward(reward, body["location_id"])}

    def error(self, status: int, detail: str) -> dict[str, Any]:
        category = _CATEGORIES.get(status, "INVALID_REQUEST_ERROR")
        if status >= 500:
            category = "API_ERROR"
        code = _CODES.get(status, "BAD_REQUEST")
        return {"errors": [{"category": category, "code": code, "detail": detail}]}

    # --- webhooks ---------------------------------------------------------------------

    def _announce(self, event: Mapping[str, Any]) -> None:
        if not self.signature_key:
            return
        message = {
            "merchant_id": "MERCHANT1",
            "type": "loyalty.event.created",
            "event_id": str(uuid.uuid4()),
            "created_at": event["created_at"],
            "data": {
                "type": "loyalty_event",
                "id": event["id"],
                "object": {"loyalty_event": event},
            },
        }
        body = json.dumps(message).encode()
        signed = self.notification_url.encode() + body
        mac = hmac.new(self.signature_key.encode(), signed, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json",
            "x-square-hmacsha256-signature": base64.b64encode(mac).decode(),
        }
        self.webhooks.append(Webhook(headers, body))
