"""Databases with our modules in them: installed, upgraded, reused, copied.

What a database holds is stamped on the database itself (its comment), so that it
travels with copies and never disagrees with a file. Called by demo, tests, bench.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from psycopg2 import sql

from . import locks, odoo_process, paths
from .database import Server, told_as_failure
from .failures import SetupFailure
from .odoo_server import OdooServer
from .progress import run_quietly, step

# What changes in these is read at run time; it does not live in the database.
NOT_IN_DATABASE = frozenset({"static", "tests", "readme", "__pycache__"})


@dataclass(frozen=True)
class Stamp:
    """What a database was made from: Odoo, and the content of each module."""

    odoo: str
    modules: dict[str, str]
    root: str = str(paths.ROOT)

    def as_text(self) -> str:
        """Return the text that goes into the database's comment."""
        return json.dumps(vars(self), sort_keys=True)


@told_as_failure()
def ensure(odoo: OdooServer, modules: Iterable[str]) -> None:
    """Make `odoo.database` hold these modules as they are now, with what they need.

    Raises SetupFailure when Odoo refuses them, and for a database of that name
    that is not ours.
    """
    wanted = wanted_stamp(odoo, modules)
    found = read_stamp(odoo.postgres, odoo.database)
    if found == wanted:
        return
    if found is None and odoo.postgres.has_database(odoo.database):
        raise SetupFailure(
            f"The database {odoo.database} exists and is not of our making: rename"
            " or drop it."
        )
    if found is None or found.odoo != wanted.odoo:
        _install(odoo, wanted.modules, wanted)
    else:
        _upgrade(odoo, found, wanted)


@told_as_failure()
def copy(odoo: OdooServer, template: str) -> None:
    """Make `odoo.database` a copy of `template`, files included."""
    remove(odoo)
    odoo.postgres.create_database(odoo.database, template=template)
    files = odoo.filestore(template)
    if files.exists():
        # Stored files are named by their content and never change: links will do.
        shutil.copytree(files, odoo.filestore(odoo.database), copy_function=os.link)
    _stamp_as(odoo, read_stamp(odoo.postgres, template))


@told_as_failure()
def carry_over(odoo: OdooServer, template: OdooServer, programs: Path) -> None:
    """Make `odoo.database` what `template.database` is on another server.

    `programs` is the folder with a pg_dump that is not older than either server.
    """
    remove(odoo)
    odoo.postgres.create_database(odoo.database)
    with tempfile.TemporaryDirectory() as folder, step("Copying a database") as running:
        dump = f"--file={folder}/dump"
        run_quietly(
            [programs / "pg_dump", "-Fd", "-Z0", dump, template.database],
            env=template.postgres.environment,
            running=running,
            failure="The database could not be dumped",
        )
        restore = ("--exit-on-error", "--no-owner", f"--dbname={odoo.database}")
        run_quietly(
            [programs / "pg_restore", *restore, f"{folder}/dump"],
            env=odoo.postgres.environment,
            running=running,
            failure="The database could not be restored",
        )
    files = template.filestore(template.database)
    if files.exists():
        shutil.copytree(files, odoo.filestore(odoo.database))
    _stamp_as(odoo, read_stamp(template.postgres, template.database))


def remove(odoo: OdooServer) -> None:
    """Drop `odoo.database` and its files."""
    odoo.postgres.drop_database(odoo.database)
    shutil.rmtree(odoo.filestore(odoo.database), ignore_errors=True)


def wanted_stamp(odoo: OdooServer, modules: Iterable[str]) -> Stamp:
    """Return what a database with these modules, as they are now, is stamped with."""
    wanted = {name: digest(name) for name in with_dependencies(modules)}
    return Stamp(_made_of(odoo), wanted)


