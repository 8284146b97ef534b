"""``retail.loyalty.platform.member``: asking a platform about a member.

A webhook that proves nothing, or names somebody new, is a reason to ask. The loop is
``loyalty_asking_mixin.py``. Movements that are read go through the inbox, as those that
are sent.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from odoo import api, models

from odoo.addons.retail_integration_base.tools.clock import as_utc
from odoo.addons.retail_integration_base.tools.errors import (
    ConfigurationError,
    RetailError,
)

from ..tools.platform import Balance, Movement, Profile, Refusal
from ..tools.platform_client import PlatformClient
from ..tools.platform_news import document_of
from ..tools.platform_orders import MovementQuery
from .loyalty_asking_mixin import Asking

_logger = logging.getLogger(__name__)

#: Clocks differ, and a platform may write late.
OVERLAP = timedelta(minutes=15)
PAGES_MAX = 200

CLAIM = """
    UPDATE retail_loyalty_platform_member AS claimed SET claimed_at = %(now)s
     WHERE claimed.id IN (
        SELECT own.id FROM retail_loyalty_platform_member AS own
          JOIN retail_backend AS backend ON backend.id = own.backend_id
         WHERE own.next_at <= %(now)s
           AND (own.claimed_at IS NULL OR own.claimed_at < %(lost)s)
           AND backend.active AND backend.state = 'active'
         ORDER BY own.next_at LIMIT %(limit)s FOR UPDATE OF own SKIP LOCKED)
 RETURNING claimed.id
"""
# Who was asked for once more meanwhile is asked once more.
SETTLED = """
    UPDATE retail_loyalty_platform_member
       SET next_at = CASE WHEN claimed_at = %(claimed)s THEN %(next)s
                          ELSE next_at END,
           is_list_wanted = is_list_wanted
               AND (%(next)s IS NOT NULL OR claimed_at IS DISTINCT FROM %(claimed)s),
           is_profile_untold = is_profile_untold
               AND (%(next)s IS NOT NULL OR claimed_at IS DISTINCT FROM %(claimed)s),
           claimed_at = NULL
     WHERE id = %(id)s
"""


@dataclass(kw_only=True)
class Look(Asking):
    """What a platform is asked about one member, and what it said."""

    member_ref: str
    since: datetime | None
    is_list_wanted: bool
    began_at: datetime
    to_tell: Profile | None = None
    balance: Balance | Refusal | None = None
    profile: Profile | None = None
    movements: tuple[Movement, ...] = ()

    def _converse(self, client: PlatformClient) -> None:
        if self.to_tell and client.capabilities.takes_profile:
            self._do(client.tell_profile(self.to_tell))
        self.balance = self._do(client.balance(self.member_ref))
        if client.capabilities.tells_profile:
            found = self._do(client.profile(self.member_ref))
            self.profile = found if isinstance(found, Profile) else None
        if self.is_list_wanted:
            self.movements = tuple(self._listed(client))

    def _listed(self, client: PlatformClient) -> Iterator[Movement]:
        cursor = None
        for _page in range(PAGES_MAX):
            query = MovementQuery(
                since=self.since, member_id=self.member_ref, cursor=cursor
            )
            page = self._do(client.transactions(query))
            if isinstance(page, Refusal):
                return
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return
        raise ConfigurationError(f"more than {PAGES_MAX} pages of {self.member_ref}")


class RetailLoyaltyPlatformMember(models.Model):
    _inherit = "retail.loyalty.platform.member"

    _claim_query = CLAIM

    @api.model
    def _cron_look(self) -> None:
        """Ask platforms about the members that something is new of."""
        self._work()

    def _prepare_asking(self, now: datetime) -> Look:
        begin = self.read_until_at or self._program().platform_since_at
        look = Look(
            row_id=self.id,
            claimed_at=now,
            member_ref=self.member_ref,
            since=as_utc(begin - OVERLAP) if begin else None,
            is_list_wanted=self.is_list_wanted,
            began_at=now.replace(microsecond=0),
        )
        member = self._known_member()
        if self.is_profile_untold and member:
            look.to_tell = member._profile_to_tell(self.backend_id, self.member_ref)
        return look

    # --- recording --------------------------------------------------------------------

    def _record(self, look: Look) -> None:
        """Take over what the platform said of a member."""
        self.ensure_one()
        row = self.with_company(self.backend_id.company_id)
        if look.error is not None:
            row._note_failure(look, look.error)
            return
        self._note_settled(look, None)
        if isinstance(look.balance, Refusal):
            row._note_gone(look.balance)
            return
        row.write(
            {
                "points": look.balance.points,
                "tier": look.balance.tier or False,
                "told_at": look.began_at,
                "attempt_count": 0,
                "error_code": False,
                "error": False,
                **({"state": "known"} if self.member_id else {}),
            }
        )
        if not row.member_id:
            row._match_told(look)
        if look.is_list_wanted:
            row._store(look)
        if row.member_id:
            row._mirror(look)

    def _note_settled(self, look: Look, later: datetime | None) -> None:
        facts = {"claimed": look.claimed_at, "next": later, "id": self.id}
        self.env.cr.execute(SETTLED, facts)
        self.invalidate_recordset()

    def _match_told(self, look: Look) -> None:
        """Find the member by what the platform says of them."""
        profile = look.profile or Profile(member_id=self.member_ref)
        connector = self.backend_id._connector()
        keys = connector._platform_keys(self.backend_id, self.member_ref)
        told = (("card", profile.card), ("phone", profile.phone))
        told += (("email", profile.email),)
        keys += [pair for pair in told if pair[1] and pair not in keys]
        self._match(keys, profile.name)

    def _store(self, look: Look) -> None:
        """File the movements that were read in the inbox."""
        gateway = self.env["retail.gateway"]
        documents = [document_of(one) for one in look.movements]
        if documents:
            door = gateway._get_door(self.backend_id.id)
            gateway._store_polled(door, "movements", documents)
        self.read_until_at = look.began_at

    def _mirror(self, look: Look) -> None:
        """Hand over what belongs to the platform: the tier, fields of the person."""
        self.member_id._mirror_tier(self.backend_id, look.balance.tier)
        if look.profile:
            self.member_id._take_profile(
                self.backend_id, look.profile, as_utc(look.began_at)
            )

    def _note_gone(self, refusal: Refusal) -> None:
        """The member is there no more: merged into another, or deleted."""
        self.write({"state": "gone", "error": refusal.detail})
        if self.member_id.platform_ref == self.member_ref:
            # The next order finds whom they have become.
            self.member_id.platform_ref = False
        changes = self.env["retail.loyalty.platform.change"]
        changes._note_gone(self.backend_id, self.member_ref)

    def _note_failure(self, look: Look, error: RetailError) -> None:
        tries = self.attempt_count + 1
        later = look.began_at + self._wait(error, tries)
        if not error.retry:
            # What the set-up prevents is asked again too, once an hour.
            later = look.began_at + timedelta(hours=1)
            self.env["retail.exception"].sudo()._open(
                self.backend_id,
                error,
                dedupe_key=f"platform-look:{self.backend_id.id}:{error.code}",
            )
        self._note_settled(look, later)
        self.write(
            {
                "attempt_count": tries,
                "error_code": error.code,
                "error": error.message[:500],
            }
        )
        _logger.info("platform member %s not read: %s (%s)", self.id, error.code, tries)
