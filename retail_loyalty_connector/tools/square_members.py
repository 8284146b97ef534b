"""Square's loyalty accounts: who members are and how many points they have.

Lives here: finding, enrolling, balances of one and of all. Lives elsewhere: points that
move (``tools/square.py``), reading (``tools/square_answer.py``).
"""

from __future__ import annotations

from typing import Any

from odoo.addons.retail_integration_base.tools.vendor_json import text_or_none

from . import square_answer as answers
from .platform import Balance, BalancePage, Member, Profile, Refusal
from .platform_orders import Identity
from .platform_transport import Steps
from .square_calls import SquareCalls

ACCOUNTS_PER_PAGE = 200
BY_PHONE = "Square knows members by their phone number only."


class SquareMembers(SquareCalls):
    """What Square knows of members."""

    def member_find(self, identity: Identity) -> Steps[Member | Refusal]:
        """Search by phone, or read an account by its id (``SearchLoyaltyAccounts``)."""
        if identity.member_id:
            account = yield from self._account(identity.member_id)
            if isinstance(account, Refusal):
                return account
            return self._parsed(answers.member_of, account)
        if not identity.phone:
            return Refusal(reason="unsupported", detail=BY_PHONE)
        query = {"mappings": [{"phone_number": identity.phone}]}
        body = {"query": query, "limit": 1}
        request = self._loyalty("POST", "accounts", "search", body=body)
        reply = yield from self._ask(request)
        self._check_done(reply)
        accounts = self._listed(reply, "loyalty_accounts")
        if not accounts:
            return Refusal(reason="unknown_member")
        return self._parsed(answers.member_of, accounts[0])

    def member_enrol(self, key: str, identity: Identity) -> Steps[Member | Refusal]:
        """Make an account for a phone number (``CreateLoyaltyAccount``)."""
        if not identity.phone:
            return Refusal(reason="unsupported", detail=BY_PHONE)
        program = yield from self._program()
        body = {
            "idempotency_key": key,
            "loyalty_account": {
                "program_id": program.get("id"),
                "mapping": {"phone_number": identity.phone},
            },
        }
        request = self._loyalty("POST", "accounts", body=body)
        reply = yield from self._ask(request, effect=True)
        if reply.is_success:
            account = self._part(reply, "loyalty_account", effect=True)
            return self._parsed(answers.member_of, account, effect=True)
        found = yield from self.member_find(identity)
        if isinstance(found, Member):
            return Refusal(reason="member_exists", detail=found.member_id)
        return self._expected(reply)

    def balance(self, member_id: str) -> Steps[Balance | Refusal]:
        """Read an account: points to spend and when some of them end."""
        account = yield from self._account(member_id)
        if isinstance(account, Refusal):
            return account
        return self._parsed(answers.balance_of, account)

    def balances(self, cursor: str | None = None) -> Steps[BalancePage | Refusal]:
        """List all accounts, oldest first (``SearchLoyaltyAccounts`` without query)."""
        body: dict[str, Any] = {"limit": ACCOUNTS_PER_PAGE}
        if cursor:
            body["cursor"] = cursor
        request = self._loyalty("POST", "accounts", "search", body=body)
        reply = yield from self._ask(request)
        self._check_done(reply)
        return BalancePage(
            items=tuple(
                self._parsed(answers.member_of, account)
                for account in self._listed(reply, "loyalty_accounts")
            ),
            next_cursor=text_or_none(reply.content, "cursor"),
        )

    def profile(self, member_id: str) -> Steps[Profile | Refusal]:
        """Read an account's phone; names are in Square's directory of customers."""
        account = yield from self._account(member_id)
        if isinstance(account, Refusal):
            return account
        return self._parsed(answers.profile_of, account)
