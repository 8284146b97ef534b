"""Every file says what lives in it; what others call says what it takes and gives.

Types of every other function are ruff's business (ANN).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from project import PROJECT, Project, agree, sample

WORDS_MIN = 4
#: A test file's name says most of it.
WORDS_MIN_TEST = 2
DOCUMENTED_LAYERS = ("tools", "schemas")


def check_modules(project: Project) -> list[str]:
    """Return Python files without a sentence about themselves."""
    findings = []
    for path in project.python():
        tree = project.tree(path)
        if path.name == "__manifest__.py" or not tree.body:
            continue
        if _only_imports(tree) and path.name == "__init__.py":
            continue
        words = (ast.get_docstring(tree) or "").split()
        is_test = path.name.startswith("test_")
        if len(words) < (WORDS_MIN_TEST if is_test else WORDS_MIN):
            findings.append(
                f"{project.name(path)}: say in a docstring what lives here, what does "
                "not, who calls it"
            )
    return findings


def _only_imports(tree: ast.Module) -> bool:
    return all(isinstance(node, ast.Import | ast.ImportFrom) for node in tree.body)


def check_public(project: Project) -> list[str]:
    """Return what tools and schemas offer without docstring or types."""
    findings = []
    for module in project.modules:
        for layer in DOCUMENTED_LAYERS:
            for path in project.within(module / layer, ".py"):
                for name, node in _public(project.tree(path)):
                    where = f"{project.name(path)}:{node.lineno}: {name}"
                    findings += [f"{where} {what}" for what in _missing(node)]
    return findings


def _public(tree: ast.Module) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef]]:
    """Yield public functions, classes and their public methods."""
    for node in tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef):
            continue
        if node.name.startswith("_"):
            continue
        yield node.name, node
        for method in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(method, ast.FunctionDef) and method.name[0] != "_":
                yield f"{node.name}.{method.name}", method


def _missing(node: ast.ClassDef | ast.FunctionDef) -> Iterator[str]:
    if not ast.get_docstring(node):
        yield "has no docstring: one sentence, shapes, units, errors, source"
    if isinstance(node, ast.FunctionDef):
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for argument in every:
            if argument.annotation is None and argument.arg not in ("self", "cls"):
                yield f"does not say the type of {argument.arg}"
        if node.returns is None:
            yield "does not say what it returns"


def test_every_file_says_what_lives_in_it():
    agree(check_modules(PROJECT))


def test_public_parts_of_tools_and_schemas_are_documented_and_typed():
    agree(check_public(PROJECT))


# --- the checks can fail ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("a.py", "x = 1\n", 1),
        ("a.py", '"""Short."""\nx = 1\n', 1),
        ("script", "#!/usr/bin/env python3\nx = 1\n", 1),
        ("a.py", '"""Says what lives here."""\nx = 1\n', 0),
        ("__init__.py", "from . import a\n", 0),
        ("__init__.py", "", 0),
        ("__manifest__.py", "{}", 0),
    ],
)
def test_silent_file_is_found(tmp_path, name, text, count):
    assert len(check_modules(sample(tmp_path, {name: text}))) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("def f() -> int:\n    return 1\n", 1),
        ('def f(a) -> int:\n    """Say it."""\n', 1),
        ('def f(a: int):\n    """Say it."""\n', 1),
        ("class A:\n    def f(self) -> None: ...\n", 2),
        ("def _f(a): ...\nclass _A: ...\n", 0),
        ('def f(a: int) -> int:\n    """Say it."""\n', 0),
    ],
)
def test_undocumented_part_is_found(tmp_path, text, count):
    files = {"retail_x/__manifest__.py": "{}", "retail_x/tools/a.py": text}
    assert len(check_public(sample(tmp_path, files))) == count
