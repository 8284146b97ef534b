"""Voucherify: a small client, written after ``docs/loyalty-platforms.md``.

Lives here: the operations of ``PlatformClient`` on loyalty cards. Lives elsewhere:
reading (``tools/voucherify_answer.py``). Called by Voucherify's connector. Source:
Voucherify's OpenAPI description (v1, loyalties).

Every change is an adjustment of a card's balance that carries our key as ``source_id``.
Voucherify does not recognise keys, it only shows them: an order that may have been
carried out is looked for in the card's transactions before it is sent again. Its locked
validation sessions need a reward; this client leaves holding to the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from odoo.addons.retail_integration_base.tools import signing
from odoo.addons.retail_integration_base.tools.clock import to_rfc3339
from odoo.addons.retail_integration_base.tools.signing import Secret
from odoo.addons.retail_integration_base.tools.vendor_json import objects, text_or_none

from . import voucherify_answer as answers
from .platform import (
    Balance,
    Capabilities,
    Hold,
    Member,
    Movement,
    MovementPage,
    Notice,
    Quote,
    Refusal,
)
from .platform_client import PlatformClient
from .platform_orders import (
    Accrual,
    Basket,
    Capture,
    Identity,
    MovementQuery,
    Reservation,
    Reversal,
)
from .platform_transport import Connection, Steps

PER_PAGE = 100
#: How many pages are looked through for an order that may have been carried out.
PAGES_SEARCHED_MAX = 20
BY_CARD = "Voucherify's members are cards: their code is needed."
NOT_BUILT = "This client leaves that to the ledger."
BY_HAND = {
    "merge": "Both cards stay valid: deactivate the one that is empty now.",
    "part": "Activate the card again that was deactivated when the two were merged.",
}


@dataclass(frozen=True, kw_only=True)
class VoucherifySettings:
    """``app_id`` goes with the token, which is the connection's."""

    app_id: str


