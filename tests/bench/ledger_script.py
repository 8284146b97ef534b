"""What ``odoo shell`` does for the ledger's measurements: it reads this file.

Lives here: members with points, and clients of the ledger's Python API, each a process
with one connection, as Odoo's workers are. Not here: what it is compared with, and the
ratios (``ledger.py``). Reads its task from RETAIL_BENCH_TASK and writes what it found
to RETAIL_BENCH_ANSWER, both JSON.
"""

import json
import logging
import os
import random
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.sql_db import Cursor

from odoo.addons.retail_loyalty_connector.tools.postings import (
    Capture,
    HoldRequest,
    Posting,
)

TASK = json.loads(os.environ["RETAIL_BENCH_TASK"])
POINTS = 1_000_000_000


def prepare(env: api.Environment) -> dict:
    """Make a program, members with points, and as many native cards."""
    program = env["retail.loyalty.program"].create(
        {"name": "Bench", "code": f"bench-{uuid.uuid4()}"}
    )
    partners = env["res.partner"].create(
        [{"name": f"Member {n}"} for n in range(TASK["accounts"])]
    )
    members = env["retail.loyalty.member"].create(
        [{"program_id": program.id, "partner_id": one.id} for one in partners]
    )
    accounts = members.account_ids.ids
    env["retail.loyalty.ledger"]._post(
        Posting(str(uuid.uuid4()), account, "accrual", POINTS) for account in accounts
    )
    native = env["loyalty.program"].create({"name": "Bench", "program_type": "loyalty"})
    cards = env["loyalty.card"].create(
        [
            {"program_id": native.id, "partner_id": one.id, "points": POINTS}
            for one in partners
        ]
    )
    env.cr.commit()
    return {
        "accounts": sorted(accounts),
        "cards": cards.ids,
        "members": members.mapped("uuid"),
    }


def key(env: api.Environment) -> dict:
    """Give the backend a key without limit that opens what tills ask."""
    backend = env["retail.backend"].search([("code", "=", TASK["backend"])])
    record, text = env["retail.api.key"]._issue(backend, "bench", "loyalty:read")
    record.limit_per_minute = 0
    env.cr.commit()
    return {"text": text}


def pair(cr: Cursor, account: int) -> None:
    """Reserve and capture, each in a transaction and an environment of its own."""
    hold = str(uuid.uuid4())
    ledger = api.Environment(cr, SUPERUSER_ID, {})["retail.loyalty.ledger"]
    _expect(ledger._reserve(HoldRequest(hold, account, _points(), 900)).done)
    cr.commit()
    ledger = api.Environment(cr, SUPERUSER_ID, {})["retail.loyalty.ledger"]
    _expect(ledger._capture(Capture(hold)).done)
    cr.commit()


def pooled(cr: Cursor, account: int) -> None:
    """Reserve and capture, each on a connection that Odoo's pool resets before."""
    hold = str(uuid.uuid4())
    registry = Registry(cr.dbname)
    with registry.cursor() as own:
        ledger = api.Environment(own, SUPERUSER_ID, {})["retail.loyalty.ledger"]
        _expect(ledger._reserve(HoldRequest(hold, account, _points(), 900)).done)
    with registry.cursor() as own:
        ledger = api.Environment(own, SUPERUSER_ID, {})["retail.loyalty.ledger"]
        _expect(ledger._capture(Capture(hold)).done)


def native(cr: Cursor, card: int) -> None:
    """Take points as Odoo's own loyalty does: write the card, create its history."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    points = _points()
    env["loyalty.card"].browse(card).points -= points
    env["loyalty.history"].create(
        {"card_id": card, "description": "bench", "issued": 0, "used": points}
    )
    cr.commit()


def _points() -> int:
    return random.randint(1, 5)


def clients(work: Callable[[Cursor, int], None], subjects: list[int]) -> dict:
    """Let processes work at the same time; return how often they did it, per second."""
    reads, starts = [], time.monotonic() + 1.0
    for number in range(TASK["clients"]):
        read, write = os.pipe()
        if os.fork() == 0:
            os.close(read)
            os.write(write, str(_client(work, subjects, number, starts)).encode())
            os._exit(0)
        os.close(write)
        reads.append(read)
    counts = [int(os.fdopen(read).read()) for read in reads]
    for _read in reads:
        os.wait()
    return {"rate": sum(counts) / TASK["seconds"]}


def _client(work: Callable, subjects: list[int], number: int, starts: float) -> int:
    random.seed(number)
    # Odoo's own way logs each conflict as an error; here they are part of it.
    logging.getLogger("odoo.sql_db").setLevel(logging.CRITICAL)
    # The parent's connections are not ours to use.
    sql_db._Pool = sql_db._Pool_readonly = None
    registry = Registry(TASK["database"])
    registry._db = sql_db.db_connect(TASK["database"])
    with registry.cursor() as cr:
        work(cr, random.choice(subjects))  # warm
        time.sleep(max(0.0, starts - time.monotonic()))
        ends, count = starts + TASK["seconds"], 0
        while time.monotonic() < ends:
            try:
                work(cr, random.choice(subjects))
                count += 1
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                cr.rollback()
    return count


def batch(env: api.Environment) -> dict:
    """Post accruals in one transaction, in turns over the accounts."""
    accounts = TASK["subjects"]
    postings = [
        Posting(str(uuid.uuid4()), accounts[n % len(accounts)], "accrual", 1 + n % 50)
        for n in range(TASK["count"])
    ]
    env.cr.execute("SELECT coalesce(max(id), 0) FROM retail_loyalty_entry")
    (after,) = env.cr.fetchone()
    started = time.monotonic()
    answers = env["retail.loyalty.ledger"]._post(postings)
    env.cr.commit()
    seconds = time.monotonic() - started
    _expect({answer.state for answer in answers} == {"posted"})
    return {"seconds": seconds, "after": after}


def balances(env: api.Environment) -> dict:
    """Ask balances one after another; return what 95 of 100 took at most."""
    took = []
    accounts = env["retail.loyalty.account"]
    for account in random.choices(TASK["subjects"], k=TASK["count"]):
        started = time.perf_counter()
        env["retail.loyalty.ledger"]._balance(accounts.browse(account))
        env.cr.commit()
        took.append(time.perf_counter() - started)
    took.sort()
    return {"p95": took[len(took) * 95 // 100]}


def _expect(done: bool) -> None:
    if not done:
        raise RuntimeError("the ledger refused what it should have done")


def main(env: api.Environment) -> None:
    """Do the task and tell what came of it."""
    tasks = {
        "prepare": lambda: prepare(env),
        "key": lambda: key(env),
        "pairs": lambda: clients(pair, TASK["subjects"]),
        "pooled": lambda: clients(pooled, TASK["subjects"]),
        "native": lambda: clients(native, TASK["subjects"]),
        "batch": lambda: batch(env),
        "balances": lambda: balances(env),
    }
    answer = tasks[TASK["name"]]()
    Path(os.environ["RETAIL_BENCH_ANSWER"]).write_text(json.dumps(answer), "utf-8")


main(env)  # noqa: F821  # odoo shell has it
