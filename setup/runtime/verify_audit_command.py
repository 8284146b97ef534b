"""setup/verify-audit: the audit chains, read and followed without Odoo.

Shares the pure rules (``retail_integration_base.tools.audit_chain``) with the module,
and nothing that runs in Odoo.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import types
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ

from . import paths
from .database import Server, named_by_user
from .failures import SetupFailure, command_exit
from .postgres import Cluster

MODULE = "retail_integration_base"
DEMO = paths.RUN / "demo"
BROKEN = 1
UNVERIFIED = 2
PAGE_ROWS = 5_000


def main(arguments: Sequence[str]) -> int:
    """Verify every chain of a database; return an exit status."""
    options = _parse(arguments)
    rules = _rules()
    server, database = target(options.database, "setup/verify-audit")
    try:
        anchors = _anchors(rules, options.anchors, database)
        with closing(server.connect(database)) as connection:
            connection.set_session(
                isolation_level=ISOLATION_LEVEL_REPEATABLE_READ,
                readonly=True,
                autocommit=False,
            )
            return _verify(rules, connection, anchors)
    except (psycopg2.Error, OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        print(f"The audit chains of {database} could not be verified: {reason}.")
        return UNVERIFIED


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="setup/verify-audit", add_help=False)
    parser.add_argument("--database")
    parser.add_argument("--anchors", type=Path)
    return parser.parse_args(arguments)


def _rules() -> Any:
    """Import the module's pure rules; its own ``__init__`` would import Odoo."""
    package = types.ModuleType(MODULE)
    package.__path__ = [str(paths.ROOT / MODULE)]
    sys.modules[MODULE] = package
    return importlib.import_module(f"{MODULE}.tools.audit_chain")


def target(database: str | None, command: str) -> tuple[Server, str]:
    """Return the server and the database that ``command`` means.

    Raises SetupFailure: none is named and none is running.
    """
    named = named_by_user()
    if named:
        if not database:
            raise SetupFailure(f"Say which database: {command} --database NAME")
        return named, database
    cluster = Cluster(DEMO / "postgresql", durable=True)
    access = DEMO / "access.json"
    if cluster.running_pid() is None or not access.exists():
        raise SetupFailure(
            "The demo is not running, and no PG* variable names a PostgreSQL server."
        )
    demo = json.loads(access.read_text("utf-8"))["database"]
    return cluster.server, database or demo


def _anchors(rules: Any, path: Path | None, database: str) -> list[Any]:
    if path is None:
        return []
    with path.open(encoding="utf-8") as lines:
        return list(rules.read_anchors(lines, database))


def _verify(rules: Any, connection: Any, anchors: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, last_sequence, last_hash, checkpoint_sequence,"
            " checkpoint_hash FROM retail_audit_stream ORDER BY name"
        )
        heads = [rules.Head(*row) for row in cursor.fetchall()]
    broken = 0
    for head in heads:
        own = [anchor for anchor in anchors if anchor.stream == head.stream]
        finding = rules.verify(head, _rows(rules, connection, head.stream), own)
        if finding:
            broken += 1
            print(f"BROKEN  {head.stream}, entry {finding.sequence}: {finding.reason}")
        else:
            kept = head.last_sequence - head.checkpoint_sequence
            print(f"holds   {head.stream}: {kept} entries, {len(own)} anchors")
    lost = {anchor.stream for anchor in anchors} - {head.stream for head in heads}
    for stream in sorted(lost):
        broken += 1
        print(f"BROKEN  {stream}: the anchors know it, the database does not")
    if not anchors:
        print("No anchors were given: a complete rewrite would not show.")
    print(f"{len(heads) + len(lost)} chains, {broken} broken")
    return BROKEN if broken else 0


def _rows(rules: Any, connection: Any, stream: str) -> Iterator[tuple[Any, ...]]:
    columns = ", ".join(rules.LINK + rules.CONTENT)
    # A cursor on the server: chains of millions do not fit into memory.
    with connection.cursor(name="retail_audit") as cursor:
        cursor.itersize = PAGE_ROWS
        cursor.execute(
            f"SELECT {columns} FROM retail_audit_entry WHERE stream = %s"
            " ORDER BY sequence",  # nosec B608 # names of ours only
            (stream,),
        )
        yield from cursor


if __name__ == "__main__":
    sys.exit(command_exit(main))
