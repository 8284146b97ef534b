"""What `setup/test` was asked to run: everything, one module, one class, one path.

Pure; called by test_command.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import paths
from .failures import SetupFailure

ODOO_TARGET = re.compile(r"^(?P<module>\w+)(?::(?P<cls>\w+)(?:\.(?P<method>\w+))?)?$")
PYTEST_FOLDERS = ("conformance", "e2e", "fuzz")


@dataclass(frozen=True)
class Target:
    """One thing to run: `module` with Odoo's runner, or `path` with pytest."""

    module: str = ""
    selection: str = ""  # :Class.method, as Odoo's test tags say it
    path: str = ""

    @property
    def title(self) -> str:
        """Return what people call it."""
        return self.path or self.module + self.selection


def parse(text: str) -> Target:
    """Return the target that the user named. Raises SetupFailure."""
    if text in PYTEST_FOLDERS or text == "repo":
        text = f"tests/{text}"
    path = text.partition("::")[0]
    if text.startswith("tests/") and (paths.ROOT / path).exists():
        return Target(path=text)
    match = ODOO_TARGET.match(text)
    if match and match["module"] in paths.retail_modules():
        return Target(match["module"], text[len(match["module"]) :])
    known = ", ".join([*paths.retail_modules(), "repo", *PYTEST_FOLDERS])
    raise SetupFailure(
        f"Nothing here is called {text}: name a module ({known}), MODULE:Class,"
        " MODULE:Class.method or a path under tests/."
    )


def everything() -> list[Target]:
    """Return all targets that need Odoo, in the order of their run time."""
    modules = [Target(module=name) for name in paths.retail_modules()]
    folders = [Target(path=f"tests/{name}") for name in PYTEST_FOLDERS]
    return modules + [each for each in folders if _has_tests(each)]


def _has_tests(target: Target) -> bool:
    return any((paths.ROOT / target.path).glob("**/test_*.py"))
