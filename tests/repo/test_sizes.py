"""A file can be read in one sitting, a function seen at once, a branch followed.

The lists of exceptions only shrink: what stands there and has become small enough is
an error too. Complexity is ruff's business; here only that nobody turns it off.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from project import PROJECT, Project, agree, sample

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 40
COMPLEXITY_MAX = 10

#: File -> lines it may have until it is split.
LONG_FILES: dict[str, int] = {}
#: "file::function" -> lines it may have until it is split.
LONG_FUNCTIONS: dict[str, int] = {}


def functions_of(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef, int]]:
    """Yield each function with its length in lines, decorators and docstring not
    counted: documentation is not what makes a function hard to see at once."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1
            first = node.body[0]
            if ast.get_docstring(node, clean=False) is not None:
                lines -= first.end_lineno - first.lineno + 1
            yield node, lines


def check_files(project: Project, exceptions: Mapping[str, int]) -> list[str]:
    """Return files over the limit, and exceptions that are none any more."""
    lengths = {
        project.name(path): len(path.read_text("utf-8").splitlines())
        for path in project.python()
    }
    return _compare(lengths, FILE_LINES_MAX, exceptions, "split it by meaning")


def check_functions(project: Project, exceptions: Mapping[str, int]) -> list[str]:
    """Return functions over the limit, and exceptions that are none any more."""
    lengths: dict[str, int] = {}
    for path in project.python():
        for node, lines in functions_of(project.tree(path)):
            key = f"{project.name(path)}::{node.name}"
            lengths[key] = max(lines, lengths.get(key, 0))
    return _compare(
        lengths, FUNCTION_LINES_MAX, exceptions, "one level of abstraction each"
    )


def _compare(
    lengths: Mapping[str, int], limit: int, exceptions: Mapping[str, int], advice: str
) -> list[str]:
    findings = [
        f"{name}: {lines} lines, at most {exceptions.get(name, limit)}: {advice}"
        for name, lines in sorted(lengths.items())
        if lines > exceptions.get(name, limit)
    ]
    findings += [
        f"{name}: is within {limit} lines now (or gone); take it off the exceptions"
        for name in exceptions
        if lengths.get(name, 0) <= limit
    ]
    return findings


def check_complexity(project: Project) -> list[str]:
    """Return ways around ruff's complexity check."""
    config = (project.root / ".ruff.toml").read_text("utf-8")
    findings = []
    if f"max-complexity = {COMPLEXITY_MAX}\n" not in config or '"C90"' not in config:
        findings.append(f".ruff.toml: C90 with max-complexity {COMPLEXITY_MAX}, please")
    suppression = "no" + "qa: C90"
    findings += [
        f"{project.name(path)}: complexity is not to be suppressed; split the function"
        for path in project.python()
        if suppression in path.read_text("utf-8")
    ]
    return findings


def test_files_can_be_read_in_one_sitting():
    agree(check_files(PROJECT, LONG_FILES))


def test_functions_can_be_seen_at_once():
    agree(check_functions(PROJECT, LONG_FUNCTIONS))


def test_complexity_is_checked_everywhere():
    agree(check_complexity(PROJECT))


# --- the checks can fail ------------------------------------------------------------


def body(lines: int) -> str:
    return "def f():\n" + "    x = 1\n" * (lines - 1)


def test_long_file_is_found_and_exceptions_shrink(tmp_path: Path):
    project = sample(tmp_path, {"a.py": "x = 1\n" * 301, "b.py": "x = 1\n" * 300})
    assert len(check_files(project, {})) == 1
    assert check_files(project, {"a.py": 301}) == []
    assert len(check_files(project, {"a.py": 300})) == 1
    assert len(check_files(project, {"a.py": 301, "b.py": 400, "c.py": 400})) == 2


def test_long_function_is_found_even_in_a_script(tmp_path: Path):
    project = sample(
        tmp_path,
        {"setup/run": "#!/usr/bin/env python3\n" + body(41), "a.py": body(40)},
    )
    assert len(check_functions(project, {})) == 1
    assert check_functions(project, {"setup/run::f": 41}) == []


def test_docstring_does_not_count(tmp_path: Path):
    text = 'def f():\n    """' + "long\n" * 50 + '    """\n    return 1\n'
    assert check_functions(sample(tmp_path, {"a.py": text}), {}) == []


def test_suppressed_complexity_is_found(tmp_path: Path):
    files = {".ruff.toml": 'select = ["C90"]\nmax-complexity = 12\n'}
    files["a.py"] = "def f():  # no" + "qa: C901\n    pass\n"
    assert len(check_complexity(sample(tmp_path, files))) == 2
