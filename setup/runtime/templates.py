"""Template databases for tests: a module is installed once, each run is a copy.

One template per module, made from the template of the module of ours that it needs,
so that each module is tested with what it depends on and nothing else.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from . import install, locks, odoo_process, paths
from .database import Server
from .failures import SetupFailure
from .odoo_server import OdooServer, free_port
from .odoo_source import OdooSource

# Several checkouts share one test server: their databases must not meet.
PREFIX = f"retail_{hashlib.sha256(os.fsencode(paths.ROOT)).hexdigest()[:6]}"
GROUND = "ground"  # the template for when there is no module of ours
DATA = paths.CACHE / "test-data"
_COPIES = itertools.count(1)


def prepare(postgres: Server, source: OdooSource, module: str, *, fresh: bool) -> str:
    """Return the name of an up-to-date template with `module` installed.

    `fresh` installs from nothing when anything changed, instead of upgrading.
    """
    name = f"{PREFIX}_{module}"
    folder = paths.CACHE / "templates" / name
    odoo = OdooServer(folder, source, postgres, name, DATA)
    with locks.waiting_lock(folder / "lock", f"preparing the database of {module}"):
        needed = install.with_dependencies([module])
        wanted = install.wanted_stamp(odoo, needed)
        stale = install.read_stamp(postgres, name) != wanted
        if stale and fresh:
            install.remove(odoo)
        if stale and len(needed) > 1 and not postgres.has_database(name):
            below = prepare(postgres, source, needed[-2], fresh=fresh)
            install.copy(odoo, below)
        try:
            install.ensure(odoo, needed)
        except SetupFailure:
            if not stale or fresh:
                raise
            # An earlier state of the module, never released, may stand in the way.
            install.remove(odoo)
            install.ensure(odoo, needed)
        _warm_assets(odoo)
    return name


@contextmanager
def copied(
    postgres: Server, source: OdooSource, template: str, folder: Path
) -> Iterator[OdooServer]:
    """Give a throw-away copy of a template for the length of the block."""
    odoo = OdooServer(
        folder=folder,
        source=source,
        postgres=postgres,
        database=f"{template}_{next(_COPIES)}_{os.getpid()}",
        data=DATA,
        port=free_port(),
    )
    lock = paths.CACHE / "templates" / template / "lock"
    # PostgreSQL refuses to copy a database that somebody is connected to.
    with locks.waiting_lock(lock, "preparing this database"):
        install.copy(odoo, template)
    try:
        odoo.write_configuration()
        yield odoo
    finally:
        install.remove(odoo)


def remove_forgotten(postgres: Server) -> None:
    """Drop the copies of killed runs and the databases of checkouts that are gone."""
    names = postgres.query("SELECT datname FROM pg_database")
    for (name,) in names:
        stamp = install.read_stamp(postgres, name)
        if stamp and (not Path(stamp.root).exists() or _is_of_dead_run(name)):
            postgres.drop_database(name)
            shutil.rmtree(DATA / "filestore" / name, ignore_errors=True)


def _warm_assets(odoo: OdooServer) -> None:
    """Bundle the web client once, so that not every browser test has to."""
    bundled = odoo.postgres.query(
        "SELECT 1 FROM ir_attachment WHERE url LIKE '/web/assets/%%' LIMIT 1",
        database=odoo.database,
    )
    if not bundled:
        odoo.write_configuration()
        odoo_process.run_or_fail(
            odoo,
            "Bundling the web client",
            *("shell", "-c", str(odoo.configuration), "--no-http"),
            stdin="env['ir.qweb']._pregenerate_assets_bundles()\nenv.cr.commit()\n",
        )


def _is_of_dead_run(name: str) -> bool:
    match = re.fullmatch(rf"{PREFIX}_.*_(\d+)", name)
    return bool(match) and not psutil.pid_exists(int(match[1]))
