"""Debian's package of Odoo 19 and what it links to. Called by odoo_source."""

from __future__ import annotations

import os
from pathlib import Path

from . import debian_package
from .failures import SetupFailure

# The packages that Odoo's links point into. The two of the stable suite have moved
# their files since, to places that Odoo's links do not know.
PACKAGES = (
    "odoo-19/unstable",
    "libjs-jquery/unstable",
    "libjs-jquery-form/unstable",
    "libjs-underscore/unstable",
    "fonts-montserrat/unstable",
    "fonts-roboto-unhinted/unstable",
    "fonts-ocr-b/unstable",
    "fonts-font-awesome/stable",
    "fonts-inconsolata/stable",
)
# Named in a manifest but left out by Debian for its licence (background blur in
# calls): without the file, every page of the web client logs an error.
LEFT_OUT = (
    "usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation"
    "/selfie_segmentation.js",
)
BY_HAND = (
    "get Odoo yourself with `git clone --depth 1 --branch 19.0"
    " https://github.com/odoo/odoo ~/odoo` and set ODOO_SRC=~/odoo"
)


def unpack_odoo(prefix: Path) -> None:
    """Create `prefix` with Odoo 19.0 and what it links to, whole or not at all.

    Raises SetupFailure where there is no apt, no Debian mirror or no keyring.
    """
    wanted = debian_package.Wanted("Odoo 19.0", "about 130 MB", PACKAGES, BY_HAND)
    debian_package.unpack(prefix, wanted, _finish)


def _finish(tree: Path) -> None:
    _keep_links_inside(tree)
    _fill_gaps(tree)


def _keep_links_inside(tree: Path) -> None:
    """Make absolute links relative to the prefix and refuse dangling ones."""
    links = [path for path in tree.rglob("*") if path.is_symlink()]
    for link in links:
        target = os.readlink(link)
        if target.startswith("/"):
            link.unlink()
            link.symlink_to(os.path.relpath(tree / target[1:], link.parent))
    dangling = [str(link.relative_to(tree)) for link in links if not link.exists()]
    if dangling:
        raise SetupFailure(
            f"Debian's Odoo package links to files that are not there"
            f" ({dangling[0]} and {len(dangling) - 1} more): {BY_HAND}."
        )


def _fill_gaps(tree: Path) -> None:
    for name in LEFT_OUT:
        path = tree / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("// Not part of Debian's package of Odoo.\n", "utf-8")
