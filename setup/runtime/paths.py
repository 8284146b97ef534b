"""Where things are: the repository, the user's cache, the git-ignored .run folder.

Values only; the modules that own a folder create it.
"""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETUP = ROOT / "setup"
RUN = ROOT / ".run"
CACHE = Path(
    os.environ.get("RETAIL_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    / "retail-integration"
).absolute()


def retail_modules() -> list[str]:
    """Return the names of the repository's Odoo modules, sorted."""
    return sorted(path.parent.name for path in ROOT.glob("retail_*/__manifest__.py"))
