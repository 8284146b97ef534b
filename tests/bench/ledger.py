"""The ledger of points against SQL written by hand, and against Odoo's own way.

Lives here: ``hold_capture_vs_sql``, ``hold_capture_vs_native``, ``balance_growth`` and
``batch_post_vs_insert``. Not here: the clients of the Python API, which run inside
``odoo shell`` (``ledger_script.py``). Called by ``setup/bench``.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from runtime import odoo_process, paths
from runtime.failures import SetupFailure
from runtime.postgres import Cluster

from .findings import Bar, Finding
from .scene import Scene

MODULES = "retail_loyalty_connector,loyalty"
SCRIPT = Path(__file__).with_name("ledger_script.py")
BY_HAND = Path(__file__).with_name("ledger_pair.sql")
COPIED = ("account", "hold", "entry", "lot", "lot_use")
ACCOUNTS = 1_000
CLIENTS = 8
SECONDS = 10
ROUNDS = 3
BATCH = 100_000
SMALL, LARGE = 10_000, 10_000_000
ASKED = 3_000
#: entries per statement
FILL = 1_000_000
FILLING = """
    WITH numbered AS (
        SELECT n, (%s)[1 + n %% %s] AS account_id, 10 + (%s + n) / %s AS sequence
          FROM generate_series(0, %s - 1) AS n
    ), inserted AS (
        INSERT INTO retail_loyalty_entry (uuid, content_hash, program_id, account_id,
            sequence, kind, debit_account_id, credit_account_id, points, amount,
            balance_after, effective_at, recorded_at, previous_hash, entry_hash)
        SELECT gen_random_uuid()::text, md5(n::text), 1, account_id, sequence,
               'accrual', 1, account_id, 5, 5, 5, now(), now(), md5('a'), md5('b')
          FROM numbered
     RETURNING id, account_id
    )
    INSERT INTO retail_loyalty_lot (account_id, entry_id, points, remaining, is_open,
        expires_at)
    SELECT account_id, id, 5, 0, false, now() + interval '1 year' FROM inserted
