"""The envelope: CloudEvents 1.0, strictly."""

from __future__ import annotations

import pytest
from pure_factories import make_event
from pydantic import ValidationError

from retail_integration_base.schemas.envelope import EventEnvelope
from retail_integration_base.tools.problem import errors_of_validation

MINIMAL = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "pos/12",
    "type": "retail.pos.receipt.v1",
    "data": {},
}


def pointers(event):
    with pytest.raises(ValidationError) as caught:
        EventEnvelope.model_validate(event)
    return [found["pointer"] for found in errors_of_validation(caught.value)]


def test_a_full_and_a_minimal_envelope_are_read():
    full = EventEnvelope.model_validate(make_event())
    assert full.time.isoformat() == "2026-11-20T10:31:02+00:00"
    assert full.data["store"] == "12"
    minimal = EventEnvelope.model_validate(MINIMAL)
    assert minimal.time is minimal.partitionkey is minimal.correlationid is None


def test_unknown_extension_attributes_are_tolerated():
    event = EventEnvelope.model_validate({**MINIMAL, "traceparent": "x", "myext": 1})
    assert not hasattr(event, "myext")


@pytest.mark.parametrize("name", MINIMAL)
def test_each_core_attribute_is_required(name):
    assert pointers({k: v for k, v in MINIMAL.items() if k != name}) == [f"/{name}"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("specversion", "0.3"),
        ("specversion", 1.0),
        *(("id", bad) for bad in ("", "a b", "x" * 256, "é", "a\n", 5, None)),
        *(("source", bad) for bad in ("", "a b", "x" * 256, 5)),
        *(("type", bad) for bad in ("retail.x", "retail.v1", "shop.order.v1", "")),
        *(("type", bad) for bad in ("retail.Pos.v1", "retail.pos.v1\n", "retail.x.v")),
        ("type", "retail." + "a" * 200 + ".v1"),
        ("type", "retail.pos.v١"),
        *(("time", bad) for bad in ("2026-11-20", "2026-11-20T10:31:02", 1795170662)),
        ("time", "2026-13-20T10:31:02Z"),
        *(("partitionkey", bad) for bad in ("", "x" * 256, "a\x00", 7)),
        *(
            ("datacontenttype", bad)
            for bad in ("text/xml", "application/jsonp", "json")
        ),
        *(("data", bad) for bad in (None, [], "{}", 1)),
    ],
)
def test_known_attributes_are_strict(name, value):
    assert pointers({**MINIMAL, name: value}) == [f"/{name}"]


@pytest.mark.parametrize(
    "value",
    ["application/json", "application/json; charset=utf-8", "application/a+json"],
)
def test_json_media_types_are_taken(value):
    EventEnvelope.model_validate({**MINIMAL, "datacontenttype": value})


def test_an_error_never_holds_the_input():
    with pytest.raises(ValidationError) as caught:
        EventEnvelope.model_validate({**MINIMAL, "id": "ada lovelace"})
    assert "lovelace" not in str(caught.value)
