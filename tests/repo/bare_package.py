"""Makes the modules' pure layers importable without Odoo.

A module's ``__init__.py`` imports ``odoo``. Here only its folder is registered as a
package, so that ``from retail_integration_base.tools import signing`` finds the file.
One module's pure layer imports another's as Odoo names it
(``odoo.addons.retail_integration_base.tools``); that is the same module here, so that
an error class exists once. Called by the ``conftest.py`` of the pure test folders.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import sys
import types
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
ADDONS = "odoo.addons"


def register_all() -> None:
    """Register every module of the project that is not imported already."""
    for manifest in sorted(PROJECT.glob("*/__manifest__.py")):
        folder = manifest.parent
        if folder.name not in sys.modules:
            package = types.ModuleType(folder.name)
            package.__path__ = [str(folder)]
            sys.modules[folder.name] = package
    _name_addons()


def _name_addons() -> None:
    """Let ``odoo.addons.<module>`` name the bare package, unless Odoo is here."""
    if "odoo" in sys.modules:
        return
    for name in ("odoo", ADDONS):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__path__ = []
    sys.meta_path.insert(0, _AddonsFinder())


class _AddonsFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds ``odoo.addons.x.y`` as the module ``x.y``: one object under two names."""

    def find_spec(
        self,
        fullname: str,
        _path: Sequence[str] | None,
        _target: types.ModuleType | None = None,
    ) -> ModuleSpec | None:
        if not fullname.startswith(f"{ADDONS}."):
            return None
        module = fullname.removeprefix(f"{ADDONS}.").partition(".")[0]
        if not (PROJECT / module / "__manifest__.py").exists():
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        module = importlib.import_module(spec.name.removeprefix(f"{ADDONS}."))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Give the module its own name back, which the import system took."""
        module.__spec__ = module.__spec__.loader_state
