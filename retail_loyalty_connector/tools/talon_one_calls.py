"""Talon.One's address book: settings, paths, and the questions that operations share.

Lives here: requests to sessions, profiles and ledgers. Lives elsewhere: the operations
(``tools/talon_one.py``), reading (``tools/talon_one_answer.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from odoo.addons.retail_integration_base.tools.clock import utc_now
from odoo.addons.retail_integration_base.tools.vendor_json import objects

from . import talon_one_answer as answers
from .platform import Balance, Movement, Refusal
from .platform_client import PlatformClient
from .platform_orders import Identity
from .platform_transport import Connection, Reply, Steps
from .talon_one_answer import Ledger

ENTRIES_PER_PAGE = 500


@dataclass(frozen=True, kw_only=True)
class TalonOneSettings:
    """What a deployment looks like.

    :param member_by: what profiles are called by: ``card`` or ``phone``.
    :param earn_attribute: of a session; the campaign's rule gives so many points.
    :param spend_attribute: of a session; the rule takes so many, if they are there.
    :param stores: our store codes -> its stores, where they are known there.
    """

    ledger: Ledger
    member_by: str = "card"
    earn_attribute: str = "retail_earn_points"
    spend_attribute: str = "retail_spend_points"
    stores: Mapping[str, str] = field(default_factory=dict)


class TalonOneCalls(PlatformClient):
    """What Talon.One's operations are made of."""

    vendor = "Talon.One"

    def __init__(self, connection: Connection, settings: TalonOneSettings) -> None:
        super().__init__(connection)
        self.settings = settings
        self.ledger = settings.ledger

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"ApiKey-v1 {self.connection.token}"}

    def _problem(self, content: Mapping[str, Any]) -> str:
        return answers.problem_of(content)

    def _profile_id(self, identity: Identity) -> str | None:
        """Return the integration id of a profile, ``None`` if it has another name."""
        known = {"card": identity.card, "phone": identity.phone}
        return identity.member_id or known.get(self.settings.member_by)

    def _profile_is_there(self, member_id: str) -> Steps[bool]:
        path = ("v1", "customer_profiles", member_id, "inventory")
        request = self._request("GET", path, query={"profile": "true"})
        reply = yield from self._ask(request)
        if reply.status == 404:
            return False
        self._check_done(reply)
        return True

    def _balance(self, member_id: str) -> Steps[Balance | Refusal]:
        path = (*self._ledger_path(member_id), "balances")
        request = self._request("GET", path, query={"includeTiers": "true"})
        reply = yield from self._ask(request)
        if reply.status == 404:
            return Refusal(reason="unknown_member", detail=self._problem(reply.content))
        self._check_done(reply)
        return self._parsed(
            lambda content: answers.balance_of(content, member_id, self.ledger),
            reply.content,
        )

    def _entries(
        self, member_id: str, query: Mapping[str, str]
    ) -> Steps[tuple[list[Movement], bool]]:
        """Return ledger entries and whether there are more; none of a stranger."""
        asked = {"pageSize": str(ENTRIES_PER_PAGE), **query}
        if self.ledger.subledger:
            asked["subledgerId"] = self.ledger.subledger
        path = (*self._ledger_path(member_id), "transactions")
        reply = yield from self._ask(self._request("GET", path, query=asked))
        if reply.status == 404:
            return [], False
        self._check_done(reply)

        def read(content: Mapping[str, Any]) -> list[Movement]:
            listed = objects(content, "data", "", required=True)
            return [answers.movement_of(e, member_id, self.ledger) for e in listed]

        found = self._parsed(read, reply.content)
        return found, reply.content.get("hasMore") is True

    def _posted(
        self, member_id: str, session_id: str, sign: int
    ) -> Steps[list[Movement]]:
        """Return what a session has added (``sign`` 1) or taken (-1), oldest first."""
        found, _more = yield from self._entries(
            member_id, {"customerSessionIDs": session_id}
        )
        signed = [one for one in found if one.points * sign > 0]
        return sorted(signed, key=lambda one: (one.at, one.movement_id))

    def _close(
        self,
        session_id: str,
        member_id: str,
        facts: Mapping[str, Any],
        *,
        dry: bool = False,
    ) -> Steps[Reply]:
        """Close a session, which makes the rules of the campaign count."""
        session = {"profileId": member_id, "state": "closed", **facts}
        request = self._request(
            "PUT",
            ("v2", "customer_sessions", session_id),
            {"customerSession": session, "responseContent": ["customerSession"]},
            query={"dry": "true"} if dry else None,
        )
        return (yield from self._ask(request, effect=not dry))

    def _cancel(self, session_id: str, member_id: str) -> Steps[Reply]:
        request = self._request(
            "PUT",
            ("v2", "customer_sessions", session_id),
            {"customerSession": {"profileId": member_id, "state": "cancelled"}},
        )
        return (yield from self._ask(request, effect=True))

    def _is_cancelled(self, session_id: str) -> Steps[bool]:
        path = ("v2", "customer_sessions", session_id)
        reply = yield from self._ask(self._request("GET", path))
        session = reply.content.get("customerSession")
        return isinstance(session, Mapping) and session.get("state") == "cancelled"

    def _effect(
        self,
        reply: Reply,
        kinds: frozenset[str],
        sign: int,
        movement: Mapping[str, Any],
    ) -> Movement | None:
        """Return what an answer says that it moved, ``None`` for nothing."""
        found = self._parsed(
            lambda content: answers.effects_of(content, kinds, self.ledger),
            reply.content,
            effect=True,
        )
        if not found:
            return None
        # The answer tells no time of its entries; the ledger's list does, later.
        at = utc_now()
        return answers.joined(
            [
                Movement(
                    movement_id=entry_id, points=sign * abs(points), at=at, **movement
                )
                for entry_id, points in found
            ]
        )

    def _store(self, store: str | None) -> dict[str, str]:
        known = self.settings.stores.get(store or "")
        return {"storeIntegrationId": known} if known else {}

    def _ledger_path(self, member_id: str) -> tuple[str, ...]:
        program_id = str(self.ledger.program_id)
        return ("v1", "loyalty_programs", program_id, "profile", member_id)
