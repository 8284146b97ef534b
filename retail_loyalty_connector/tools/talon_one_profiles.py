"""Talon.One's customer profiles: who members are.

Lives here: finding, enrolling, reading and changing a profile. Lives elsewhere: their
points (``tools/talon_one.py``). Source: Talon.One's Integration API, customer profiles.

What a profile says is attributes, whose names a deployment chooses; ours are those that
every deployment begins with, and a phone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from odoo.addons.retail_integration_base.tools.errors import PayloadInvalid
from odoo.addons.retail_integration_base.tools.vendor_json import text_or_none

from .platform import Balance, Member, Profile, Refusal
from .platform_orders import Identity
from .platform_transport import Steps
from .talon_one_calls import TalonOneCalls

NOT_BY_THIS = "Profiles have another identity at Talon.One."
#: Fact about a person -> attribute of the profile.
ATTRIBUTES = {
    "name": "Name",
    "email": "Email",
    "phone": "Phone",
    "birth_date": "BirthDate",
}
#: A phone is no attribute that every deployment has: writing it could be refused.
TOLD = ("name", "email")
BY_HAND = {
    "merge": "Profiles stay two: have each channel call the person by the one that"
    " remains.",
    "part": "Have each channel call the person by the profile of their own again.",
    "erase": "What the profile says of the person is deleted, but it is called by their"
    " phone number: have Talon.One delete the profile itself.",
}


class TalonOneProfiles(TalonOneCalls):
    """What Talon.One knows of members."""

    def member_find(self, identity: Identity) -> Steps[Member | Refusal]:
        """Read the profile of this integration id, then its points."""
        member_id = self._profile_id(identity)
        if member_id is None:
            return Refusal(reason="unsupported", detail=NOT_BY_THIS)
        if not (yield from self._profile_is_there(member_id)):
            return Refusal(reason="unknown_member")
        balance = yield from self._balance(member_id)
        # Who has never had points is no member of the program's ledger yet.
        points = balance.points if isinstance(balance, Balance) else 0
        return Member(member_id=member_id, points=points, customer_ref=member_id)

    def member_enrol(self, key: str, identity: Identity) -> Steps[Member | Refusal]:
        """Make a profile; it is looked for first, as making it again says nothing."""
        member_id = self._profile_id(identity)
        if member_id is None:
            return Refusal(reason="unsupported", detail=NOT_BY_THIS)
        if (yield from self._profile_is_there(member_id)):
            return Refusal(reason="member_exists", detail=member_id)
        body = {"attributes": {}, "responseContent": ["customerProfile"]}
        request = self._request("PUT", ("v2", "customer_profiles", member_id), body)
        reply = yield from self._ask(request, effect=True)
        self._check_done(reply)
        return Member(member_id=member_id, points=0, customer_ref=member_id)

    def profile(self, member_id: str) -> Steps[Profile | Refusal]:
        """Read a profile's attributes; what it is called by is a fact as well."""
        path = ("v1", "customer_profiles", member_id, "inventory")
        request = self._request("GET", path, query={"profile": "true"})
        reply = yield from self._ask(request)
        if reply.status == 404:
            return Refusal(reason="unknown_member", detail=self._problem(reply.content))
        self._check_done(reply)
        return self._parsed(
            lambda content: _profile_of(content, member_id, self.settings.member_by),
            reply.content,
        )

    def tell_profile(self, profile: Profile) -> Steps[Refusal | None]:
        """Change attributes of a profile that is there; others stay as they are."""
        if not (yield from self._profile_is_there(profile.member_id)):
            return Refusal(reason="unknown_member", detail=profile.member_id)
        told = {
            ATTRIBUTES[fact]: value
            for fact in TOLD
            if (value := getattr(profile, fact)) is not None
        }
        if profile.birth_date:
            told[ATTRIBUTES["birth_date"]] = f"{profile.birth_date}T00:00:00Z"
        body = {"attributes": told, "responseContent": ["customerProfile"]}
        path = ("v2", "customer_profiles", profile.member_id)
        reply = yield from self._ask(self._request("PUT", path, body), effect=True)
        self._check_done(reply)
        return None

    def member_erase(self, member_id: str) -> Steps[Refusal | None]:
        """Delete attributes, everywhere in the environment (``deleteCustomerData``).

        The profile's own name stays, which may be a phone number.
        """
        path = ("v1", "customer_data", member_id)
        reply = yield from self._ask(self._request("DELETE", path), effect=True)
        if reply.status == 404:
            return Refusal(reason="unknown_member", detail=self._problem(reply.content))
        self._check_done(reply)
        if self.settings.member_by == "phone":
            return self._left_to_a_person("erase")
        return None


def _profile_of(content: Mapping[str, Any], member_id: str, member_by: str) -> Profile:
    profile = content.get("profile")
    if not isinstance(profile, Mapping):
        raise PayloadInvalid("/profile", "is missing")
    told = profile.get("attributes")
    told = told if isinstance(told, Mapping) else {}
    facts = {fact: text_or_none(told, name) for fact, name in ATTRIBUTES.items()}
    if facts["birth_date"]:
        # A day is a moment there.
        facts["birth_date"] = facts["birth_date"][:10]
    return Profile(member_id=member_id, **{**facts, member_by: member_id})
