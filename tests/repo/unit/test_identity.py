"""Keys of a person in one form each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_integration_base.tools import identity
from retail_integration_base.tools.errors import PayloadInvalid


@pytest.mark.parametrize(
    ("value", "region", "e164"),
    [
        ("+32470123456", None, "+32470123456"),
        (" +32 470 12.34-56 ", "US", "+32470123456"),
        ("0470 12 34 56", "BE", "+32470123456"),
        ("0470 12 34 56", "be", "+32470123456"),
        ("(202) 456-1111", "US", "+12024561111"),
        ("００３２470123456", "BE", "+32470123456"),
        ("+39 06 698 82662", None, "+390669882662"),
    ],
)
def test_phones_become_e164(value, region, e164):
    assert identity.normalise_phone(value, region) == e164


@pytest.mark.parametrize(
    ("value", "region", "words"),
    [
        ("0470123456", None, "needs a country code"),
        ("555-625-1199", "US", "no valid phone"),
        ("+", None, "not a phone number"),
        ("", "BE", "not a phone number"),
        ("call me", "BE", "not a phone number"),
        ("+32" + "4" * 60, None, "too long"),
        ("+999470123456", None, "country code"),
        ("123", "BE", "no valid"),
    ],
)
def test_other_phones_are_refused(value, region, words):
    with pytest.raises(PayloadInvalid, match=words) as caught:
        identity.normalise_phone(value, region)
    assert isinstance(caught.value, ValueError)
    assert "470123456" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "address"),
    [
        (" Ada@Example.COM ", "ada@example.com"),
        ("a.b+c@mail.example.co.uk", "a.b+c@mail.example.co.uk"),
        ("ada@münchen.example", "ada@xn--mnchen-3ya.example"),
        ("ａｄａ@example.com", "ada@example.com"),
    ],
)
def test_addresses_have_one_form(value, address):
    assert identity.normalise_email(value) == address


@pytest.mark.parametrize(
    "value",
    [
        *("", "ada", "@example.com", "ada@", "ada@localhost", "a b@example.com"),
        *("a@b@example.com", ".a@example.com", "a.@example.com", "a..b@example.com"),
        *("a@-x.example", "a@x..example", "a@example.com\nx", "x" * 65 + "@e.example"),
        *("a@" + "x." * 130 + "com", "a@\udcff.example", "a\x00@example.com"),
    ],
)
def test_other_addresses_are_refused(value):
    with pytest.raises(PayloadInvalid, match="not an e-mail address"):
        identity.normalise_email(value)


@pytest.mark.parametrize(
    ("value", "card"),
    [
        (" l-100 200 ", "L-100200"),
        ("1234-5678 9012", "123456789012"),
        ("tok_9f/AB==", "TOK_9F/AB=="),
    ],
)
def test_cards_have_one_form(value, card):
    assert identity.normalise_card(value) == card


@pytest.mark.parametrize("value", ["", "12", "a\x00bc", "x" * 200, "<b>12</b>"])
def test_other_cards_are_refused(value):
    with pytest.raises(PayloadInvalid, match="not a card number"):
        identity.normalise_card(value)


@given(st.text(max_size=60))
def test_any_text_is_normalised_for_good_or_refused(text):
    for normalise in (
        identity.normalise_phone,
        identity.normalise_email,
        identity.normalise_card,
    ):
        try:
            once = normalise(text)
        except PayloadInvalid:
            continue
        assert normalise(once) == once


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("ada@example.com", "a***@example.com"),
        ("+32470123456", "+32***56"),
        ("L-100200", "***00"),
        ("123", "***"),
        ("", "***"),
        ("@x", "***"),
    ],
)
def test_masked_values_are_recognised_by_their_owner_only(value, shown):
    assert identity.masked(value) == shown
