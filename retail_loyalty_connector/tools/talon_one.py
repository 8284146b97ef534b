"""Talon.One: what is asked of it.

Lives here: the operations of ``PlatformClient`` for Talon.One. Lives elsewhere: what a
session does (``tools/talon_one_sessions.py``), reading answers
(``tools/talon_one_answer.py``), notifications (``tools/talon_one_webhook.py``). Called
by Talon.One's connector. Source: Talon.One's description of the Integration API.

Points move there as effects of rules when a *session* is closed, so each order of ours
is a session called by its key; cancelling it takes back what it did, returning lines of
it a part. The campaign needs two rules, see ``docs/loyalty-platforms.md``: one gives as
many points as a session's attribute says, one takes as many if they are there. Points
cannot be locked: the ledger holds them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from odoo.addons.retail_integration_base.tools.clock import to_rfc3339
from odoo.addons.retail_integration_base.tools.signing import Secret

from . import talon_one_answer as answers
from . import talon_one_webhook
from .platform import (
    EFFECTS,
    Balance,
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
from .talon_one_answer import ADDED
from .talon_one_calls import ENTRIES_PER_PAGE
from .talon_one_profiles import BY_HAND, TalonOneProfiles
from .talon_one_sessions import TalonOneSessions, cart_of

NO_HOLDS = "Talon.One locks no points: the ledger holds them."
CAPABILITIES = Capabilities(
    holds=False,
    computes_points=True,
    repeatable=EFFECTS - {"reserve", "void"},
    # Returned lines only; sessions are remembered for good.
    key_lifetime_s=86_400,
    reverses_redemptions=True,
    reverses_in_part=True,
    reverses_lines=True,
    enrols=True,
    tells_key=True,
    tells_profile=True,
    takes_profile=True,
    erases=True,
    point_decimals=2,
    items_per_page=ENTRIES_PER_PAGE,
)


class TalonOneClient(TalonOneProfiles, TalonOneSessions):
    """Talon.One, for one deployment and program."""

    capabilities = CAPABILITIES
    by_hand = BY_HAND

    def balance(self, member_id: str) -> Steps[Balance | Refusal]:
        """Read active, pending and owed points, and the tier."""
        return (yield from self._balance(member_id))

    def quote(self, member_id: str, basket: Basket) -> Steps[Quote | Refusal]:
        """Close a session that is not kept (``dry``) and add up what it would give."""
        reply = yield from self._close(
            f"quote-{basket.ref}", member_id, cart_of(basket), dry=True
        )
        self._check_done(reply)
        found = self._parsed(
            lambda content: answers.effects_of(content, ADDED, self.ledger),
            reply.content,
        )
        return Quote(points=sum(points for _id, points in found))

    # --- spending ---------------------------------------------------------------------

    def reserve(
        self, order: Reservation, *, again: bool = False
    ) -> Steps[Hold | Refusal]:
        """Refuse: an open session locks nothing against other sessions."""
        yield from ()
        return Refusal(reason="unsupported", detail=NO_HOLDS)

    def void(
        self, key: str, hold_id: str, *, again: bool = False
    ) -> Steps[Refusal | None]:
        """Refuse: there is nothing to free."""
        yield from ()
        return Refusal(reason="unsupported", detail=NO_HOLDS)

    def capture(
        self, order: Capture, *, again: bool = False
    ) -> Steps[Movement | Refusal]:
        """Close a session that spends; a key that found too few stays refused."""
        facts = {
            "attributes": {
                self.settings.spend_attribute: self.ledger.to_number(order.points)
            },
            **self._store(order.store),
        }
        return (
            yield from self._post(
                order.key, order.member_id, facts, -order.points, again
            )
        )

    # --- earning and undoing ----------------------------------------------------------

    def accrue(
        self, order: Accrual, *, again: bool = False
    ) -> Steps[Movement | Refusal]:
        """Close a session with the basket, or with the number of points to give."""
        facts: dict[str, Any] = self._store(order.store)
        if order.points is not None:
            number = self.ledger.to_number(order.points)
            facts["attributes"] = {self.settings.earn_attribute: number}
        elif order.basket is not None:
            facts |= cart_of(order.basket)
        return (
            yield from self._post(
                order.key, order.member_id, facts, order.points, again
            )
        )

    def reverse(
        self, order: Reversal, *, again: bool = False
    ) -> Steps[Movement | Refusal]:
        """Cancel the original's session, return lines of it, or post the opposite."""
        sign = -1 if order.original_kind == "accrual" else 1
        if order.whole:
            return (yield from self._undo_whole(order, sign, again))
        if order.lines:
            return (yield from self._return_lines(order, again))
        names = {-1: self.settings.spend_attribute, 1: self.settings.earn_attribute}
        facts = {"attributes": {names[sign]: self.ledger.to_number(order.points)}}
        points = sign * order.points
        return (yield from self._post(order.key, order.member_id, facts, points, again))

    def transactions(self, query: MovementQuery) -> Steps[MovementPage | Refusal]:
        """List a profile's ledger; pages are counted, so new entries may move them."""
        if query.member_id is None:
            return Refusal(
                reason="unsupported", detail="Entries are listed member by member."
            )
        skip = int(query.cursor or 0)
        asked = {"skip": str(skip)}
        period = {"startDate": query.since, "endDate": query.until}
        asked |= {name: to_rfc3339(at) for name, at in period.items() if at}
        found, more = yield from self._entries(query.member_id, asked)
        return MovementPage(
            items=tuple(found),
            next_cursor=str(skip + len(found)) if more and found else None,
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
        """Check the secret in the header; nothing vouches for the body."""
        talon_one_webhook.verify(secrets, headers=headers, body=body, url=url, now=now)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Read which profile's ledger has to be read again."""
        return talon_one_webhook.parse(headers, body)
