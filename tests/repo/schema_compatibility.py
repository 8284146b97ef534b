"""Is a changed JSON Schema still what partners were promised?

Lives here: the comparison of a published schema with today's, and its snapshots.
``python tests/repo/schema_compatibility.py --accept`` writes the snapshots anew; it
refuses changes that break somebody. Used by ``test_schema_compatibility.py``.

A document that partners send may become more tolerant, one that we send more exact; the
other way round breaks somebody who did nothing wrong.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SNAPSHOTS = Path(__file__).resolve().parent / "snapshots" / "topics.json"
#: Words that promise nothing.
SILENT = {"description", "title", "examples", "$id", "$schema", "default"}
#: Limits: keyword -> +1 if a greater value is more tolerant, -1 if a smaller one is.
LIMITS = {
    "maximum": 1,
    "exclusiveMaximum": 1,
    "maxLength": 1,
    "maxItems": 1,
    "maxProperties": 1,
    "minimum": -1,
    "exclusiveMinimum": -1,
    "minLength": -1,
    "minItems": -1,
    "minProperties": -1,
}
CHOICES = ("anyOf", "oneOf")
Json = Mapping[str, Any]


def changes(old: Json, new: Json, direction: str) -> Iterator[str]:
    """Yield each incompatible change from ``old`` to ``new``, with its place.

    :param direction: ``in``: partners send it; ``out``: we send it
    """
    yield from _compare(_inlined(old), _inlined(new), direction, "")


def _inlined(schema: Json) -> Json:
    """Return the schema without references; ours are not recursive."""
    definitions = schema.get("$defs", {})

    def inline(value: Any) -> Any:
        if isinstance(value, list):
            return [inline(one) for one in value]
        if not isinstance(value, dict):
            return value
        reference = value.get("$ref")
        if reference:
            beside = {key: one for key, one in value.items() if key != "$ref"}
            return inline({**definitions[reference.rpartition("/")[2]], **beside})
        return {key: inline(one) for key, one in value.items() if key != "$defs"}

    return inline(dict(schema))


def _compare(old: Json, new: Json, direction: str, place: str) -> Iterator[str]:
    yield from _compare_properties(old, new, direction, place)
    yield from _compare_required(old, new, direction, place)
    yield from _compare_choices(old, new, direction, place)
    handled = {"properties", "required", "enum", "items", *CHOICES, *SILENT}
    for keyword in sorted((set(old) | set(new)) - handled):
        before, after = old.get(keyword), new.get(keyword)
        if before != after and not _is_allowed(keyword, before, after, direction):
            yield f"{place or '/'}: {keyword} was {before!r}, is {after!r}"
    if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
        yield from _compare(old["items"], new["items"], direction, f"{place}/items")
    elif old.get("items") != new.get("items"):
        yield f"{place}/items: was {old.get('items')!r}, is {new.get('items')!r}"


def _is_allowed(keyword: str, before: Any, after: Any, direction: str) -> bool:
    """Tell whether a keyword changed into the harmless direction."""
    if keyword not in LIMITS:
        # A pattern, a type, a format: only dropping it for what comes in is harmless.
        return direction == "in" and after is None and keyword in ("pattern", "format")
    if before is None or after is None:
        more_tolerant = after is None
    else:
        more_tolerant = (after - before) * LIMITS[keyword] > 0
    return more_tolerant == (direction == "in")


def _compare_properties(
    old: Json, new: Json, direction: str, place: str
) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in sorted(set(before) - set(after)):
        yield f"{place}/{name}: is gone"
    for name in sorted(set(before) & set(after)):
        yield from _compare(before[name], after[name], direction, f"{place}/{name}")


def _compare_required(
    old: Json, new: Json, direction: str, place: str
) -> Iterator[str]:
    before, after = set(old.get("required", [])), set(new.get("required", []))
    if direction == "in":
        for name in sorted(after - before):
            yield f"{place}/{name}: is required now"
    else:
        for name in sorted(before - after):
            yield f"{place}/{name}: may be missing now"


def _compare_choices(old: Json, new: Json, direction: str, place: str) -> Iterator[str]:
    before, after = old.get("enum"), new.get("enum")
    if before is not None or after is not None:
        lost, gained = _difference(before, after)
        for value in lost if direction == "in" else gained:
            word = "not allowed any more" if direction == "in" else "new to receivers"
            yield f"{place}: {value!r} is {word}"
    for keyword in CHOICES:
        lists = old.get(keyword), new.get(keyword)
        if lists == (None, None):
            continue
        if None in lists or len(lists[0]) != len(lists[1]):
            if _texts(lists[0]) != _texts(lists[1]):
                yield f"{place}: {keyword} changed"
            continue
        for number, (one, other) in enumerate(zip(*lists, strict=True)):
            yield from _compare(one, other, direction, f"{place}/{keyword}/{number}")


def _difference(before: list | None, after: list | None) -> tuple[list, list]:
    if before is None:
        return ["any other value"], []
    if after is None:
        return [], ["any other value"]
    lost = [value for value in before if value not in after]
    return lost, [value for value in after if value not in before]


def _texts(choices: list | None) -> set[str]:
    return {json.dumps(one, sort_keys=True) for one in choices or []}


def published() -> dict[str, Json]:
    """Return topic -> ``{"direction", "schema"}`` as partners know them."""
    return json.loads(SNAPSHOTS.read_text("utf-8"))


def present() -> dict[str, Json]:
    """Return the same for the code as it is."""
    import retail_loyalty_connector.schemas  # noqa: F401 # its topics join the register
    from retail_integration_base.schemas.registry import SCHEMAS, json_schema

    return {
        name: {"direction": direction_of(name), "schema": json_schema(name)}
        for name in sorted(SCHEMAS)
    }


def direction_of(name: str) -> str:
    """Return which way a topic goes, as its shipped record says."""
    import re

    records = SNAPSHOTS.parents[3].glob("retail_*/data/*.xml")
    text = "".join(path.read_text("utf-8") for path in sorted(records))
    record = re.search(
        rf'<field name="name">{re.escape(name)}</field>.*?</record>', text, re.S
    )
    found = re.search(r'name="direction">(\w+)<', record[0]) if record else None
    return found[1] if found else "in"


def breaks() -> list[str]:
    """Return everything that would break a partner."""
    now = present()
    found = []
    for name, promised in published().items():
        if name not in now:
            found.append(f"{name}: is gone; keep it until its sunset")
            continue
        places = changes(promised["schema"], now[name]["schema"], promised["direction"])
        found += [f"{name}: {place}" for place in places]
    return found


def main() -> int:
    """Write the snapshots anew, unless that would break somebody."""
    found = breaks() if SNAPSHOTS.exists() else []
    if found:
        print("\n".join(found))
        print("These break partners: make a new version (.v2) beside the old one.")
        return 1
    SNAPSHOTS.parent.mkdir(exist_ok=True)
    text = json.dumps(present(), indent=1, sort_keys=True, ensure_ascii=False)
    SNAPSHOTS.write_text(text + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    import bare_package

    bare_package.register_all()
    if sys.argv[1:] != ["--accept"]:
        sys.exit("usage: python tests/repo/schema_compatibility.py --accept")
    sys.exit(main())
