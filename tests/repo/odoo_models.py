"""Odoo model classes read from source, for checks that run without Odoo.

Lives here: name, parents, fields and methods of each model class. Not here: rules
(``test_models.py``, ``test_docs.py``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from project import Project

KINDS = {"Model", "AbstractModel", "TransientModel"}


@dataclass(frozen=True)
class ModelClass:
    """One class statement that defines or extends a model."""

    path: Path
    node: ast.ClassDef
    kind: str
    name: str | None
    inherit: tuple[str, ...]

    @property
    def creates(self) -> bool:
        """Whether the class makes a model of its own rather than extending one."""
        return self.name is not None and self.name not in self.inherit

    @property
    def model(self) -> str:
        """The model that the class is about."""
        return self.name or (self.inherit[0] if self.inherit else "")

    def fields(self) -> Iterator[tuple[str, ast.Call]]:
        """Yield the fields that the class declares."""
        for node in self.node.body:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Call)
                and isinstance(node.value.func, ast.Attribute)
                and isinstance(node.value.func.value, ast.Name)
                and node.value.func.value.id == "fields"
                and isinstance(node.targets[0], ast.Name)
            ):
                yield node.targets[0].id, node.value

    def methods(self) -> Iterator[ast.FunctionDef]:
        """Yield the methods that the class defines."""
        for node in self.node.body:
            if isinstance(node, ast.FunctionDef):
                yield node

    def assigned(self, name: str) -> ast.expr | None:
        """Return the expression assigned to ``name`` in the class, if any."""
        return _assigned(self.node, name)


def model_classes(project: Project, module: Path) -> Iterator[ModelClass]:
    """Yield the model classes of a module's ``models`` and ``wizards``."""
    for folder in ("models", "wizards"):
        for path in project.within(module / folder, ".py"):
            yield from _of_file(project, path)


def _of_file(project: Project, path: Path) -> Iterator[ModelClass]:
    for node in project.tree(path).body:
        if isinstance(node, ast.ClassDef):
            kind = next((k for k in map(_kind, node.bases) if k), None)
            if kind:
                name = _strings(_assigned(node, "_name"))
                inherit = _strings(_assigned(node, "_inherit"))
                yield ModelClass(path, node, kind, next(iter(name), None), inherit)


def _kind(base: ast.expr) -> str | None:
    is_model = (
        isinstance(base, ast.Attribute)
        and isinstance(base.value, ast.Name)
        and base.value.id == "models"
        and base.attr in KINDS
    )
    return base.attr if is_model else None


def _assigned(node: ast.ClassDef, name: str) -> ast.expr | None:
    for statement in node.body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name
            for target in statement.targets
        ):
            return statement.value
    return None


def _strings(node: ast.expr | None) -> tuple[str, ...]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return (node.value,)
    if isinstance(node, ast.List | ast.Tuple):
        return tuple(
            element.value for element in node.elts if isinstance(element, ast.Constant)
        )
    return ()
