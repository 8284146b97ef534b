"""What is never kept is found, and nothing else is touched."""

from __future__ import annotations

import json

import pytest
from growth import in_proportion
from hypothesis import given
from hypothesis import strategies as st
from pure_factories import make_receipt

from retail_integration_base.schemas import registry
from retail_integration_base.tools import minimisation
from retail_integration_base.tools.minimisation import Minimising, minimised

VISA = "4111111111111111"
CARDS = {
    VISA: "411111xxxxxx1111",
    "4111 1111 1111 1111": "4111 11xx xxxx 1111",
    "5555-5555-5555-4444": "5555-55xx-xxxx-4444",
    "2221000000000009": "222100xxxxxx0009",
    "378282246310005": "378282xxxxx0005",
    "30569309025904": "305693xxxx5904",
    "6011111111111117": "601111xxxxxx1117",
    "3530111333300000": "353011xxxxxx0000",
    "6759649826438453": "675964xxxxxx8453",
}
NO_CARDS = (
    "4111111111111112",  # its check digit is wrong
    "5400141234567",  # an article
    "1732183862123456",  # microseconds
    "9999999999999995",  # no card begins like that
    "8e03978e-40d5-43e8-bc93-6894a57f9324",
    "a4111111111111111",
    "2026-11-20T10:31:02Z",
    "+32 470 12 34 56",
    "0.4111111111111111",
)
texts = st.sampled_from([*CARDS, *NO_CARDS, "a"]) | st.text(max_size=9)
names = st.sampled_from(["a", "gtin", "CVV", "Pin", "api_key", "pass word", VISA])
json_values = st.recursive(
    st.none() | st.booleans() | st.sampled_from([int(VISA), 7]) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(names, inner),
    max_leaves=20,
)


def suspect(value) -> bool:
    return minimisation.is_suspect(json.dumps(value).encode())


@pytest.mark.parametrize("number", CARDS)
def test_card_numbers_are_truncated_wherever_they_stand(number):
    text = f"paid by {number}, thank you"
    for value, kept in (
        ({"note": text}, {"note": text.replace(number, CARDS[number])}),
        ([[number]], [[CARDS[number]]]),
        ({number: True}, {CARDS[number]: True}),
    ):
        assert suspect(value)
        assert minimised(value) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"{VISA} 12/28 123", f"{CARDS[VISA]} 12/28 123"),
        (f"22 {VISA}", f"22 {CARDS[VISA]}"),
        ("7 4111 1111 1111 1111 12", "7 4111 11xx xxxx 1111 12"),
        (f"{VISA}-{VISA}", f"{CARDS[VISA]}-{CARDS[VISA]}"),
        ("4111111 111111111", "411111x xxxxx1111"),
    ],
)
def test_card_numbers_between_other_numbers_are_found(text, kept):
    assert minimised({"note": text}) == {"note": kept}


@pytest.mark.parametrize("piece", ["4 1", "41"])
def test_long_runs_of_digits_take_time_in_proportion(piece):
    assert in_proportion(lambda n: minimised({"note": piece * n}), 20_000)


def test_card_number_that_is_a_json_number_is_found():
    assert suspect({"n": int(VISA)})
    assert minimised({"n": int(VISA), "m": 5}) == {"n": CARDS[VISA], "m": 5}


@pytest.mark.parametrize("text", NO_CARDS)
def test_other_long_numbers_stay(text):
    value = {"a": text, "b": [text]}
    assert minimised(value) is value


def test_articles_and_declared_fields_keep_their_numbers():
    value = {"gtin": VISA, "lines": [{"gift_card": VISA, "note": VISA}]}
    rules = Minimising(kept=(("lines", "*", "gift_card"),))
    assert minimised(value, rules) == {
        "gtin": VISA,
        "lines": [{"gift_card": VISA, "note": CARDS[VISA]}],
    }


@pytest.mark.parametrize(
    "name",
    ["cvv", "CVV2", "Card-Security-Code", "cvc", "pin_block", "Track2", "password"]
    + ["client_secret", "access_token", "accessToken", "API key", "authorization"],
)
def test_secrets_are_not_kept_at_any_depth(name):
    value = {"a": [{name: "s3cr3t", "b": 1}]}
    assert suspect(value)
    assert minimised(value) == {"a": [{"b": 1}]}


def test_names_that_only_resemble_secrets_stay():
    value = {"card_token": "t1", "cvv_result_code": "M", "pinned": 1, "secretary": "A"}
    assert minimised(value) is value


def test_spelled_out_escapes_hide_nothing():
    for raw in (
        rb'{"n":"\u0034111111111111111"}',
        rb'{"\u0063vv":"123"}',
        rb'{"c\u0056v":"123"}',
    ):
        assert minimisation.is_suspect(raw)
        assert minimisation.minimised_text(raw) != raw


def test_fields_of_a_topic_are_left_out():
    rules = Minimising(left_out=(("customer", "email"), ("lines", "*", "note")))
    value = {
        "customer": {"email": "ada@example.com", "card": "L-1"},
        "lines": [{"note": "gift", "n": 1}, {"n": 2}],
        "email": "stays@example.com",
    }
    assert minimised(value, rules) == {
        "customer": {"card": "L-1"},
        "lines": [{"n": 1}, {"n": 2}],
        "email": "stays@example.com",
    }


def test_text_keeps_its_numbers_as_they_were_written():
    raw = b'{"cvv": 1, "amount": 9.950, "big": 1e3, "name": "\xc3\xa9 \\n"}'
    kept = minimisation.minimised_text(raw)
    assert kept == '{"amount":9.950,"big":1E+3,"name":"é \\n"}'.encode()
    untouched = b'{ "amount": 9.950 }'
    assert minimisation.minimised_text(untouched) is untouched


@pytest.mark.parametrize("text", ["customer/email", "/", "/a\nb"])
def test_what_is_no_pointer_is_named(text):
    with pytest.raises(ValueError, match=text.rpartition("\n")[2]):
        minimisation.parse_pointers(text)


def test_pointers_are_read_as_the_rfc_says():
    found = minimisation.parse_pointers("/a~1b/c~0d\n\n /x/*/y \n")
    assert found == (("a/b", "c~d"), ("x", "*", "y"))
    assert minimisation.parse_pointers(None) == ()


@given(json_values)
def test_what_is_changed_was_suspected(value):
    """The quick look never misses what the walk would find."""
    if minimised(value) is not value:
        assert suspect(value)


def test_usual_receipt_is_not_looked_at_twice():
    assert not suspect(make_receipt())
    assert not suspect({"gtin": "5400141234567", "at": "2026-11-20T10:31:02.123456Z"})


def test_contracts_say_what_they_cannot_do_without():
    topic = "retail.pos.receipt.v1"
    assert registry.is_required(topic, ("store",))
    assert registry.is_required(topic, ("lines", "*", "qty"))
    assert not registry.is_required(topic, ("customer",))
    assert not registry.is_required(topic, ("customer", "email"))
    assert not registry.is_required(topic, ("unknown", "field"))


def test_no_contract_names_a_field_that_is_never_kept():
    def names(schema):
        if isinstance(schema, dict):
            yield from schema.get("properties", {})
            for inner in schema.values():
                yield from names(inner)
        elif isinstance(schema, list):
            for inner in schema:
                yield from names(inner)

    for topic in registry.SCHEMAS:
        plain = {
            name.replace("_", "").lower() for name in names(registry.json_schema(topic))
        }
        assert not plain & minimisation.SECRET_NAMES, topic
