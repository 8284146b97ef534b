"""Odoo 19.0 Community: where its code is, fetched on first use.

ODOO_SRC if the user names a checkout; else what the cache holds; else Debian's
package, which `odoo_package` fetches. Nothing is installed into the system.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from . import locks, odoo_package, paths
from .failures import SetupFailure

PREFIX = paths.CACHE / "odoo-19.0"


@dataclass(frozen=True)
class OdooSource:
    """`import_path` holds the package odoo; `script` is its script entry point."""

    import_path: Path
    script: Path
    addons: tuple[Path, ...]


def ensure() -> OdooSource:
    """Return a usable Odoo 19.0, fetching it if needed. Raises SetupFailure."""
    named = os.environ.get("ODOO_SRC")
    if named:
        return _from_checkout(Path(named).expanduser().absolute())
    if not PREFIX.exists():
        with locks.waiting_lock(paths.CACHE / "odoo.lock", "fetching Odoo"):
            if not PREFIX.exists():
                odoo_package.unpack_odoo(PREFIX)
    import_path = PREFIX / "usr/lib/python3/dist-packages"
    return OdooSource(
        import_path, PREFIX / "usr/bin/odoo", (import_path / "odoo/addons",)
    )


def _from_checkout(checkout: Path) -> OdooSource:
    release = checkout / "odoo/release.py"
    script = checkout / "odoo-bin"
    if not (release.is_file() and script.is_file()):
        raise SetupFailure(
            f"ODOO_SRC names {checkout}, which is no Odoo checkout (no odoo-bin and"
            " odoo/release.py in it)."
        )
    if "version_info = (19, 0," not in release.read_text("utf-8"):
        raise SetupFailure(
            f"ODOO_SRC names {checkout}, which is not Odoo 19.0: check out its"
            " branch 19.0."
        )
    return OdooSource(checkout, script, (checkout / "addons", checkout / "odoo/addons"))
