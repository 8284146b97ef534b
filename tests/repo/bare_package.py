"""Makes the modules' pure layers importable without Odoo.

A module's ``__init__.py`` imports ``odoo``. Here only its folder is registered as a
package, so that ``from retail_integration_base.tools import signing`` finds the file.
Called by the ``conftest.py`` of the pure test folders.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def register_all() -> None:
    """Register every module of the project that is not imported already."""
    for manifest in sorted(PROJECT.glob("*/__manifest__.py")):
        folder = manifest.parent
        if folder.name not in sys.modules:
            package = types.ModuleType(folder.name)
            package.__path__ = [str(folder)]
            sys.modules[folder.name] = package
