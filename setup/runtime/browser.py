"""The browser for Odoo's browser tests: found on the path, never installed here.

.ci/run installs one with apt. Odoo looks for the same names (tests/common.py).
"""

from __future__ import annotations

import shutil

NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
# Our browser tests carry this tag, so that they can be left out as a whole.
TAG = "retail_browser"


def find() -> str | None:
    """Return the path of a browser that Odoo's tests can drive."""
    return next((path for path in map(shutil.which, NAMES) if path), None)