"""


def measure_pairs(scene: Scene) -> Finding:
    """Reserve and capture by the Python API against ``pgbench`` with plain SQL.

    What makes the two comparable: the same server and durability, eight connections
    that each side keeps open, two commits per pair, members chosen at random, the same
    seven rows written (a hold twice, the account twice, entry, lot and its use) into
    tables with the same columns, indexes and CHECKs. By hand there are no triggers, no
    hashes that are computed, no ids that may come again and no answer to a client.

    Also told, not judged: the same through Odoo's pool, which sends DISCARD ALL when it
    hands a connection out, so that PostgreSQL plans each statement anew.
    """
    made = prepare(scene)
    ours, theirs, pooled = [], [], []
    for _round in range(ROUNDS):
        ours.append(ask(scene, "pairs", subjects=made["accounts"])["rate"])
        theirs.append(_by_hand(scene, made["accounts"]))
        pooled.append(ask(scene, "pooled", subjects=made["accounts"])["rate"])
    return Finding(
        "hold_capture_vs_sql",
        Bar(0.5),
        [one / other for one, other in zip(ours, theirs, strict=True)],
        f"{median(ours):.0f} pairs/s by {CLIENTS} clients on {ACCOUNTS} accounts; by"
        f" hand {median(theirs):.0f}; on connections from Odoo's pool"
        f" {median(pooled):.0f}",
    )


def measure_native(scene: Scene) -> Finding:
    """Reserve and capture against writing a card and its history, as Odoo does."""
    made = prepare(scene)
    ours, theirs = [], []
    for _round in range(ROUNDS):
        ours.append(ask(scene, "pairs", subjects=made["accounts"])["rate"])
        theirs.append(ask(scene, "native", subjects=made["cards"])["rate"])
    return Finding(
        "hold_capture_vs_native",
        Bar(3),
        [one / other for one, other in zip(ours, theirs, strict=True)],
        f"{median(ours):.0f} pairs/s; cards with history {median(theirs):.0f}/s",
    )


def measure_batch_post(scene: Scene) -> Finding:
    """A hundred thousand accruals against one INSERT … SELECT of their entries."""
    made = prepare(scene)
    ours, theirs = [], []
    for _round in range(ROUNDS):
        done = ask(scene, "batch", subjects=made["accounts"], count=BATCH)
        ours.append(done["seconds"])
        theirs.append(_insert(scene, done["after"]))
    return Finding(
        "batch_post_vs_insert",
        Bar(0.2),
        [plain / posted for plain, posted in zip(theirs, ours, strict=True)],
        f"{BATCH} accruals in {median(ours):.1f} s; plain INSERT of their entries"
        f" {median(theirs):.1f} s",
    )


def measure_balance_growth(scene: Scene) -> Finding:
    """The p95 of asking a balance in a large ledger against a small one."""
    made = prepare(scene)
    _fill(scene, made["accounts"], SMALL)
    small = [_balances(scene, made["accounts"]) for _round in range(ROUNDS)]
    _fill(scene, made["accounts"], LARGE)
    large = [_balances(scene, made["accounts"]) for _round in range(ROUNDS)]
    return Finding(
        "balance_growth",
        Bar(0, 1.2),
        [after / before for after, before in zip(large, small, strict=True)],
        f"p95 {median(large) * 1e6:.0f} µs with {LARGE} entries (rows made by SQL,"
        f" without hashes), {median(small) * 1e6:.0f} µs with {SMALL}",
    )


# --- the ledger's side --------------------------------------------------------------


def prepare(scene: Scene) -> dict[str, Any]:
    """Install what is measured once, then make fresh accounts and copied tables.

    :return: ``accounts``, ``cards`` and ``members`` (their uuids)
    """
    installed = scene.sql(
        "SELECT 1 FROM ir_module_module WHERE name = 'loyalty' AND state = 'installed'"
    )
    if not installed:
        scene.install(MODULES)
    # Verifying millions of entries that nobody chained takes minutes, in which no index
    # of theirs can be built and nothing else is measured as it is.
    scene.sql(
        "UPDATE ir_cron SET active = false WHERE id IN (SELECT res_id FROM"
        " ir_model_data WHERE model = 'ir.cron' AND module = %s)",
        MODULES.partition(",")[0],
    )
    made = ask(scene, "prepare", accounts=ACCOUNTS)
    for name in COPIED:
        ours, copy = f"retail_loyalty_{name}", f"retail_bench_{name}"
        scene.sql(f"DROP TABLE IF EXISTS {copy}")
        scene.sql(f"CREATE TABLE {copy} (LIKE {ours} INCLUDING ALL)")
        if name in ("account", "lot"):
            column = "id" if name == "account" else "account_id"
            scene.sql(
                f"INSERT INTO {copy} SELECT * FROM {ours} WHERE {column} = ANY(%s)",
                made["accounts"],
            )
        scene.sql(f"ANALYZE {copy}")
        scene.sql(f"ANALYZE {ours}")
    return made


def ask(scene: Scene, name: str, **task: object) -> dict[str, Any]:
    """Let ``odoo shell`` do a task; return its answer."""
    odoo = scene.system.odoo
    wanted = {
        "name": name,
        "database": odoo.database,
        "clients": CLIENTS,
        "seconds": SECONDS,
        **task,
    }
    with tempfile.TemporaryDirectory(prefix="retail-bench-") as folder:
        answer = Path(folder, "answer.json")
        odoo_process.run_or_fail(
            odoo,
            f"Ledger: {name}",
            *("shell", "-c", str(odoo.configuration), "-d", odoo.database),
            *("--no-http", "--log-level", "warn"),
            stdin=SCRIPT.read_text("utf-8"),
            variables={
                "RETAIL_BENCH_TASK": json.dumps(wanted),
                "RETAIL_BENCH_ANSWER": str(answer),
            },
        )
        if not answer.exists():
            raise SetupFailure(f"The shell ended without an answer to {name}.")
        return json.loads(answer.read_text("utf-8"))


def _balances(scene: Scene, accounts: list[int]) -> float:
    return ask(scene, "balances", subjects=accounts, count=ASKED)["p95"]


def _fill(scene: Scene, accounts: list[int], entries: int) -> None:
    """Bring the ledger to so many entries with their lots, by SQL and unchained."""
    (have,) = scene.sql("SELECT count(*) FROM retail_loyalty_entry")[0]
    scene.sql("ALTER TABLE retail_loyalty_entry DISABLE TRIGGER USER")
    with _without_indexes(scene, "retail_loyalty_entry", "retail_loyalty_lot"):
        while have < entries:
            more = min(FILL, entries - have)
            scene.sql(FILLING, accounts, len(accounts), have, len(accounts), more)
            have += more
    scene.sql("ALTER TABLE retail_loyalty_entry ENABLE TRIGGER USER")
    scene.sql("VACUUM ANALYZE retail_loyalty_entry")
    scene.sql("VACUUM ANALYZE retail_loyalty_lot")


@contextmanager
def _without_indexes(scene: Scene, *tables: str) -> Iterator[None]:
    """Drop the tables' indexes and build them afterwards: millions of rows faster."""
    anew = []
    for table in tables:
        constraints = scene.sql(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype = 'u'",
            table,
        )
        for name, definition in constraints:
            scene.sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            anew.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        indexes = scene.sql(
            "SELECT relname, pg_get_indexdef(oid) FROM pg_class WHERE oid IN ("
            "SELECT indexrelid FROM pg_index"
            " WHERE indrelid = %s::regclass AND NOT indisprimary)",
            table,
        )
        for name, definition in indexes:
            scene.sql(f"DROP INDEX {name}")
            anew.append(definition)
    yield
    scene.sql("SET maintenance_work_mem = '1GB'")
    for statement in anew:
        scene.sql(statement)
    scene.sql("RESET maintenance_work_mem")


# --- what it is compared with -------------------------------------------------------


def _by_hand(scene: Scene, accounts: list[int]) -> float:
    """Run the pair by ``pgbench``; return pairs per second."""
    odoo = scene.system.odoo
    pgbench = Cluster(paths.RUN / "bench" / "postgresql", durable=True).binary(
        "pgbench"
    )
    done = subprocess.run(
        [
            *(str(pgbench), "-n", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS)),
            *("-D", f"first={min(accounts)}", "-D", f"last={max(accounts)}"),
            *("-f", str(BY_HAND), odoo.database),
        ],
        env=odoo.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.M)
    if done.returncode or not found:
        raise SetupFailure(f"pgbench failed: {done.stderr.strip()[-500:]}")
    return float(found[1])


def _insert(scene: Scene, after: int) -> float:
    """Insert the entries behind ``after`` again, into a table with the same indexes."""
    columns = ", ".join(
        row[0]
        for row in scene.sql(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'retail_bench_entry' AND column_name <> 'id'"
        )
    )
    started = time.monotonic()
    scene.sql(
        f"INSERT INTO retail_bench_entry ({columns}) SELECT {columns}"
        " FROM retail_loyalty_entry WHERE id > %s",
        after,
    )
    return time.monotonic() - started
