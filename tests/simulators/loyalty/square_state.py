"""What Square knows of a seller's members, and how it changes.

Lives here: accounts, rewards, events and their rules. Not here: HTTP, keys and error
bodies (``square``).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from .square_filter import matches

PROGRAM_ID = "d619f755-2d17-41f3-990d-c04ecedd64dd"
TIERS = (10, 100, 250)
LOCATION = "P034NEENMD09F"
EVENTS_MAX = 30


class Unknown(Exception):
    """No such thing here."""


class Wrong(Exception):
    """The request asks for what cannot be."""


class Seller:
    """One seller's loyalty program.

    :param now: its clock.
    :param announce: told about each event.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        announce: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._now = now
        self._announce = announce
        self.accounts: dict[str, dict[str, Any]] = {}
        self.rewards: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.program = _program(self._moment())

    # --- reading ----------------------------------------------------------------------

    def program_of(self, program_id: str) -> dict[str, Any]:
        """Return the program, by its id or as ``main``."""
        if program_id not in ("main", PROGRAM_ID):
            raise Unknown(f"no program {program_id}")
        return self.program

    def account(self, account_id: str) -> dict[str, Any]:
        """Return an account."""
        if account_id not in self.accounts:
            raise Unknown(f"no loyalty account {account_id}")
        return self.accounts[account_id]

    def reward(self, reward_id: str) -> dict[str, Any]:
        """Return a reward, deleted ones too."""
        if reward_id not in self.rewards:
            raise Unknown(f"no reward {reward_id}")
        return self.rewards[reward_id]

    def earned(self, money: Mapping[str, Any]) -> int:
        """Return what an amount earns: a point for each whole unit."""
        return int(money.get("amount") or 0) // 100

    def found_accounts(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the accounts of the given phones or customers."""
        if not body.get("query"):
            return self._all_accounts(body)
        query = body["query"]
        phones = {one.get("phone_number") for one in query.get("mappings") or ()}
        customers = set(query.get("customer_ids") or ())
        found = [
            account
            for account in self.accounts.values()
            if account["mapping"]["phone_number"] in phones
            or account.get("customer_id") in customers
        ]
        # An empty list is left out, as Square's answers do.
        found = found[: body.get("limit", 30)]
        return {"loyalty_accounts": found} if found else {}

    def _all_accounts(self, body: Mapping[str, Any]) -> dict[str, Any]:
        start, limit = int(body.get("cursor") or 0), body.get("limit", 30)
        page = list(self.accounts.values())[start : start + limit]
        more = {"cursor": str(start + limit)} if len(page) == limit else {}
        return {"loyalty_accounts": page, **more} if page else {}

    def found_events(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a page of events, newest first.

        The cursor counts from the newest: what comes in meanwhile moves the pages, so
        that their ends appear twice.
        """
        filters = (body.get("query") or {}).get("filter") or {}
        found = [one for one in reversed(self.events) if matches(one, filters)]
        limit = body.get("limit", EVENTS_MAX)
        start = 0
        if body.get("cursor"):
            start, size = map(int, body["cursor"].split("-"))
            if size > len(self.events):
                raise Wrong("this cursor was not given out")
        page = found[start : start + limit]
        answer: dict[str, Any] = {"events": page} if page else {}
        if start + limit < len(found):
            answer["cursor"] = f"{start + limit}-{len(self.events)}"
        return answer

    # --- changing ---------------------------------------------------------------------

    def enrol(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Make an account for a phone that has none."""
        phone = (given.get("mapping") or {}).get("phone_number")
        if given["program_id"] != PROGRAM_ID or not phone:
            raise Wrong("program_id and mapping.phone_number are needed")
        taken = (one["mapping"]["phone_number"] for one in self.accounts.values())
        if phone in taken:
            raise Wrong("the phone number has an account")
        moment = self._moment()
        account = {
            "id": str(uuid.uuid4()),
            "program_id": PROGRAM_ID,
            "balance": 0,
            "lifetime_points": 0,
            "customer_id": uuid.uuid4().hex[:26].upper(),
            "mapping": {
                "id": str(uuid.uuid4()),
                "phone_number": phone,
                "created_at": moment,
            },
            "created_at": moment,
            "updated_at": moment,
        }
        self.accounts[account["id"]] = account
        return account

    def accumulate(
        self, account: dict[str, Any], given: Mapping[str, Any], location_id: str
    ) -> dict[str, Any]:
        """Give points."""
        points = given.get("points")
        if not points:
            raise Wrong("points or a known order are needed")
        account["lifetime_points"] += points
        return self._move(
            account,
            points,
            "ACCUMULATE_POINTS",
            accumulate_points={"loyalty_program_id": PROGRAM_ID, "points": points},
            location_id=location_id,
        )

    def adjust(
        self,
        account: dict[str, Any],
        change: Mapping[str, Any],
        allow_negative: bool,
        source: str = "LOYALTY_API",
    ) -> dict[str, Any]:
        """Add or take points by hand, the seller's (``SQUARE``) or the interface's."""
        points = change["points"]
        if points < 0 and account["balance"] + points < 0 and not allow_negative:
            raise Wrong("the balance would be negative")
        details = {"loyalty_program_id": PROGRAM_ID, "points": points}
        if change.get("reason"):
            details["reason"] = change["reason"]
        return self._move(
            account, points, "ADJUST_POINTS", source, adjust_points=details
        )

    def expire(self, account: dict[str, Any], points: int) -> dict[str, Any]:
        """End points, as time does."""
        details = {"loyalty_program_id": PROGRAM_ID, "points": -points}
        return self._move(
            account, -points, "EXPIRE_POINTS", "SQUARE", expire_points=details
        )

    def create_reward(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Lock the points of a tier."""
        account = self.account(given["loyalty_account_id"])
        points = self._tier_points(given["reward_tier_id"])
        if account["balance"] < points:
            raise Wrong("not enough points")
        moment = self._moment()
        reward = {
            "id": str(uuid.uuid4()),
            "status": "ISSUED",
            "loyalty_account_id": account["id"],
            "reward_tier_id": given["reward_tier_id"],
            "points": points,
            "created_at": moment,
            "updated_at": moment,
        }
        self.rewards[reward["id"]] = reward
        details = self._reward_details(reward, points=-points)
        self._move(account, -points, "CREATE_REWARD", create_reward=details)
        return reward

    def redeem_reward(self, reward: dict[str, Any], location_id: str) -> dict[str, Any]:
        """Take the locked points for good."""
        if reward["status"] != "ISSUED":
            raise Wrong(f"the reward is {reward['status']}")
        moment = self._moment()
        reward |= {"status": "REDEEMED", "redeemed_at": moment, "updated_at": moment}
        account = self.account(reward["loyalty_account_id"])
        return self._move(
            account,
            0,
            "REDEEM_REWARD",
            redeem_reward=self._reward_details(reward),
            location_id=location_id,
        )

    def delete_reward(self, reward: dict[str, Any]) -> None:
        """Free the locked points."""
        if reward["status"] == "DELETED":
            raise Unknown("the reward is deleted")
        if reward["status"] != "ISSUED":
            raise Wrong("a redeemed reward cannot be deleted")
        reward |= {"status": "DELETED", "updated_at": self._moment()}
        account = self.account(reward["loyalty_account_id"])
        details = self._reward_details(reward, points=reward["points"])
        self._move(account, reward["points"], "DELETE_REWARD", delete_reward=details)

    def _move(
        self,
        account: dict[str, Any],
        points: int,
        kind: str,
        source: str = "LOYALTY_API",
        **facts: Any,
    ) -> dict[str, Any]:
        moment = self._moment()
        account["balance"] += points
        account["updated_at"] = moment
        event = {
            "id": str(uuid.uuid4()),
            "type": kind,
            "created_at": moment,
            "loyalty_account_id": account["id"],
            "source": source,
            **facts,
        }
        self.events.append(event)
        self._announce(event)
        return event

    def _reward_details(self, reward: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        return {"loyalty_program_id": PROGRAM_ID, "reward_id": reward["id"], **more}

    def _tier_points(self, tier_id: str) -> int:
        for tier in self.program["reward_tiers"]:
            if tier["id"] == tier_id:
                return tier["points"]
        raise Wrong(f"no reward tier {tier_id}")

    def _moment(self) -> str:
        text = self._now().isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")


def _program(moment: str) -> dict[str, Any]:
    tiers = [
        {
            "id": str(uuid.uuid5(uuid.UUID(PROGRAM_ID), str(points))),
            "points": points,
            "name": f"A reward of {points} points",
            "created_at": moment,
            "pricing_rule_reference": {"object_id": f"RULE{points}"},
        }
        for points in TIERS
    ]
    return {
        "id": PROGRAM_ID,
        "status": "ACTIVE",
        "reward_tiers": tiers,
        "terminology": {"one": "Point", "other": "Points"},
        "location_ids": [LOCATION],
        "created_at": moment,
        "updated_at": moment,
    }
