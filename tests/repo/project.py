"""The repository as the checks see it: its files, its modules, their syntax trees.

Lives here: finding and parsing. Not here: any rule (``test_*.py``). A rule is a
function that takes a ``Project`` and returns findings, so that a test can show it a
small bad sample as well as the repository itself.
"""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@cache
def _parse(path: Path, _mtime_ns: int) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@dataclass(frozen=True)
class Project:
    """A folder with Odoo modules in it."""

    root: Path

    @cached_property
    def files(self) -> list[Path]:
        """All files that belong to the project, ignored ones left out."""
        if (self.root / ".git").exists():
            names = subprocess.run(
                ["git", "ls-files", "-z", "-co", "--exclude-standard"],
                cwd=self.root,
                check=True,
                capture_output=True,
            ).stdout.decode()
            paths = [self.root / name for name in names.split("\0") if name]
        else:
            paths = list(self.root.rglob("*"))
        return sorted(path for path in paths if path.is_file())

    @cached_property
    def modules(self) -> list[Path]:
        """The folders of the suite's Odoo modules; helpers below tests/ are none."""
        return [
            path.parent
            for path in self.files
            if path.name == "__manifest__.py" and path.parent.parent == self.root
        ]

    def python(self) -> Iterator[Path]:
        """Yield every Python file, scripts without extension included."""
        for path in self.files:
            if path.suffix == ".py" or (not path.suffix and _runs_python(path)):
                yield path

    def within(self, folder: Path, *suffixes: str) -> list[Path]:
        """Return the files below ``folder`` that end in one of ``suffixes``."""
        return [
            path
            for path in self.files
            if folder in path.parents and path.name.endswith(suffixes or "")
        ]

    def name(self, path: Path) -> str:
        """Return the path as people write it: relative, with slashes."""
        return path.relative_to(self.root).as_posix()

    def tree(self, path: Path) -> ast.Module:
        """Return the syntax tree of a Python file."""
        return _parse(path, path.stat().st_mtime_ns)

    def manifest(self, module: Path) -> dict:
        """Return a module's manifest."""
        path = module / "__manifest__.py"
        return ast.literal_eval(path.read_text(encoding="utf-8"))


PROJECT = Project(ROOT)


def _runs_python(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline(80)
    return first.startswith(b"#!") and b"python" in first


def sample(folder: Path, files: Mapping[str, str]) -> Project:
    """Return a project in ``folder`` that consists of ``files`` (name -> text)."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Project(folder)


def agree(findings: list[str]) -> None:
    """Fail with one line per finding."""
    if findings:
        pytest.fail("\n".join(findings), pytrace=False)
