"""Template databases for tests: a module is installed once, each run is a copy.

One template per module, with what that module depends on and nothing else. Below it
lies a database with Odoo's modules alone, which outlives changes of ours.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from . import install, locks, odoo_process, paths, postgres
from .database import Server, named_by_user
from .failures import SetupFailure
from .odoo_server import OdooServer, free_port
from .odoo_source import OdooSource

# Several checkouts share one test server: their databases must not meet.
PREFIX = f"retail_{hashlib.sha256(os.fsencode(paths.ROOT)).hexdigest()[:6]}"
DATA = paths.CACHE / "test-data"
# What a browser loads that is logged in, and what a printed report needs.
BUNDLES = ("web.assets_web", "web.assets_web_print", "web.report_assets_common")
BUNDLING = f"""
for name in {BUNDLES}:
    env["ir.qweb"]._get_asset_bundle(name, css=True, js=False).css()
env["ir.qweb"]._get_asset_bundle({BUNDLES[0]!r}, css=False, js=True).js()
env.cr.commit()
"""
EVERYTHING = "everything"  # where no single module needs all the others
_COPIES = itertools.count(1)


@contextmanager
def test_server() -> Iterator[Server]:
    """Give the server that the templates are on: the user's, or a quick one of ours."""
    named = named_by_user()
    if named:
        yield named
        return
    with postgres.shared_cluster(paths.CACHE / "test-postgresql") as server:
        yield server


def prepare(server: Server, source: OdooSource, modules: Sequence[str]) -> OdooServer:
    """Return an up-to-date template with these modules of ours and what they need.

    Installed where there is none, upgraded where there is an earlier one.
    """
    needed = install.with_dependencies(modules)
    odoo = _template(server, source, needed)
    with locks.waiting_lock(odoo.folder / "lock", f"preparing {odoo.database}"):
        wanted = install.wanted_stamp(odoo, needed)
        stale = install.read_stamp(server, odoo.database)
        if stale is None:
            install.copy(odoo, install.ground(odoo, needed))
        try:
            install.ensure(odoo, needed)
        except SetupFailure:
            if stale in {None, wanted}:
                raise
            # An earlier state of the module, never released, may stand in the way.
            install.copy(odoo, install.ground(odoo, needed))
            install.ensure(odoo, needed)
    return odoo


@contextmanager
def copied(
    template: OdooServer, folder: Path, *, with_assets: bool
) -> Iterator[OdooServer]:
    """Give a throw-away copy of a template for the length of the block.

    `with_assets` bundles the web client in the template first, once for all copies.
    """
    odoo = replace(
        template,
        folder=folder,
        database=f"{template.database}_{next(_COPIES)}_{os.getpid()}",
        port=free_port(),
    )
    # PostgreSQL refuses to copy a database that somebody is connected to.
    with locks.waiting_lock(template.folder / "lock", "preparing this database"):
        if with_assets:
            _bundle_assets(template)
        install.copy(odoo, template.database)
    try:
        odoo.write_configuration()
        yield odoo
    finally:
        install.remove(odoo)


def carry_over(odoo: OdooServer, modules: Sequence[str]) -> None:
    """Make `odoo.database`, on a server of its own, a copy of the modules' template."""
    with test_server() as server:
        template = prepare(server, odoo.source, modules)
        with locks.waiting_lock(template.folder / "lock", "preparing this database"):
            install.carry_over(odoo, template, postgres.programs())


def remove_stale(server: Server, source: OdooSource) -> None:
    """Drop the templates of earlier states: what comes next starts from nothing."""
    for module in paths.retail_modules():
        needed = install.with_dependencies([module])
        odoo = _template(server, source, needed)
        with locks.waiting_lock(odoo.folder / "lock", f"preparing {odoo.database}"):
            wanted = install.wanted_stamp(odoo, needed)
            if install.read_stamp(server, odoo.database) != wanted:
                install.remove(odoo)


def remove_forgotten(server: Server) -> None:
    """Drop the copies of killed runs and the databases of checkouts that are gone."""
    names = server.query("SELECT datname FROM pg_database")
    for (name,) in names:
        stamp = install.read_stamp(server, name)
        if stamp and (not Path(stamp.root).exists() or _is_of_dead_run(name)):
            server.drop_database(name)
            shutil.rmtree(DATA / "filestore" / name, ignore_errors=True)


def _template(server: Server, source: OdooSource, needed: list[str]) -> OdooServer:
    of_one = needed == install.with_dependencies(needed[-1:])
    name = f"{PREFIX}_{needed[-1] if of_one else EVERYTHING}"
    return OdooServer(paths.CACHE / "templates" / name, source, server, name, DATA)


def _bundle_assets(odoo: OdooServer) -> None:
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
            stdin=BUNDLING,
        )


def _is_of_dead_run(name: str) -> bool:
    match = re.fullmatch(rf"{PREFIX}_.*_(\d+)", name)
    return bool(match) and not psutil.pid_exists(int(match[1]))
