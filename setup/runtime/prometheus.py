"""Prometheus and its `promtool`, for the test that has a real server read our metrics.

RETAIL_PROMETHEUS if the user names a folder; else what is installed; else Debian's
package, unpacked into the cache. Called by tests/e2e.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from . import debian_package, locks, paths
from .failures import SetupFailure

PREFIX = paths.CACHE / "prometheus"
WANTED = debian_package.Wanted(
    "Prometheus",
    "about 60 MB",
    ("prometheus/stable", "promtool/stable"),
    "install Prometheus yourself, or set RETAIL_PROMETHEUS to the folder of its"
    " programs",
)


def ensure(name: str) -> str:
    """Return the path of `prometheus` or `promtool`, fetching both if needed.

    Raises SetupFailure where it can neither be found nor fetched.
    """
    named = os.environ.get("RETAIL_PROMETHEUS")
    if named:
        found = shutil.which(name, path=str(Path(named).expanduser()))
        if not found:
            raise SetupFailure(
                f"RETAIL_PROMETHEUS names {named}, which holds no program {name}."
            )
        return found
    return shutil.which(name) or str(_fetched() / "usr/bin" / name)


def _fetched() -> Path:
    if not PREFIX.exists():
        with locks.waiting_lock(paths.CACHE / "prometheus.lock", "fetching Prometheus"):
            if not PREFIX.exists():
                debian_package.unpack(PREFIX, WANTED)
    return PREFIX
