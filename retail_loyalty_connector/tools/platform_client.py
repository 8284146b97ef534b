"""The operations that every loyalty platform's client has, as conversations.

Lives here: the contract (``PlatformClient``). Lives elsewhere: the shapes
(``tools/platform.py``, ``tools/platform_orders.py``), asking and reading
(``tools/platform_transport.py``), vendors (``tools/<vendor>.py``). How to write one:
``docs/loyalty-platforms.md``.

A client does no I/O. An operation is a generator that yields requests, is sent the
answers and returns the result, so that it can ask before it acts and still be tested
with examples from the vendor's papers. It holds no state: an operation that broke off
is begun again from the start, with ``again`` set, and must then not have its effect a
second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from odoo.addons.retail_integration_base.tools.signing import Secret

from .platform import (
    Balance,
    BalancePage,
    Capabilities,
    Hold,
    Member,
    Movement,
    MovementPage,
    Notice,
    Profile,
    Quote,
    Refusal,
)
from .platform_orders import (
    Accrual,
    Basket,
    Capture,
    Identity,
    MovementQuery,
    Reservation,
    Reversal,
)
from .platform_transport import PlatformTransport, Steps


class PlatformClient(PlatformTransport):
    """What one vendor's client can be asked.

    Every method raises until it is there; lists of balances, profiles, merging and
    erasing are refused.

    Called by connectors. Each method may raise ``RateLimited``, ``RemoteUnavailable``,
    ``ConcurrentUpdate`` (try later), ``RejectedByRemote``, ``ConfigurationError`` (a
    person acts) and ``PlatformAnswerInvalid``. Methods with an effect have it once per
    key: a vendor that recognises keys is sent the key, another is asked first whether
    the effect is there, if ``again`` says that it may be.
    """

    capabilities: Capabilities
    #: what a person does at the vendor where no call does it: ``merge``, ``part``,
    #: ``erase`` -> words for an exception, without anybody's name or number
    by_hand: Mapping[str, str] = {}

    def _unsupported(self, what: str) -> Refusal:
        return Refusal(reason="unsupported", detail=f"{self.vendor} has no {what}.")

    def member_find(self, identity: Identity) -> Steps[Member | Refusal]:
        """Return the member with this identity, or ``unknown_member``."""
        raise self._absent("member_find")

    def member_enrol(self, key: str, identity: Identity) -> Steps[Member | Refusal]:
        """Return a new member, or ``member_exists``."""
        raise self._absent("member_enrol")

    def balance(self, member_id: str) -> Steps[Balance | Refusal]:
        """Return what a member can spend, or ``unknown_member``."""
        raise self._absent("balance")

    def balances(self, cursor: str | None = None) -> Steps[BalancePage | Refusal]:
        """Return a page of everybody's points."""
        yield from ()
        return self._unsupported("balances of all members")

    def profile(self, member_id: str) -> Steps[Profile | Refusal]:
        """Return who a member is, or ``unknown_member``."""
        yield from ()
        return self._unsupported("profiles")

    def tell_profile(self, profile: Profile) -> Steps[Refusal | None]:
        """Change what the platform holds of a member; absent facts stay as they are.

        Said again it changes nothing more.
        """
        yield from ()
        return self._unsupported("profiles from elsewhere")

    def member_merge(self, member_id: str, other_id: str) -> Steps[Refusal | None]:
        """Let ``member_id`` be ``other_id`` from now on; said again, nothing happens.

        Their points have gone over before, by orders.
        """
        yield from ()
        return self._left_to_a_person("merge")

    def member_part(self, member_id: str, other_id: str) -> Steps[Refusal | None]:
        """Let ``member_id``, merged into ``other_id``, be somebody again."""
        yield from ()
        return self._left_to_a_person("part")

    def member_erase(self, member_id: str) -> Steps[Refusal | None]:
        """Forget who a member is, or ``unknown_member``; again, nothing happens."""
        yield from ()
        return self._left_to_a_person("erase")

    def _left_to_a_person(self, what: str) -> Refusal:
        return Refusal(reason="unsupported", detail=self.by_hand.get(what, ""))

    def quote(self, member_id: str, basket: Basket) -> Steps[Quote | Refusal]:
        """Return what a basket would earn; changes nothing."""
        raise self._absent("quote")

    def reserve(
        self, order: Reservation, *, again: bool = False
    ) -> Steps[Hold | Refusal]:
        """Lock points: ``not_enough`` with what there is, ``unsupported``."""
        raise self._absent("reserve")

    def capture(
        self, order: Capture, *, again: bool = False
    ) -> Steps[Movement | Refusal]:
        """Take points: ``resolved`` if the hold ended otherwise, ``expired``."""
        raise self._absent("capture")

    def void(
        self, key: str, hold_id: str, *, again: bool = False
    ) -> Steps[Refusal | None]:
        """Free held points; ``None`` if they are free, however that came about.

        ``resolved`` if they were captured.
        """
        raise self._absent("void")

    def accrue(
        self, order: Accrual, *, again: bool = False
    ) -> Steps[Movement | Refusal]:
        """Give points; ``conflict`` if the key gave others before."""
        raise self._absent("accrue")

    def reverse(
        self, order: Reversal, *, again: bool = False
    ) -> Steps[Movement | Refusal]:
        """Undo an accrual or a redemption; ``not_enough`` if they are spent."""
        raise self._absent("reverse")

    def transactions(self, query: MovementQuery) -> Steps[MovementPage | Refusal]:
        """Return one page of the platform's ledger."""
        raise self._absent("transactions")

    def verify_webhook(
        self,
        secrets: Sequence[Secret],
        *,
        headers: Mapping[str, str],
        body: bytes,
        url: str,
        now: datetime,
    ) -> None:
        """Accept a webhook's sender, or raise ``AuthenticationError``."""
        raise self._absent("verify_webhook")

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Return what an accepted webhook says.

        :raises PayloadInvalid: it says nothing that can be understood
        :raises UnknownTopic: a kind that is none of ours
        """
        raise self._absent("parse_webhook")
