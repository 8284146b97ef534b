"""``loyalty_reconcile_vs_join``: a million entries against a platform's own list.

The real source over the real table of entries, compared by the hub, against a bare join
of that table with the list.
"""

from __future__ import annotations

from statistics import median

from .findings import Bar, Finding
from .ledger import prepare
from .reconcile import (
    EACH,
    MEMORY_MIB_MAX,
    MIB,
    ROUNDS,
    ROWS,
    compare_lists,
    time_join,
)
from .scene import LANES, Scene

SOURCE = "retail.reconciliation.source.loyalty.movements"
THERE = "retail_bench_movements"
FILL = (
    "INSERT INTO retail_loyalty_entry (uuid, content_hash, program_id, company_id,"
    " account_id, sequence, kind, debit_account_id, credit_account_id, points, amount,"
    " balance_after, channel, ref, movement_id, reason, effective_at, recorded_at,"
    " previous_hash, entry_hash)"
    " SELECT gen_random_uuid()::text, md5(n::text), account.program_id,"
    "  account.company_id, account.id, 10 + n / %s, 'accrual', own.id, account.id,"
    "  1 + n %% 100, 1 + n %% 100, 5, 'platform', md5('M' || n)::uuid::text, n,"
    "  'A sale in another channel', now() - interval '1 hour', now(), md5('a'),"
    "  md5('b')"
    " FROM generate_series(1, %s) n"
    " JOIN retail_loyalty_account account ON account.id = (%s)[1 + n %% %s]"
    " JOIN retail_loyalty_account own"
    "   ON own.wallet_id = account.wallet_id AND own.kind = 'issue'"
)
LIST = (
    f"CREATE UNLOGGED TABLE {THERE} AS SELECT ref AS id, amount AS points, kind,"
    " ''::text AS state, effective_at::date::text AS day,"
    " row_number() OVER () AS number FROM retail_loyalty_entry"
    " WHERE channel = 'platform' AND program_id = %s"
)
BARE = (
    "SELECT count(*), count(*) FILTER (WHERE h.ref IS NULL),"
    " count(*) FILTER (WHERE t.id IS NULL),"
    " count(*) FILTER (WHERE h.amount <> t.points), sum(h.amount), sum(t.points)"
    " FROM (SELECT ref, amount FROM retail_loyalty_entry"
    "        WHERE channel = 'platform' AND program_id = {program}) h"
    f" FULL OUTER JOIN {THERE} t ON h.ref = t.id"
)


def measure_loyalty_reconcile(scene: Scene) -> Finding:
    """Comparing, from ledger and list to stored differences, against the bare join."""
    program = _make_ledger(scene)
    _make_list(scene, program)
    bare: list[float] = []
    compared: list[float] = []
    worker_mib = 0.0
    for _round in range(ROUNDS):
        bare.append(time_join(scene, BARE.format(program=int(program))))
        figures = compare_lists(scene, THERE, source=SOURCE)
        compared.append(figures["compare_s"])
        worker_mib = max(worker_mib, figures["worker_bytes"] / MIB)
    held = "below" if worker_mib < MEMORY_MIB_MAX else "ABOVE"
    return Finding(
        "loyalty_reconcile_vs_join",
        # Above the memory's bar no ratio is good.
        Bar(0, 3 if worker_mib < MEMORY_MIB_MAX else 0),
        [ours / join for ours, join in zip(compared, bare, strict=True)],
        f"{median(compared):.1f} s for {ROWS} entries against {ROWS} rows; bare join"
        f" {median(bare):.1f} s; worker {worker_mib:.0f} MiB, {held} {MEMORY_MIB_MAX}",
    )


def _make_ledger(scene: Scene) -> int:
    """A program that the bench's backend runs, with entries that it told us."""
    accounts = prepare(scene)["accounts"]
    scene.sql("ALTER TABLE retail_loyalty_entry DISABLE TRIGGER USER")
    scene.sql("DELETE FROM retail_loyalty_entry WHERE channel = 'platform'")
    scene.sql(FILL, len(accounts), ROWS, accounts, len(accounts))
    scene.sql("ALTER TABLE retail_loyalty_entry ENABLE TRIGGER USER")
    scene.sql("VACUUM ANALYZE retail_loyalty_entry")
    [(program,)] = scene.sql(
        "UPDATE retail_loyalty_program SET backend_id ="
        " (SELECT id FROM retail_backend WHERE code = %s) WHERE id ="
        " (SELECT program_id FROM retail_loyalty_account WHERE id = %s) RETURNING id",
        LANES,
        accounts[0],
    )
    return program


def _make_list(scene: Scene, program: int) -> None:
    """Their list, with a hundred differences of each class."""
    scene.sql(f"DROP TABLE IF EXISTS {THERE}")
    scene.sql(LIST, program)
    own = f"SELECT id FROM {THERE} WHERE number %% %s = 1"
    scene.sql("ALTER TABLE retail_loyalty_entry DISABLE TRIGGER USER")
    scene.sql(
        "DELETE FROM retail_loyalty_entry WHERE channel = 'platform'"
        f" AND ref IN ({own})",
        EACH,
    )
    scene.sql("ALTER TABLE retail_loyalty_entry ENABLE TRIGGER USER")
    scene.sql(f"DELETE FROM {THERE} WHERE number %% %s = 2", EACH)
    scene.sql(f"UPDATE {THERE} SET points = points + 1 WHERE number %% %s = 3", EACH)
    scene.sql(f"ALTER TABLE {THERE} DROP COLUMN number")
    scene.sql(f"ANALYZE {THERE}")