def ground(odoo: OdooServer, modules: Iterable[str]) -> str:
    """Return a database with what these modules of ours need, and none of ours.

    Odoo's own modules take longer to install than ours and change with Odoo alone:
    the database stays on the server, for every checkout. Raises SetupFailure.
    """
    needed = with_dependencies(modules)
    names = {name for each in needed for name in manifest(each)["depends"]}
    foreign = sorted(names.difference(needed))
    wanted = Stamp(_made_of(odoo), {}, str(paths.CACHE))
    pins = (paths.SETUP / "requirements.txt").read_text("utf-8")
    key = hashlib.sha256(f"{wanted.as_text()}{foreign}{pins}".encode()).hexdigest()
    below = odoo.on_database(f"retail_ground_{key[:12]}")
    with locks.waiting_lock(
        paths.CACHE / "templates" / f"{below.database}.lock", "installing Odoo"
    ):
        if read_stamp(below.postgres, below.database) != wanted:
            _install(below, foreign, wanted)
    return below.database


def read_stamp(postgres: Server, database: str) -> Stamp | None:
    """Return what the database was made from; None if it is not there or not ours."""
    rows = postgres.query(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
        " WHERE datname=%s",
        (database,),
    )
    try:
        return Stamp(**json.loads(rows[0][0])) if rows and rows[0][0] else None
    except (ValueError, TypeError):
        return None


def manifest(module: str) -> dict[str, Any]:
    """Return the manifest of one of our modules."""
    text = (paths.ROOT / module / "__manifest__.py").read_text("utf-8")
    found: dict[str, Any] = ast.literal_eval(text)
    return found


def with_dependencies(modules: Iterable[str]) -> list[str]:
    """Return these modules of ours and those of ours that they need, in order."""
    known = paths.retail_modules()
    ordered: list[str] = []
    for module in modules:
        if module in known and module not in ordered:
            needed = with_dependencies(manifest(module).get("depends", ()))
            ordered += [name for name in [*needed, module] if name not in ordered]
    return ordered


@cache
def digest(module: str) -> str:
    """Return a hash over everything of a module that a database depends on."""
    found = hashlib.sha256()
    folder = paths.ROOT / module
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not NOT_IN_DATABASE.intersection(relative.parts):
            found.update(f"{relative}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()


def _made_of(odoo: OdooServer) -> str:
    release = odoo.source.import_path / "odoo" / "release.py"
    return f"{odoo.source.import_path} {release.stat().st_mtime_ns}"


def _install(odoo: OdooServer, modules: Iterable[str], wanted: Stamp) -> None:
    # Under another name until it is whole: an interrupted installation leaves
    # nothing that looks finished.
    partial = odoo.on_database(f"{odoo.database}_partial")
    remove(partial)
    remove(odoo)
    odoo.postgres.create_database(partial.database)
    names = ",".join(modules)
    _change(partial, f"Installing {names}", "-i", names)
    _write_stamp(partial, wanted)
    odoo.postgres.rename_database(partial.database, odoo.database)
    _move(odoo.filestore(partial.database), odoo.filestore(odoo.database))


def _upgrade(odoo: OdooServer, found: Stamp, wanted: Stamp) -> None:
    new = [name for name in wanted.modules if name not in found.modules]
    changed = [
        name
        for name, content in wanted.modules.items()
        if name in found.modules and found.modules[name] != content
    ]
    if new:
        _change(odoo, f"Installing {','.join(new)}", "-i", ",".join(new))
    if changed:
        _change(odoo, f"Upgrading {','.join(changed)}", "-u", ",".join(changed))
    _write_stamp(odoo, wanted)


def _change(odoo: OdooServer, title: str, option: str, names: str) -> None:
    odoo.write_configuration()
    odoo_process.run_or_fail(
        odoo,
        title,
        *odoo.server_arguments(option, names, "--stop-after-init", "--no-http"),
    )


def _stamp_as(odoo: OdooServer, found: Stamp | None) -> None:
    if found:  # PostgreSQL does not copy a database's comment
        _write_stamp(odoo, replace(found, root=str(paths.ROOT)))


def _write_stamp(odoo: OdooServer, stamp: Stamp) -> None:
    odoo.postgres.query(
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(
            sql.Identifier(odoo.database), sql.Literal(stamp.as_text())
        )
    )


def _move(old: Path, new: Path) -> None:
    shutil.rmtree(new, ignore_errors=True)
    if old.exists():
        old.rename(new)
