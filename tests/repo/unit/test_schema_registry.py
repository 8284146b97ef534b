"""The registry of documents, their published schemas, and what we send."""

from __future__ import annotations

import json

import pytest
from pure_factories import make_receipt

from retail_integration_base.schemas import registry
from retail_integration_base.schemas.transaction_recorded import TransactionRecorded
from retail_integration_base.tools.errors import UnknownTopic

RECEIPT = "retail.pos.receipt.v1"


def make_recorded():
    return {
        "uuid": "ea05e9c4-34ac-5597-a561-745420bdf0ef",
        "kind": "sale",
        "channel": "pos",
        "store": "12",
        "register": "3",
        "sequence": 160,
        "ref": "12/3/160",
        "business_date": "2026-11-20",
        "occurred_at": "2026-11-20T10:31:02Z",
        "recorded_at": "2026-11-20T10:31:04Z",
        "currency": "EUR",
        "totals": {"grand": "22.99", "tax": "3.99"},
        "lines": [
            {
                "n": 1,
                "kind": "item",
                "sku": "MUG-01",
                "qty": "2",
                "unit_price": "10.00",
                "discount": "1.00",
                "tax": "3.99",
                "total": "22.99",
                "original": {"store": "12", "register": "1", "sequence": 88},
            }
        ],
        "tenders": [{"type": "card", "amount": "22.99"}],
        "customer": {"matched": True, "external_ids": {"loyalty": "L-1"}},
    }


def test_a_recorded_transaction_goes_out_as_it_came_in():
    data = make_recorded()
    document = TransactionRecorded.model_validate(data)
    sent = document.model_dump(mode="json", exclude_none=True, exclude_unset=True)
    assert sent == data


def test_outgoing_amounts_are_strings():
    sent = TransactionRecorded.model_validate(make_recorded()).model_dump(mode="json")
    assert sent["totals"]["grand"] == "22.99"
    assert sent["lines"][0]["qty"] == "2"
    json.dumps(sent)


@pytest.mark.parametrize(
    "topic", ["retail.pos.receipt.v2", "retail.x.v1", "", "x" * 999]
)
def test_unknown_topics_and_versions_are_refused(topic):
    for call in (
        lambda: registry.validate(topic, {}),
        lambda: registry.json_schema(topic),
    ):
        with pytest.raises(UnknownTopic, match="known: retail") as caught:
            call()
        assert len(caught.value.message) < 400


def walk(schema):
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from walk(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from walk(value)


@pytest.mark.parametrize("topic", registry.SCHEMAS)
def test_published_schemas_explain_every_field(topic):
    schema = registry.json_schema(topic)
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["$id"] == f"urn:retail:schema:{topic}"
    fields = {
        f"{model['title']}.{name}": field
        for model in walk(schema)
        if model.get("type") == "object"
        for name, field in model.get("properties", {}).items()
    }
    assert len(fields) >= 2
    assert not [name for name, field in fields.items() if not field.get("description")]
    nested = ("$ref", "anyOf", "items", "additionalProperties")
    bare = [
        name
        for name, field in fields.items()
        if "examples" not in field and not any(key in field for key in nested)
    ]
    assert bare == []


@pytest.mark.parametrize("topic", registry.SCHEMAS)
def test_published_amounts_are_strings(topic):
    text = json.dumps(registry.json_schema(topic))
    assert '"type": "number"' not in text
    assert "register_code" not in text


def test_published_examples_keep_the_contract():
    schema = registry.json_schema(RECEIPT)
    examples = {
        name: field["examples"][0]
        for name, field in schema["properties"].items()
        if "examples" in field
    }
    registry.validate(RECEIPT, {**make_receipt(), **examples})
