"""Conformance: inputs that nobody of this project wrote, read where they lie.

They are no part of the repository. Where the folder is absent the tests are skipped.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "repo"))

import bare_package

bare_package.register_all()
DATA = bare_package.PROJECT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of foreign inputs, or skip."""
    if not DATA.is_dir():
        pytest.skip("foreign inputs are absent: ../shared/data is not there")
    return DATA
