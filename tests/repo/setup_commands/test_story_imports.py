"""Chapters know the day, the day knows no chapter: the story's files form no circle."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from project import ROOT

STORY = ROOT / "setup" / "story"


def imports_of(path: Path) -> set[str]:
    """Return the neighbours that a file imports, those only for types included."""
    return {
        name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for name in ([node.module] if node.module else [a.name for a in node.names])
    }


def order_of(folder: Path) -> list[str]:
    """Return the files of a folder, each after what it imports.

    :raises CycleError: two of them import each other
    """
    graph = {
        path.stem: imports_of(path)
        for path in sorted(folder.glob("*.py"))
        if path.stem != "__init__"
    }
    return list(TopologicalSorter(graph).static_order())


def test_story_has_no_circle():
    order = order_of(STORY)
    assert order.index("day") < order.index("programme")


def test_circle_is_found(tmp_path):
    (tmp_path / "day.py").write_text("from . import chapters\n")
    (tmp_path / "chapters.py").write_text("from .day import Day\n")
    with pytest.raises(CycleError):
        order_of(tmp_path)
