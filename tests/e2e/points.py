"""Tills that pay with points, as a scenario sees them: honest clients with a journal.

Lives here: members with points, clients that hold, capture, void, sell, take goods back
and repeat over HTTP, and what each was told last. Not here: their receipts
(``points_sales.py``), what breaks meanwhile, and what must hold afterwards
(``test_points_hammer.py``).
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runtime.system import System

from .points_sales import QTY_MAX, Register

LOYALTY = "/retail/v1/loyalty"
TIMEOUT_S = 30.0
PAUSE_S = 0.5
#: at most, between two things that a till does
THINK_S = 0.5
#: Holds that nobody resolves end by themselves after this time.
TTL_S = (2, 600)
POINTS_MAX = 40

SCRIPT = """
import json, os, uuid
from odoo.addons.retail_loyalty_connector.tools.postings import Posting
env = globals()["env"]
backend = env["retail.backend"].search([("code", "=", os.environ["BACKEND"])])
scopes = ("loyalty:read", "loyalty:redeem", "events:write")
key, text = env["retail.api.key"]._issue(backend, "hammer", *scopes)
key.limit_per_minute = 0
program = env["retail.loyalty.program"].create({"name": "Hammer", "code": "hammer"})
env["retail.loyalty.rule"].create(
    {"program_id": program.id, "name": "A point per euro", "points": 1}
)
members = env["retail.loyalty.member"].create(
    [
        {
            "program_id": program.id,
            "partner_id": env["res.partner"].create({"name": f"Hammered {n}"}).id,
            "enrolled_at": "2026-01-01",
        }
        for n in range(int(os.environ["MEMBERS"]))
    ]
)
accounts = env["retail.loyalty.account"].search([("member_id", "in", members.ids)])
env["retail.loyalty.ledger"]._post(
    Posting(str(uuid.uuid4()), one.id, "accrual", int(os.environ["POINTS"]))
    for one in accounts
)
env.cr.commit()
with open(os.environ["ANSWER"], "w") as file:
    json.dump(
        {
            "key": text,
            "members": members.mapped("uuid"),
            "accounts": accounts.ids,
        },
        file,
    )
"""


@dataclass(frozen=True)
class Funded:
    """Members with points, and the key of the tills."""

    key: str
    members: list[str]
    accounts: list[int]


def fund(
    system: System, folder: Path, backend: str, *, members: int, points: int
) -> Funded:
    """Create a program with members who have ``points`` each."""
    answer = folder / "funded.json"
    system.run_shell(
        SCRIPT,
        "Giving members points",
        BACKEND=backend,
        MEMBERS=str(members),
        POINTS=str(points),
        ANSWER=str(answer),
    )
    return Funded(**json.loads(answer.read_text("utf-8")))


@dataclass
class Told:
    """What a client was told last about one of its holds."""

    member: str
    points: int
    state: str = ""
    captured: int = 0


@dataclass
class Till:
    """One honest client: a request without an answer is repeated, key and all.

    :param told: hold id -> what it was told.
    :param repeated: answers that came again, and were the same.
    :param problems: answers that no honest client may get.
    """

    port: int
    funded: Funded
    seed: int
    told: dict[str, Told] = field(default_factory=dict)
    requests: int = 0
    repeated: int = 0
    lost: int = 0
    problems: list[str] = field(default_factory=list)
    register: Register = field(init=False)

    def __post_init__(self) -> None:
        self.register = Register(str(self.seed))

    def play(self, over: threading.Event) -> None:
        """Do one thing after the other until it is ``over``."""
        chance = random.Random(self.seed)
        while not over.is_set():
            mine = [key for key, told in self.told.items() if told.state == "open"]
            if chance.random() < 0.25:
                self._trade(chance)
            elif mine and chance.random() < 0.6:
                self._resolve(chance.choice(mine), chance)
            else:
                self._hold(chance)
            # A till waits for its cashier, and leaves the machine to other tests.
            time.sleep(chance.random() * THINK_S)

    def _hold(self, chance: random.Random) -> None:
        hold_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        told = Told(chance.choice(self.funded.members), chance.randint(1, POINTS_MAX))
        self.told[hold_id] = told
        body = {
            "hold_id": hold_id,
            "member_id": told.member,
            "points": told.points,
            "ttl_s": chance.choice(TTL_S),
        }
        self._ask(hold_id, "/holds", body, chance)

    def _resolve(self, hold_id: str, chance: random.Random) -> None:
        told = self.told[hold_id]
        if chance.random() < 0.3:
            self._ask(hold_id, f"/holds/{hold_id}/void", {}, chance)
            return
        body = {}
        if chance.random() < 0.5:
            body["points"] = chance.randint(1, told.points)
        self._ask(hold_id, f"/holds/{hold_id}/capture", body, chance)

    def _trade(self, chance: random.Random) -> None:
        back = self.register.returnable
        if back and chance.random() < 0.6:
            sale = chance.choice(back)
            qty = chance.randint(1, sale.qty - sale.returned)
            body = self.register.bring_back(sale, qty)
        else:
            member = chance.choice(self.funded.members)
            body = self.register.sell(member, chance.randint(1, QTY_MAX))
        for _time in range(2 if chance.random() < 0.2 else 1):
            status, answer = self._insist("/transactions", body, body["id"])
            if status not in (200, 202) or answer["id"] != body["id"]:
                self.problems.append(f"/transactions: {status} {answer}")

    def _ask(
        self, hold_id: str, path: str, body: dict[str, Any], chance: random.Random
    ) -> None:
        key = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        status, answer = self._insist(path, body, key)
        if chance.random() < 0.2:
            again = self._insist(path, body, key)
            self.repeated += 1
            if again != (status, answer):
                self.problems.append(f"{path}: {status} {answer}, then {again}")
        self._note(hold_id, path, status, answer)

    def _note(
        self, hold_id: str, path: str, status: int, answer: dict[str, Any]
    ) -> None:
        told = self.told[hold_id]
        if status in (200, 201):
            told.state, told.captured = answer["state"], answer["captured"]
        elif status == 409 and path == "/holds" and "available" in answer:
            told.state = "refused"
        elif status == 410:
            told.state = "expired"
        elif status == 409 and path.endswith("/void"):
            # Its time was over, and it was captured before: nobody else resolves it.
            self.problems.append(f"{path}: {answer}")
        else:
            self.problems.append(f"{path}: {status} {answer}")

    def _insist(
        self, path: str, body: dict[str, Any], key: str
    ) -> tuple[int, dict[str, Any]]:
        while True:
            self.requests += 1
            status, answer = self._request(path, body, key)
            if status and status != 503 and not _is_running(status, answer):
                return status, answer
            self.lost += 1
            time.sleep(PAUSE_S)

    def _request(
        self, path: str, body: dict[str, Any], key: str
    ) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=TIMEOUT_S
        )
        try:
            connection.request(
                "POST",
                LOYALTY + path,
                json.dumps(body),
                {
                    "Content-Type": "application/json",
                    "Authorization": f"Bearer {self.funded.key}",
                    "Idempotency-Key": f'"{key}"',
                },
            )
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}
        finally:
            connection.close()


def _is_running(status: int, answer: dict[str, Any]) -> bool:
    """Tell whether the first request under this key has no answer yet."""
    return status == 409 and answer.get("code") == "RET-1408"
