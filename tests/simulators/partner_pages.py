"""What the partner shows to people and scripts that look at it with a browser.

Lives here: ``/`` (a readable list), ``/stats``, ``/effects`` and ``/effects/<key>``
(JSON). Not here: any change of state. Called by ``partner_http``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any, Protocol
from urllib.parse import quote, unquote

JSON = "application/json"
COLUMNS = ("type", "subject", "correlationid")


class Shown(Protocol):
    """What a page needs of a partner."""

    effects: Mapping[str, Any]

    def stats(self) -> dict[str, int]:
        """Return the counters."""


def page_of(path: str, partner: Shown) -> tuple[int, str, bytes]:
    """Return status, media type and body of the page at ``path``."""
    path = unquote(path.partition("?")[0])
    if path == "/":
        return 200, "text/html; charset=utf-8", _list(partner).encode()
    if path == "/stats":
        return 200, JSON, json.dumps(partner.stats()).encode()
    if path == "/effects":
        rows = [_row(effect) for effect in list(partner.effects.values())]
        return 200, JSON, json.dumps(rows).encode()
    effect = partner.effects.get(path.removeprefix("/effects/"))
    if effect is None:
        return 404, JSON, b'{"error": "nothing here"}'
    row = {**_row(effect), "document": effect.document}
    return 200, JSON, json.dumps(row, ensure_ascii=False).encode()


def _row(effect: Any) -> dict[str, Any]:
    return {
        "key": effect.key,
        "position": effect.position,
        "at": effect.at,
        "body_sha256": effect.body_sha256,
        **effect.facts,
    }


def _list(partner: Shown) -> str:
    effects = sorted(
        partner.effects.copy().values(), key=lambda effect: -effect.position
    )
    head = "".join(f"<th>{name}</th>" for name in ("at", *COLUMNS, "key"))
    rows = "".join(f"<tr>{_cells(effect)}</tr>" for effect in effects[:500])
    counts = ", ".join(f"{name}: {n}" for name, n in sorted(partner.stats().items()))
    return (
        "<!doctype html><title>Partner</title>"
        "<style>body{font:14px sans-serif;margin:2em}td,th{padding:.2em .8em;"
        "text-align:left;border-bottom:1px solid #ddd}</style>"
        f"<h1>What the partner applied</h1><p>{escape(counts)}</p>"
        f"<table><tr>{head}</tr>{rows}</table>"
    )


def _cells(effect: Any) -> str:
    facts = "".join(
        f"<td>{escape(effect.facts.get(name, ''))}</td>" for name in COLUMNS
    )
    link = f'<a href="/effects/{quote(effect.key)}">{escape(effect.key)}</a>'
    return f"<td>{escape(effect.at)}</td>{facts}<td>{link}</td>"
