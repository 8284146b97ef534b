"""setup/verify-ledger: the loyalty ledger's chains, read and followed without Odoo.

Shares the pure rules (``retail_loyalty_connector.tools.ledger_chain``) with the module,
the choice of a database with setup/verify-audit, and nothing that runs in Odoo.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import types
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ

from . import paths
from .failures import command_exit
from .verify_audit_command import BROKEN, PAGE_ROWS, UNVERIFIED, target

ADDONS = "odoo.addons"
MODULES = ("retail_integration_base", "retail_loyalty_connector")
HEADS = (
    "SELECT id, last_sequence, last_hash, posted FROM retail_loyalty_account"
    " WHERE kind = 'member' ORDER BY id"
)
ANCHORED = (
    "SELECT head.account_id, head.sequence, head.entry_hash, anchor.anchored_at"
    "  FROM retail_loyalty_anchor_head AS head"
    "  JOIN retail_loyalty_anchor AS anchor ON anchor.number = head.anchor_number"
    " ORDER BY head.id"
)
IN_ANCHORS = (
    "SELECT anchor.number, anchor.digest, head.account_id, head.sequence,"
    "       head.entry_hash"
    "  FROM retail_loyalty_anchor AS anchor"
    "  LEFT JOIN retail_loyalty_anchor_head AS head"
    "    ON head.anchor_number = anchor.number"
    " ORDER BY anchor.number, head.account_id"
)


def main(arguments: Sequence[str]) -> int:
    """Verify every chain of a database; return an exit status."""
    options = _parse(arguments)
    chain, audit = (
        _rules("retail_loyalty_connector", "ledger_chain"),
        _rules("retail_integration_base", "audit_chain"),
    )
    server, database = target(options.database, "setup/verify-ledger")
    try:
        outside = _outside(chain, audit, options.anchors, database)
        with closing(server.connect(database)) as connection:
            connection.set_session(
                isolation_level=ISOLATION_LEVEL_REPEATABLE_READ,
                readonly=True,
                autocommit=False,
            )
            return _verify(chain, audit, connection, outside)
    except (psycopg2.Error, OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        print(f"The ledger of {database} could not be verified: {reason}.")
        return UNVERIFIED


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="setup/verify-ledger", add_help=False)
    parser.add_argument("--database")
    parser.add_argument("--anchors", type=Path)
    return parser.parse_args(arguments)


def _rules(module: str, name: str) -> Any:
    """Import pure rules under Odoo's name for them; the modules themselves need it."""
    folders = {"odoo": None, ADDONS: None}
    folders |= {f"{ADDONS}.{one}": paths.ROOT / one for one in MODULES}
    for package, folder in folders.items():
        if package not in sys.modules:
            sys.modules[package] = types.ModuleType(package)
            sys.modules[package].__path__ = [str(folder)] if folder else []
    return importlib.import_module(f"{ADDONS}.{module}.tools.{name}")


def _outside(chain: Any, audit: Any, path: Path | None, database: str) -> list[Any]:
    if path is None:
        return []
    with path.open(encoding="utf-8") as lines:
        known = list(audit.read_anchors(lines, database))
    return [anchor for anchor in known if anchor.stream == chain.LEDGER_STREAM]


def _verify(chain: Any, audit: Any, connection: Any, outside: list[Any]) -> int:
    count = 0

    def heads() -> Iterator[Any]:
        nonlocal count
        for row in _rows(connection, "heads", HEADS):
            count += 1
            yield chain.Head(*row)

    columns = ", ".join(chain.COLUMNS)
    entries = _rows(
        connection,
        "entries",
        f"SELECT {columns} FROM retail_loyalty_entry ORDER BY account_id, sequence",  # nosec B608 # names of ours only
    )
    anchored = [
        audit.Anchor("", chain.stream_name(account), sequence, digest, str(at))
        for account, sequence, digest, at in _rows(connection, "anchored", ANCHORED)
    ]
    findings = list(chain.verify_all(heads(), entries, anchored))
    broken = chain.verify_anchors(_anchors(connection), outside)
    findings += [broken] if broken else []
    for finding in findings:
        print(f"BROKEN  {finding.stream}, entry {finding.sequence}: {finding.reason}")
    if not outside:
        print("No lines from outside were given: a complete rewrite would not show.")
    print(
        f"{count} chains, {len(anchored)} anchored heads, {len(outside)} lines from"
        f" outside, {len(findings)} broken"
    )
    return BROKEN if findings else 0


def _anchors(connection: Any) -> Iterator[tuple]:
    rows = _rows(connection, "anchors", IN_ANCHORS)
    for (number, digest), heads in groupby(rows, key=lambda row: row[:2]):
        yield number, digest, [row[2:] for row in heads if row[2] is not None]


def _rows(connection: Any, name: str, query: str) -> Iterator[tuple[Any, ...]]:
    # A cursor on the server: a ledger of millions does not fit into memory.
    with connection.cursor(name=f"retail_ledger_{name}") as cursor:
        cursor.itersize = PAGE_ROWS
        cursor.execute(query)
        yield from cursor


if __name__ == "__main__":
    sys.exit(command_exit(main))
