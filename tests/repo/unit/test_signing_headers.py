"""Signatures: headers that are missing, doubled, oversized or out of time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from signing_cases import (
    ALL,
    NOW,
    TIMED,
    reason,
    signed,
    verified,
)

from retail_integration_base.tools.signing import SCHEMES, SignatureSpec


@pytest.mark.parametrize("code", ALL)
def test_each_signed_header_is_required(code):
    spec = ALL[code]
    headers = signed(spec)
    for name in headers:
        rest = {key: value for key, value in headers.items() if key != name}
        if name == spec.id_header and "id" not in spec.parts:
            verified(spec, rest)
        else:
            assert reason(spec, rest) == "missing"
            assert reason(spec, {**rest, name: ""}) == "missing"


@pytest.mark.parametrize("code", ALL)
def test_a_doubled_header_is_refused_however_the_server_shows_it(code):
    spec = ALL[code]
    headers = signed(spec)
    for name, value in headers.items():
        rest = {key: text for key, text in headers.items() if key != name}
        shapes = [
            {**rest, name: [value, value]},
            {**rest, name: f"{value},{value}"},
            {**rest, name: f"{value}, {value}"},
            {**rest, name.title(): value, name.upper(): value},
        ]
        for shape in shapes:
            assert reason(spec, shape) == "malformed"


@pytest.mark.parametrize("code", ALL)
def test_an_oversized_header_is_refused(code):
    spec = ALL[code]
    headers = signed(spec)
    for name, value in headers.items():
        assert reason(spec, {**headers, name: value + "A" * 4096}) == "malformed"


@pytest.mark.parametrize("code", ALL)
@pytest.mark.parametrize("junk", ["é", "\x00", "a\tb", "a\nb", " ", "\udcff"])
def test_headers_hold_visible_ascii_only(code, junk):
    spec = ALL[code]
    headers = signed(spec)
    for name, value in headers.items():
        assert reason(spec, {**headers, name: value + junk}) == "malformed"


def test_a_flood_of_signatures_is_refused():
    spec = SCHEMES["standard-webhooks"]
    headers = signed(spec)
    entry = headers[spec.signature_header]
    assert reason(spec, {**headers, spec.signature_header: " ".join([entry] * 17)}) == (
        "malformed"
    )


@pytest.mark.parametrize("code", TIMED)
def test_time_is_checked_in_both_directions(code):
    spec = ALL[code]
    edge = timedelta(seconds=300)
    verified(spec, signed(spec, at=NOW - edge))
    verified(spec, signed(spec, at=NOW + edge))
    one = timedelta(seconds=1)
    assert reason(spec, signed(spec, at=NOW - edge - one)) == "stale"
    assert reason(spec, signed(spec, at=NOW + edge + one)) == "future"


def test_tolerances_are_data():
    spec = SignatureSpec(
        code="t",
        signature_header="s",
        id_header="i",
        timestamp_header="t",
        timestamp_form="unix",
        tolerance_s=10,
        tolerance_future_s=0,
    )
    verified(spec, signed(spec, at=NOW - timedelta(seconds=10)))
    assert reason(spec, signed(spec, at=NOW - timedelta(seconds=11))) == "stale"
    assert reason(spec, signed(spec, at=NOW + timedelta(seconds=1))) == "future"


@pytest.mark.parametrize(
    "text",
    [
        *("1795170662.0", " 1795170662", "+1795170662", "1.795170662e9", "0x6b00"),
        *("-1", "1795170662000", "9" * 13, "١٧٩", "now", "1_795_170_662"),
    ],
)
def test_unix_time_is_a_plain_integer(text):
    spec = SCHEMES["standard-webhooks"]
    headers = {**signed(spec), "webhook-timestamp": text}
    assert reason(spec, headers) == "malformed"


def test_leading_zeros_do_not_make_a_second_valid_header():
    spec = SCHEMES["standard-webhooks"]
    headers = signed(spec)
    headers["webhook-timestamp"] = "00" + headers["webhook-timestamp"]
    assert reason(spec, headers) == "mismatch"


def test_a_time_beyond_all_calendars_is_refused_not_raised():
    spec = SCHEMES["stripe"]
    claim = f"t={'9' * 12},v1={'0' * 64}"
    assert reason(spec, {"stripe-signature": claim}) == "mismatch"


@pytest.mark.parametrize("text", ["2026-11-20T10:31:02", "1795170662", "2026-11-20"])
def test_iso_time_has_an_offset(text):
    spec = SCHEMES["zendesk"]
    headers = {**signed(spec), "x-zendesk-webhook-signature-timestamp": text}
    assert reason(spec, headers) == "malformed"
