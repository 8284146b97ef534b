"""What may be shown."""

from __future__ import annotations

import pytest
from growth import in_proportion

from retail_integration_base.tools import redaction

ALLOWED = frozenset({"sku", "qty", "tags", "n"})


def test_only_allowed_keys_are_shown_and_the_shape_stays():
    payload = {
        "customer": {"email": "ada@example.com", "sku": "A", "none": None},
        "lines": [{"n": 1, "sku": "MUG", "note": "call Ada"}, {"n": 2}],
        "tags": ["a", {"name": "b", "qty": "2"}],
        "flag": True,
    }
    assert redaction.redact(payload, ALLOWED) == {
        "customer": {"email": "***", "sku": "A", "none": None},
        "lines": [{"n": 1, "sku": "MUG", "note": "***"}, {"n": 2}],
        "tags": ["a", {"name": "***", "qty": "2"}],
        "flag": "***",
    }


def test_keys_may_be_personal_too():
    masked = redaction.redact({"ada@example.com": 1, "sku": "A"}, ALLOWED)
    assert masked == {"***": "***", "sku": "A"}


def test_bare_values_are_masked():
    assert redaction.redact("ada", ALLOWED) == "***"
    assert redaction.redact([1, None], ALLOWED) == ["***", None]


def test_depth_is_bounded():
    deep: dict = {}
    for _ in range(5000):
        deep = {"sku": deep}
    assert "***" in str(redaction.redact(deep, ALLOWED))


def test_the_payload_itself_is_not_changed():
    payload = {"a": [1, {"b": 2}]}
    redaction.redact(payload, ALLOWED)
    assert payload == {"a": [1, {"b": 2}]}


def test_only_safe_headers_are_shown():
    shown = redaction.redact_headers(
        {
            "Content-Type": "application/json",
            "Authorization": "Bearer x",
            "webhook-signature": "v1,x",
            "X-Unknown": "y",
        }
    )
    assert shown == {
        "Content-Type": "application/json",
        "Authorization": "***",
        "webhook-signature": "***",
        "X-Unknown": "***",
    }


@pytest.mark.parametrize(
    "secret",
    [
        "ada.lovelace+x@mail.example.com",
        "ada%odd@example.co",
        "+32470123456",
        "+32 470 12 34 56",
        "+49 (0)30 1234567",
        "0032470123456",
        "0470 12 34 56",
        "4242 4242 4242 4242",
        "4242424242424242",
        "378282246310005",
        "5555-5555-5555-4444",
        "Bearer abc.DEF-123",
        "basic dXNlcjpwYXNz",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "shpat_0123456789abcdef",
    ],
)
def test_personal_data_and_secrets_are_masked_in_text(secret):
    scrubbed = redaction.scrub_text(f"before {secret} after")
    assert scrubbed.startswith("before ")
    assert scrubbed.endswith(" after")
    assert secret not in scrubbed
    assert "***" in scrubbed
    digits = [char for char in scrubbed if char.isdigit()]
    assert len(digits) <= 2


@pytest.mark.parametrize(
    "text",
    [
        "stored event 0190f1c2-7d3e-7a51-8f0e-2f6f1d1d9b10",
        "receipt 12/3/160 of 2026-11-20 at 2026-11-20T10:31:02.123456Z",
        "trace 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "order 5726128734520 total 409.94 expected 1234567.89",
        "lane 7 took 0.123456789 s, RET-1104, 10000 rows",
        "card number 4242424242424241 fails its check digit",
    ],
)
def test_technical_text_stays_readable(text):
    assert redaction.scrub_text(text) == text


@pytest.mark.parametrize("piece", ["a", "1 ", "1", "a@"])
def test_scrubbing_takes_time_in_proportion_to_the_text(piece):
    assert in_proportion(lambda n: redaction.scrub_text("+" + piece * n), 200_000)
