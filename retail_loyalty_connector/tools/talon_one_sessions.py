"""Talon.One's sessions: an order is closed, cancelled or returned, once.

Lives here: what follows from a session's answer, and what it says when the answer was
lost. Lives elsewhere: requests (``tools/talon_one_calls.py``), the operations
(``tools/talon_one.py``).

A closed session cannot be closed again, and its ledger entries carry its name: what an
order has done can always be read there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from odoo.addons.retail_integration_base.tools.clock import utc_now
from odoo.addons.retail_integration_base.tools.errors import ConfigurationError

from . import talon_one_answer as answers
from .platform import Movement, Refusal
from .platform_orders import Basket, Reversal
from .platform_transport import Reply, Steps
from .talon_one_answer import ADDED, DEDUCTED
from .talon_one_calls import TalonOneCalls

KINDS = {1: "accrual", -1: "redemption"}
EFFECTS_BY_SIGN = {1: ADDED, -1: DEDUCTED}


class TalonOneSessions(TalonOneCalls):
    """What orders do to sessions."""

    def _post(
        self,
        key: str,
        member_id: str,
        facts: Mapping[str, Any],
        points: int | None,
        again: bool,
    ) -> Steps[Movement | Refusal]:
        """Close the session of an order and return what it moved.

        :param points: expected, signed; ``None`` for whatever a basket gives
        """
        sign = -1 if points is not None and points < 0 else 1
        if again:
            posted = yield from self._posted(member_id, key, sign)
            if posted:
                return _same(answers.joined(posted), points)
        reply = yield from self._close(key, member_id, facts)
        named = {"member_id": member_id, "kind": KINDS[sign], "key": key}
        if reply.is_success:
            moved = self._effect(reply, EFFECTS_BY_SIGN[sign], sign, named)
            if moved is not None:
                return moved
            if points is None:
                return Movement(movement_id=key, points=0, at=utc_now(), **named)
        elif not again:
            # A session of this key is closed already, or the request is wrong.
            posted = yield from self._posted(member_id, key, sign)
            if posted:
                return _same(answers.joined(posted), points)
        return (yield from self._why_nothing(reply, member_id, points or 0))

    def _why_nothing(self, reply: Reply, member_id: str, points: int) -> Steps[Refusal]:
        """Return why a session moved nothing.

        :raises ConfigurationError: there are points enough, so a rule is missing
        :raises RejectedByRemote: the request itself was refused
        """
        balance = yield from self._balance(member_id)
        if isinstance(balance, Refusal):
            return balance
        if points < 0 and balance.points < -points:
            return Refusal(reason="not_enough", available=balance.points)
        if not reply.is_success:
            raise self._rejected(reply)
        name = (
            self.settings.spend_attribute
            if points < 0
            else self.settings.earn_attribute
        )
        raise ConfigurationError(
            f"No rule of a running campaign at Talon.One acts upon {name!r}: the "
            "session was closed and no points moved."
        )

    def _undo_whole(
        self, order: Reversal, sign: int, again: bool
    ) -> Steps[Movement | Refusal]:
        """Cancel a session: what is left of it goes, restored points keep their end."""
        if again and (yield from self._is_cancelled(order.original_key)):
            return (yield from self._undone(order, sign))
        refusal = yield from self._too_few(order, sign)
        if refusal is not None:
            return refusal
        reply = yield from self._cancel(order.original_key, order.member_id)
        if reply.is_success:
            moved = self._effect(reply, EFFECTS_BY_SIGN[sign], sign, self._named(order))
            if moved is not None:
                return moved
        if (yield from self._is_cancelled(order.original_key)):
            return (yield from self._undone(order, sign))
        return Refusal(reason="unknown_original", detail=self._problem(reply.content))

    def _undone(self, order: Reversal, sign: int) -> Steps[Movement | Refusal]:
        """Return what cancelling moved: the ledger's last entries of that size."""
        posted = yield from self._posted(order.member_id, order.original_key, sign)
        last: list[Movement] = []
        while posted and abs(sum(one.points for one in last)) < order.points:
            last.append(posted.pop())
        if not last:
            return Refusal(reason="too_much", detail="Nothing of it was left to undo.")
        return answers.joined(last)

    def _return_lines(self, order: Reversal, again: bool) -> Steps[Movement | Refusal]:
        """Return lines of the original basket; the key goes in a header, for a day."""
        if not again:
            refusal = yield from self._too_few(order, -1)
            if refusal is not None:
                return refusal
        returned = [
            {"position": one.position, "quantity": one.quantity, "sku": one.sku}
            for one in order.lines
        ]
        request = self._request(
            "POST",
            ("v2", "customer_sessions", order.original_key, "returns"),
            {"return": {"returnedCartItems": returned}},
            headers={"Idempotency-Key": order.key},
        )
        reply = yield from self._ask(request, effect=True)
        self._check_done(reply)
        moved = self._effect(reply, DEDUCTED, -1, self._named(order))
        if moved is not None:
            return moved
        # Lines that earned nothing take nothing back.
        nothing = self._named(order)
        return Movement(movement_id=order.key, points=0, at=utc_now(), **nothing)

    def _too_few(self, order: Reversal, sign: int) -> Steps[Refusal | None]:
        """Refuse what would go below zero: Talon.One itself would let it."""
        if sign > 0 or order.allow_negative:
            return None
        balance = yield from self._balance(order.member_id)
        if isinstance(balance, Refusal):
            return balance
        if balance.points >= order.points:
            return None
        return Refusal(reason="not_enough", available=balance.points)

    @staticmethod
    def _named(order: Reversal) -> dict[str, Any]:
        return {
            "member_id": order.member_id,
            "kind": "reversal",
            "key": order.key,
            "reason": order.reason or None,
        }


def cart_of(basket: Basket) -> dict[str, Any]:
    """Return a basket as a session's cart; lines keep their order, they are counted."""
    return {
        "cartItems": [
            {
                "name": line.name or line.sku,
                "sku": line.sku,
                "quantity": line.quantity,
                "price": line.price,
                "category": line.category,
            }
            for line in basket.lines
        ]
    }


def _same(posted: Movement, points: int | None) -> Movement | Refusal:
    """Return what a key has posted, a conflict if it is not what the order says."""
    if points is None or posted.points == points:
        return posted
    return Refusal(
        reason="conflict", detail=f"The key has moved {posted.points} points before."
    )
