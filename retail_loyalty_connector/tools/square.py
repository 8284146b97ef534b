"""Square Loyalty: what is asked of it.

Lives here: the operations of ``PlatformClient`` for Square. Lives elsewhere: reading
its answers (``tools/square_answer.py``), its webhooks (``tools/square_webhook.py``).
Called by Square's connector. Source: Square's OpenAPI description of the Loyalty API.

Three things to know. Points are locked by creating a *reward* of a fixed tier, so only
numbers that are a tier can be held there, and such a hold never ends by itself. A
redeemed reward is final: points go back by an adjustment. Deleting a reward takes no
idempotency key, so its outcome is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from odoo.addons.retail_integration_base.tools.clock import to_rfc3339
from odoo.addons.retail_integration_base.tools.signing import Secret
from odoo.addons.retail_integration_base.tools.vendor_json import text_or_none

from . import square_answer as answers
from . import square_webhook
from .platform import (
    EFFECTS,
    Capabilities,
    Hold,
    Movement,
    MovementPage,
    Notice,
    Quote,
    Refusal,
)
from .platform_orders import (
    Accrual,
    Basket,
    Capture,
    MovementQuery,
    Reservation,
    Reversal,
)
from .platform_transport import Steps
from .square_members import SquareMembers

EVENTS_PER_PAGE = 30
CAPABILITIES = Capabilities(
    holds=True,
    repeatable=EFFECTS,
    reverses_redemptions=True,
    reverses_in_part=True,
    negative_balance=True,
    enrols=True,
    lists_all=True,
    lists_balances=True,
    tells_profile=True,
    signed_webhooks=True,
    items_per_page=EVENTS_PER_PAGE,
)


#: Square merges and deletes customers in its own screens; no call does it to accounts.
BY_HAND = {
    "merge": "Merge the two customers in the Dashboard: Customers, Directory.",
    "part": "Square cannot part customers that were merged: if they were, enrol one of"
    " them anew with a phone of their own.",
    "erase": "Delete the customer in the Dashboard (Customers, Directory), and have the"
    " loyalty account removed with it.",
}


class SquareClient(SquareMembers):
    """Square Loyalty, for one seller."""

    capabilities = CAPABILITIES
    by_hand = BY_HAND

    def quote(self, member_id: str, basket: Basket) -> Steps[Quote | Refusal]:
        """Ask what an amount earns; lines and categories are not looked at."""
        body = {
            "transaction_amount_money": {
                "amount": self._smallest_unit(basket.amount, basket.currency),
                "currency": basket.currency,
            },
            "loyalty_account_id": member_id,
        }
        program_id = self.settings.program_id
        request = self._loyalty("POST", "programs", program_id, "calculate", body=body)
        reply = yield from self._ask(request)
        if not reply.is_success:
            return (yield from self._why_not(reply, member_id, 0))
        return Quote(points=self._parsed(answers.quoted_points, reply.content))

    # --- spending ---------------------------------------------------------------------

    def reserve(
        self, order: Reservation, *, again: bool = False
    ) -> Steps[Hold | Refusal]:
        """Lock points by creating a reward of the tier that costs as many."""
        tiers = self.settings.tiers or (yield from self._tiers())
        if order.points not in tiers:
            known = ", ".join(str(points) for points in sorted(tiers)) or "none"
            return Refusal(
                reason="unsupported",
                detail=f"No reward of {order.points} points; there are {known}.",
            )
        body = {
            "reward": {
                "loyalty_account_id": order.member_id,
                "reward_tier_id": tiers[order.points],
            },
            "idempotency_key": order.key,
        }
        request = self._loyalty("POST", "rewards", body=body)
        reply = yield from self._ask(request, effect=True)
        if not reply.is_success:
            return (yield from self._why_not(reply, order.member_id, order.points))
        reward = self._part(reply, "reward", effect=True)
        return self._parsed(answers.hold_of, reward, effect=True)

    def capture(
        self, order: Capture, *, again: bool = False
    ) -> Steps[Movement | Refusal]:
        """Redeem the reward, or take the points by an adjustment without a hold."""
        if order.hold_id is None:
            taken = self._adjust(order.key, order.member_id, -order.points, order.ref)
            return (yield from taken)
        if order.held is not None and order.points != order.held:
            return Refusal(
                reason="unsupported", detail="Square redeems a reward as a whole."
            )
        body = {
            "idempotency_key": order.key,
            "location_id": self._location(order.store),
        }
        request = self._loyalty("POST", "rewards", order.hold_id, "redeem", body=body)
        reply = yield from self._ask(request, effect=True)
        if reply.is_success:
            return self._event(reply)
        hold = yield from self._hold(order.hold_id)
        if isinstance(hold, Refusal):
            return hold
        if hold.state != "open":
            return Refusal(reason="resolved", state=hold.state)
        return self._expected(reply)

    def void(
        self, key: str, hold_id: str, *, again: bool = False
    ) -> Steps[Refusal | None]:
        """Delete the reward (``DeleteLoyaltyReward``), which frees its points."""
        request = self._loyalty("DELETE", "rewards", hold_id)
        reply = yield from self._ask(request, effect=True)
        if reply.is_success:
            return None
        # No key goes with a deletion: what it came to is what the reward says.
        hold = yield from self._hold(hold_id)
        if isinstance(hold, Refusal) or hold.state == "voided":
            return None
        if hold.state == "captured":
            return Refusal(reason="resolved", state=hold.state)
        return self._expected(reply)

    # --- earning and undoing ----------------------------------------------------------

    def accrue(
        self, order: Accrual, *, again: bool = False
    ) -> Steps[Movement | Refusal]:
        """Add points (``AccumulateLoyaltyPoints``); 128 characters of key at most."""
        if order.points is None:
            return Refusal(
                reason="unsupported", detail="Square is told points: quote first."
            )
        body = {
            "accumulate_points": {"points": order.points},
            "idempotency_key": order.key,
            "location_id": self._location(order.store),
        }
        path = ("accounts", order.member_id, "accumulate")
        reply = yield from self._ask(
            self._loyalty("POST", *path, body=body), effect=True
        )
        if not reply.is_success:
            return (yield from self._why_not(reply, order.member_id, 0))
        events = self._listed(reply, "events", effect=True)
        if not events:
            raise self._invalid("no event of the accrual", effect=True)
        return self._parsed(answers.movement_of, events[0], effect=True)

    def reverse(
        self, order: Reversal, *, again: bool = False
    ) -> Steps[Movement | Refusal]:
        """Adjust the balance: a redeemed reward itself can never be undone."""
        sign = -1 if order.original_kind == "accrual" else 1
        return (
            yield from self._adjust(
                order.key,
                order.member_id,
                sign * order.points,
                order.reason,
                allow_negative=order.allow_negative,
            )
        )

    def transactions(self, query: MovementQuery) -> Steps[MovementPage | Refusal]:
        """List events newest first, 30 a page; new ones move the pages meanwhile."""
        filters: dict[str, Any] = {}
        period = {"start_at": query.since, "end_at": query.until}
        given = {name: to_rfc3339(at) for name, at in period.items() if at}
        if given:
            filters["date_time_filter"] = {"created_at": given}
        if query.member_id:
            filters["loyalty_account_filter"] = {"loyalty_account_id": query.member_id}
        body: dict[str, Any] = {"limit": EVENTS_PER_PAGE, "query": {"filter": filters}}
        if query.cursor:
            body["cursor"] = query.cursor
        request = self._loyalty("POST", "events", "search", body=body)
        reply = yield from self._ask(request)
        self._check_done(reply)
        return MovementPage(
            items=tuple(
                self._parsed(answers.movement_of, event)
                for event in self._listed(reply, "events")
            ),
            next_cursor=text_or_none(reply.content, "cursor"),
        )

    # --- webhooks ---------------------------------------------------------------------

    def verify_webhook(
        self,
        secrets: Sequence[Secret],
        *,
        headers: Mapping[str, str],
        body: bytes,
        url: str,
        now: datetime,
    ) -> None:
        """Check the HMAC over the notification URL and the body."""
        square_webhook.verify(secrets, headers=headers, body=body, url=url, now=now)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Read an event or a change of an account."""
        return square_webhook.parse(body)
