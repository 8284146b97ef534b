"""Documents full of marks, made from any contract's JSON Schema.

Lives here: what a valid document is, by the schema's own examples, and which of its
texts can carry a mark. Used by ``test_security_sentinels.py``.
"""

from __future__ import annotations

import re

SENTINEL = "sntnl"
DEPTH_MAX = 12


class Marks(dict):
    """Marked fields of an object, and the names that it may not be without."""

    required: frozenset[str] = frozenset()


def marked(schema: dict, root: dict, path: str = "", depth: int = 0) -> object:
    """Return a value for ``schema`` whose free texts are sentinels; None: no idea."""
    if "$ref" in schema:
        known = root["$defs"][schema["$ref"].rpartition("/")[2]]
        return marked(known, root, path, depth + 1) if depth < DEPTH_MAX else None
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            return marked(choice, root, path, depth + 1)
    if schema.get("type") == "object":
        found = Marks()
        found.required = frozenset(schema.get("required", ()))
        for name, part in schema.get("properties", {}).items():
            found[name] = marked(part, root, f"{path}.{name}", depth + 1)
        return found
    if schema.get("type") == "array":
        return [marked(schema.get("items", {}), root, f"{path}[]", depth + 1)]
    if schema.get("type") != "string" or {"format", "enum", "const"} & set(schema):
        return None
    name = path.rpartition(".")[2].strip("[]").replace("_", "")
    text = f"{SENTINEL}{name}@example.com" if name == "email" else f"{SENTINEL}{name}"
    text = text[: schema.get("maxLength", 200)]
    fits = re.search(schema.get("pattern", ""), text)
    return text if fits and len(text) >= schema.get("minLength", 0) else None


def whole(marks: object) -> object:
    """Return what of the marks can stand alone; None: too much is missing."""
    if isinstance(marks, Marks):
        parts = {name: whole(value) for name, value in marks.items()}
        kept = {name: value for name, value in parts.items() if value is not None}
        return kept if kept and marks.required <= set(kept) else None
    if isinstance(marks, list):
        parts = [whole(value) for value in marks]
        return None if None in parts else parts
    return marks


def merged(base: object, marks: object) -> object:
    """Return ``base`` with the marks added where it has nothing."""
    if isinstance(base, dict) and isinstance(marks, Marks):
        added = {name: whole(part) for name, part in marks.items() if name not in base}
        return {
            **{name: value for name, value in added.items() if value is not None},
            **{name: merged(value, marks.get(name)) for name, value in base.items()},
        }
    if isinstance(base, list) and isinstance(marks, list):
        return [merged(item, marks[0]) for item in base]
    return base


def sample(schema: dict, root: dict) -> object:
    """Return a valid value by the schema's examples, required members only.

    :raises ValueError: a member that is required has no example to go by
    """
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        return sample(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if schema.get("enum"):
        return schema["enum"][0]
    if schema.get("anyOf"):
        return sample(schema["anyOf"][0], root)
    if schema.get("type") == "array":
        return [sample(schema["items"], root)]
    if schema.get("type") == "object":
        parts = schema.get("properties", {})
        return {name: sample(parts[name], root) for name in schema.get("required", ())}
    raise ValueError(f"give this an example: {schema}")
