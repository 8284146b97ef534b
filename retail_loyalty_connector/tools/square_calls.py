"""Square's address book: settings, paths, and the questions that operations share.

Lives here: requests to ``/v2/loyalty`` and lookups of accounts, rewards and tiers.
Lives elsewhere: the operations (``tools/square.py``), reading
(``tools/square_answer.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from odoo.addons.retail_integration_base.tools.errors import ConfigurationError
from odoo.addons.retail_integration_base.tools.http_client import OutboundRequest
from odoo.addons.retail_integration_base.tools.vendor_json import objects

from . import square_answer as answers
from .platform import Hold, Movement, Refusal
from .platform_client import PlatformClient
from .platform_transport import Connection, Reply, Steps

VERSION = "2025-08-20"
REUSED = "IDEMPOTENCY_KEY_REUSED"


@dataclass(frozen=True, kw_only=True)
class SquareSettings:
    """What a seller's account looks like.

    :param locations: store code -> Square's location; ``location_id`` for the others.
    :param tiers: points -> reward tier; asked for with each hold if empty.
    :param currency_decimals: currency -> decimals of its smallest unit, where not 2.
    """

    location_id: str
    locations: Mapping[str, str] = field(default_factory=dict)
    program_id: str = "main"
    tiers: Mapping[int, str] = field(default_factory=dict)
    currency_decimals: Mapping[str, int] = field(default_factory=dict)
    version: str = VERSION


class SquareCalls(PlatformClient):
    """What Square's operations are made of."""

    vendor = "Square"

    def __init__(self, connection: Connection, settings: SquareSettings) -> None:
        super().__init__(connection)
        self.settings = settings

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.connection.token}",
            "Square-Version": self.settings.version,
        }

    def _problem(self, content: Mapping[str, Any]) -> str:
        return answers.problem_of(content)

    def _loyalty(
        self, method: str, *path: str, body: Mapping[str, Any] | None = None
    ) -> OutboundRequest:
        return self._request(method, ("v2", "loyalty", *path), body)

    def _account(self, member_id: str) -> Steps[Mapping[str, Any] | Refusal]:
        reply = yield from self._ask(self._loyalty("GET", "accounts", member_id))
        if self._is_missing(reply):
            return Refusal(reason="unknown_member", detail=self._problem(reply.content))
        self._check_done(reply)
        return self._part(reply, "loyalty_account")

    def _hold(self, hold_id: str) -> Steps[Hold | Refusal]:
        reply = yield from self._ask(self._loyalty("GET", "rewards", hold_id))
        if self._is_missing(reply):
            return Refusal(reason="unknown_hold", detail=self._problem(reply.content))
        self._check_done(reply)
        return self._parsed(answers.hold_of, self._part(reply, "reward"))

    def _program(self) -> Steps[Mapping[str, Any]]:
        program_id = self.settings.program_id
        reply = yield from self._ask(self._loyalty("GET", "programs", program_id))
        self._check_done(reply)
        return self._part(reply, "program")

    def _tiers(self) -> Steps[dict[int, str]]:
        """Return the numbers of points that can be held, and the tier of each."""
        program = yield from self._program()
        return self._parsed(answers.tiers_of, program)

    def _adjust(
        self,
        key: str,
        member_id: str,
        points: int,
        reason: str,
        *,
        allow_negative: bool = False,
    ) -> Steps[Movement | Refusal]:
        """Add or take points; the reason carries our key, to be found again by it."""
        body = {
            "idempotency_key": key,
            "adjust_points": {
                "points": points,
                "reason": answers.reason_with(key, reason),
            },
            "allow_negative_balance": allow_negative,
        }
        request = self._loyalty("POST", "accounts", member_id, "adjust", body=body)
        reply = yield from self._ask(request, effect=True)
        if not reply.is_success:
            return (yield from self._why_not(reply, member_id, max(0, -points)))
        return self._event(reply)

    def _why_not(self, reply: Reply, member_id: str, points: int) -> Steps[Refusal]:
        """Return why points were refused: Square's code for it is a plain bad request.

        The balance is asked for, so that no words of an error have to be understood.

        :param points: needed in the balance
        :raises RejectedByRemote: for none of the expected reasons
        """
        if answers.code_of(reply.content) == REUSED:
            return self._expected(reply)
        account = yield from self._account(member_id)
        if isinstance(account, Refusal):
            return account
        available = self._parsed(answers.member_of, account).points
        if available < points:
            detail = self._problem(reply.content)
            return Refusal(reason="not_enough", detail=detail, available=available)
        return self._expected(reply)

    def _expected(self, reply: Reply) -> Refusal:
        """Return a refusal for a reused key; anything else is for a person.

        :raises RejectedByRemote: for any other reason
        """
        if answers.code_of(reply.content) == REUSED:
            return Refusal(reason="conflict", detail=self._problem(reply.content))
        raise self._rejected(reply)

    def _listed(
        self, reply: Reply, name: str, *, effect: bool = False
    ) -> list[Mapping[str, Any]]:
        def read(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
            return objects(content, name, "")

        return self._parsed(read, reply.content, effect=effect)

    def _event(self, reply: Reply) -> Movement:
        event = self._part(reply, "event", effect=True)
        return self._parsed(answers.movement_of, event, effect=True)

    def _is_missing(self, reply: Reply) -> bool:
        return reply.status == 404 or answers.code_of(reply.content) == "NOT_FOUND"

    def _location(self, store: str | None) -> str:
        settings = self.settings
        return settings.locations.get(store or "", settings.location_id)

    def _smallest_unit(self, amount: Decimal, currency: str) -> int:
        """Return an amount in cents or whatever the currency's unit is.

        :raises ConfigurationError: it has more decimals than the currency
        """
        decimals = self.settings.currency_decimals.get(currency, 2)
        units = amount.scaleb(decimals)
        if units != units.to_integral_value():
            raise ConfigurationError(
                f"{amount} {currency} has more than {decimals} decimals; tell the "
                "backend how many the currency has."
            )
        return int(units)
