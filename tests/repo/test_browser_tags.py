"""Tests that need a browser say so by a tag, so that setup/test can leave them out.

Without the tag Odoo skips them in silence where there is no browser, and they run
with those that need none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from project import PROJECT, Project, agree, sample

TAG = "retail_browser"
DRIVES = {"browser_js", "start_tour"}


def check_browser_tags(project: Project) -> list[str]:
    """Return test classes that drive a browser, themselves or by a base, untagged."""
    findings = []
    for module in project.modules:
        classes = {
            node.name: (path, node)
            for path in project.within(module / "tests", ".py")
            for node in project.tree(path).body
            if isinstance(node, ast.ClassDef)
        }
        for name, (path, node) in classes.items():
            family = [node, *_bases(node, classes)]
            tags = _tags(node)
            if tags and TAG not in tags and any(map(_drives, family)):
                findings.append(f'{project.name(path)}: {name} needs the tag "{TAG}"')
    return findings


def _bases(
    node: ast.ClassDef, classes: dict[str, tuple[Path, ast.ClassDef]]
) -> Iterator[ast.ClassDef]:
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in classes:
            found = classes[base.id][1]
            yield found
            yield from _bases(found, classes)


def _tags(node: ast.ClassDef) -> set[str]:
    return {
        argument.value
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "tagged"
        for argument in decorator.args
        if isinstance(argument, ast.Constant)
    }


def _drives(node: ast.ClassDef) -> bool:
    return any(
        isinstance(inner, ast.Attribute) and inner.attr in DRIVES
        for inner in ast.walk(node)
    )


def test_what_needs_a_browser_is_tagged():
    agree(check_browser_tags(PROJECT))


def test_untagged_class_is_found_by_its_base(tmp_path: Path):
    files = {
        "m/__manifest__.py": "{}",
        "m/tests/common.py": (
            "class Screens:\n    def go(self):\n        self.start_tour()\n"
        ),
        "m/tests/test_a.py": (
            '@tagged("post_install")\nclass Bare(Screens):\n    pass\n\n'
            f'@tagged("post_install", "{TAG}")\nclass Tagged(Screens):\n    pass\n'
        ),
    }
    (finding,) = check_browser_tags(sample(tmp_path, files))
    assert "Bare" in finding
