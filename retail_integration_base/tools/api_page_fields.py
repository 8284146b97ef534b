"""Shapes of the API as HTML lists: names, kinds, limits, what they mean.

Used by the documentation page (``tools/api_page.py``). Everything is escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from typing import Any

Json = Mapping[str, Any]
DEPTH_MAX = 6
_CODE = re.compile(r"`([^`]+)`")


def fields_html(schema: Json, root: Json, depth: int = 0) -> str:
    """Return a schema's properties as a nested list; ``root`` has what it refers to."""
    resolved = _resolve(schema, root)
    choices = resolved.get("oneOf") or resolved.get("anyOf") or []
    if choices and "properties" not in resolved:
        real = [one for one in choices if one.get("type") != "null"]
        return "".join(fields_html(one, root, depth) for one in real[:1])
    if resolved.get("type") == "array":
        return fields_html(resolved["items"], root, depth)
    merged: dict[str, Any] = dict(resolved.get("properties", {}))
    required = list(resolved.get("required", []))
    for part in resolved.get("allOf", []):
        one = _resolve(part, root)
        merged |= {
            k: v for k, v in one.get("properties", {}).items() if k not in merged
        }
        required += one.get("required", [])
    if not merged or depth > DEPTH_MAX:
        return ""
    return (
        "<dl>"
        + "".join(
            _field(name, value, root, depth, required=name in required)
            for name, value in merged.items()
        )
        + "</dl>"
    )


def _field(name: str, schema: Json, root: Json, depth: int, *, required: bool) -> str:
    resolved = _resolve(schema, root)
    said = schema.get("description") or resolved.get("description", "")
    inner = fields_html(schema, root, depth + 1)
    # What a list may hold stands at the list: its items have no line of their own.
    items = _resolve(resolved.get("items", {}), root)
    limits = limits_html(schema) or limits_html(items)
    return (
        f"<dt><code>{escape(name)}</code>"
        f" <span class='type'>{_kind(schema, root)}</span>"
        f"{required_html(required)}</dt><dd>{text(said)}{limits}{inner}</dd>"
    )


def _kind(schema: Json, root: Json) -> str:
    resolved = _resolve(schema, root)
    if "const" in resolved:
        return escape(json.dumps(resolved["const"]))
    choices = resolved.get("anyOf") or resolved.get("oneOf")
    if choices:
        return " or ".join(dict.fromkeys(_kind(one, root) for one in choices))
    if resolved.get("type") == "array":
        return f"list of {_kind(resolved['items'], root)}"
    return escape(str(resolved.get("type", "any")))


def _resolve(schema: Json, root: Json) -> Json:
    reference = schema.get("$ref")
    if not reference:
        return schema
    found: Any = root
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def limits_html(schema: Json) -> str:
    """Return what a value is limited to, in brackets."""
    words = []
    if schema.get("enum"):
        words.append("one of " + ", ".join(map(str, schema["enum"])))
    for name, word in (("minimum", "from"), ("maximum", "to"), ("default", "default")):
        if schema.get(name) is not None:
            words.append(f"{word} {schema[name]}")
    if schema.get("examples"):
        words.append(f"e.g. {schema['examples'][0]}")
    return f" <span class='limits'>({escape('; '.join(words))})</span>" if words else ""


def required_html(required: bool) -> str:
    """Return the mark of what may not be left out."""
    return " <span class='required'>required</span>" if required else ""


def text(words: str) -> str:
    """Return a description as HTML: escaped, with code in backticks."""
    return _CODE.sub(r"<code>\1</code>", escape(words))


def code(source: str) -> str:
    """Return a block of code with a button that copies it."""
    return f"<div class='code'><pre><code>{escape(source)}</code></pre></div>"