class VoucherifyClient(PlatformClient):
    """Voucherify's loyalty cards, for one project."""

    vendor = "Voucherify"
    capabilities = Capabilities(
        holds=False,
        reverses_redemptions=True,
        reverses_in_part=True,
        erases=True,
        tells_key=True,
        signed_webhooks=True,
        items_per_page=PER_PAGE,
    )

    by_hand = BY_HAND

    def __init__(self, connection: Connection, settings: VoucherifySettings) -> None:
        super().__init__(connection)
        self.settings = settings

    def member_find(self, identity: Identity) -> Steps[Member | Refusal]:
        """Read the card of this code."""
        member_id = identity.member_id or identity.card
        if member_id is None:
            return Refusal(reason="unsupported", detail=BY_CARD)
        found = yield from self.balance(member_id)
        if isinstance(found, Refusal):
            return found
        return Member(member_id=found.member_id, points=found.points)

    def member_enrol(self, key: str, identity: Identity) -> Steps[Member | Refusal]:
        """Refuse: cards are published by campaigns."""
        yield from ()
        return Refusal(reason="unsupported", detail=NOT_BUILT)

    def balance(self, member_id: str) -> Steps[Balance | Refusal]:
        """Read the card."""
        reply = yield from self._ask(self._card("GET", member_id))
        if reply.status == 404:
            return Refusal(reason="unknown_member", detail=self._problem(reply.content))
        self._check_done(reply)
        return self._parsed(answers.balance_of, reply.content)

    def member_erase(self, member_id: str) -> Steps[Refusal | None]:
        """Delete the customer who holds the card, for good; the card names nobody."""
        reply = yield from self._ask(self._card("GET", member_id))
        if reply.status == 404:
            return Refusal(reason="unknown_member", detail=self._problem(reply.content))
        self._check_done(reply)
        holder = self._parsed(answers.holder_of, reply.content)
        if holder is None:
            return None
        path = ("v1", "customers", holder, "permanent-deletion")
        reply = yield from self._ask(self._request("POST", path), effect=True)
        if reply.status != 404:
            self._check_done(reply)
        return None

    def quote(self, member_id: str, basket: Basket) -> Steps[Quote | Refusal]:
        """Refuse: estimates are made for customers, not for cards."""
        yield from ()
        return Refusal(reason="unsupported", detail=NOT_BUILT)

    def reserve(
        self, order: Reservation, *, again: bool = False
    ) -> Steps[Hold | Refusal]:
        """Refuse: the ledger holds."""
        yield from ()
        return Refusal(reason="unsupported", detail=NOT_BUILT)

    def void(
        self, key: str, hold_id: str, *, again: bool = False
    ) -> Steps[Refusal | None]:
        """Refuse: there is nothing to free."""
        yield from ()
        return Refusal(reason="unsupported", detail=NOT_BUILT)

    def capture(
        self, order: Capture, *, again: bool = False
    ) -> Steps[Movement | Refusal]:
        """Take points off the card."""
        taken = self._adjust(
            order.key, order.member_id, -order.points, order.ref, "redemption", again
        )
        return (yield from taken)

    def accrue(
        self, order: Accrual, *, again: bool = False
    ) -> Steps[Movement | Refusal]:
        """Add points to the card."""
        if order.points is None:
            return Refusal(reason="unsupported", detail="Points are told, not counted.")
        given = self._adjust(
            order.key, order.member_id, order.points, order.ref, "accrual", again
        )
        return (yield from given)

    def reverse(
        self, order: Reversal, *, again: bool = False
    ) -> Steps[Movement | Refusal]:
        """Adjust the card the other way; below zero is not to be had."""
        sign = -1 if order.original_kind == "accrual" else 1
        points = sign * order.points
        undone = self._adjust(
            order.key, order.member_id, points, order.reason, "reversal", again
        )
        return (yield from undone)

    def transactions(self, query: MovementQuery) -> Steps[MovementPage | Refusal]:
        """List a card's transactions, newest first."""
        if query.member_id is None:
            return Refusal(reason="unsupported", detail="Listed card by card.")
        asked = {"limit": str(PER_PAGE), "order": "-id"}
        period = {"$after": query.since, "$before": query.until}
        for name, at in period.items():
            if at:
                asked[f"filters[created_at][conditions][{name}]"] = to_rfc3339(at)
        if query.cursor:
            asked["starting_after_id"] = query.cursor
        request = self._card("GET", query.member_id, "transactions", query=asked)
        reply = yield from self._ask(request)
        if reply.status == 404:
            return Refusal(reason="unknown_member")
        self._check_done(reply)

        def read(content: Mapping[str, Any]) -> tuple[Movement, ...]:
            listed = objects(content, "data", "", required=True)
            return tuple(answers.movement_of(e, query.member_id or "") for e in listed)

        more = reply.content.get("has_more") is True
        return MovementPage(
            items=self._parsed(read, reply.content),
            next_cursor=text_or_none(reply.content, "more_starting_after")
            if more
            else None,
        )

    def verify_webhook(
        self,
        secrets: Sequence[Secret],
        *,
        headers: Mapping[str, str],
        body: bytes,
        url: str,
        now: datetime,
    ) -> None:
        """Check the HMAC over the JSON without its white space."""
        signing.verify(
            answers.SCHEME,
            secrets,
            headers=headers,
            body=answers.signed_bytes(body),
            url=url,
            now=now,
        )

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Read which points were added to which card."""
        return answers.notice_of(body)

    # --- requests ---------------------------------------------------------------------

    def _headers(self) -> dict[str, str]:
        return {
            "X-App-Id": self.settings.app_id,
            "X-App-Token": self.connection.token,
        }

    def _problem(self, content: Mapping[str, Any]) -> str:
        return answers.problem_of(content)

    def _card(self, method: str, member_id: str, *path: str, **more: Any) -> Any:
        parts = ("v1", "loyalties", "members", member_id, *path)
        return self._request(method, parts, **more)

    def _adjust(
        self,
        key: str,
        member_id: str,
        points: int,
        reason: str,
        kind: str,
        again: bool,
    ) -> Steps[Movement | Refusal]:
        if again:
            done = yield from self._find(key, member_id)
            if done is not None:
                return _same(done, points, kind)
        body = {"points": points, "source_id": key}
        if reason:
            body["reason"] = reason
        request = self._card("POST", member_id, "balance", body=body)
        reply = yield from self._ask(request, effect=True)
        if not reply.is_success:
            return (yield from self._why_not(reply, member_id, points))
        # The answer names no transaction: the list does.
        done = yield from self._find(key, member_id)
        if done is None:
            raise self._invalid("the adjustment is not listed", effect=True)
        return _same(done, points, kind)

    def _why_not(self, reply: Any, member_id: str, points: int) -> Steps[Refusal]:
        balance = yield from self.balance(member_id)
        if isinstance(balance, Refusal):
            return balance
        if points < 0 and balance.points < -points:
            return Refusal(reason="not_enough", available=balance.points)
        raise self._rejected(reply)

    def _find(self, key: str, member_id: str) -> Steps[Movement | None]:
        """Return the transaction that carries our key, newest pages first."""
        cursor = None
        for _page in range(PAGES_SEARCHED_MAX):
            page = yield from self.transactions(
                MovementQuery(member_id=member_id, cursor=cursor)
            )
            if isinstance(page, Refusal):
                return None
            found = next((one for one in page.items if one.key == key), None)
            if found is not None or page.next_cursor is None:
                return found
            cursor = page.next_cursor
        raise self._invalid(f"no end of transactions after {PAGES_SEARCHED_MAX} pages")


def _same(done: Movement, points: int, kind: str) -> Movement | Refusal:
    """Return what our key did, a conflict if it did something else."""
    if done.points != points:
        return Refusal(
            reason="conflict", detail=f"The key has moved {done.points} points before."
        )
    return Movement(**{**vars(done), "kind": kind})
