"""Pure tests: the modules' ``tools`` and ``schemas`` without Odoo."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).resolve().parent))

import bare_package

bare_package.register_all()

# The same examples at every run, and none kept on disk: a red run can be repeated.
settings.register_profile("repo", derandomize=True, database=None, deadline=None)
settings.load_profile("repo")
