"""What `setup/test` was asked to run: everything, one module, one class, one path.

Everything is several tracks, which run side by side. Pure; called by test_command.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from . import browser, paths
from .failures import SetupFailure

ODOO_TARGET = re.compile(r"^(?P<module>\w+)(?::(?P<cls>\w+)(?:\.(?P<method>\w+))?)?$")
PYTEST_FOLDERS = ("e2e", "conformance", "fuzz")
PARTS = (ON_SERVER, IN_BROWSER) = ("on the server", "in the browser")


@dataclass(frozen=True)
class Target:
    """One thing to run: `module` with Odoo's runner, or `path` with pytest."""

    module: str = ""
    selection: str = ""  # :Class.method, as Odoo's test tags say it
    part: str = ""  # of a module: IN_BROWSER or ON_SERVER, both without any
    path: str = ""

    @property
    def title(self) -> str:
        """Return what people call it."""
        part = f" {self.part}" if self.part else ""
        return self.path or f"{self.module}{self.selection}{part}"

    @property
    def tags(self) -> str:
        """Return the tests of the module as Odoo's --test-tags names them."""
        chosen = f"/{self.module}{self.selection}"
        if self.part == IN_BROWSER:
            return f"{browser.TAG}{chosen}"
        return f"{chosen},-{browser.TAG}" if self.part == ON_SERVER else chosen

    @property
    def opens_browser(self) -> bool:
        """Tell whether any of these tests may drive a browser."""
        if self.part or not self.selection:
            return self.part != ON_SERVER
        name = self.selection.removeprefix(":").partition(".")[0]
        sources = (paths.ROOT / self.module / "tests").glob("test_*.py")
        texts = (source.read_text("utf-8") for source in sources)
        return any(f"class {name}(" in text and browser.TAG in text for text in texts)

    @property
    def without_browser(self) -> Target:
        """Return the same less what needs a browser."""
        return replace(self, part=ON_SERVER) if self.module else self


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


def everything(*, with_browser: bool) -> list[list[Target]]:
    """Return all targets that need Odoo, as tracks: the longest first.

    The targets of one track run in order, tracks beside each other.
    """
    parts = PARTS if with_browser else (ON_SERVER,)
    folders = [Target(path=f"tests/{name}") for name in PYTEST_FOLDERS]
    system, *quick = (each for each in folders if _has_tests(each))
    modules = [
        Target(name, part=part) for name in paths.retail_modules() for part in parts
    ]
    # What is short comes last, where it fills the track that ends first.
    return [[each] for each in (system, *modules, *quick)]


def _has_tests(target: Target) -> bool:
    return any((paths.ROOT / target.path).glob("**/test_*.py"))
