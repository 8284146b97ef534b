"""Signatures: what is accepted, which secrets count, and what a refusal costs."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from signing_cases import (
    ALL,
    BODY,
    NOW,
    OLD_WHSEC,
    WHSEC,
    reason,
    secret_for,
    signed,
    verified,
)

from retail_integration_base.tools import signing
from retail_integration_base.tools.errors import AuthenticationError, ConfigurationError
from retail_integration_base.tools.signing import SCHEMES, Secret, SignatureSpec


@pytest.mark.parametrize("code", ALL)
def test_what_we_sign_is_accepted(code):
    spec = ALL[code]
    proof = verified(spec, signed(spec))
    assert proof.signed_at == (NOW if spec.timestamp_form else None)
    assert proof.delivery_id == ("msg_1" if spec.id_header else None)


@pytest.mark.parametrize("code", ALL)
def test_header_names_count_in_any_case(code):
    spec = ALL[code]
    shouted = {name.upper(): value for name, value in signed(spec).items()}
    verified(spec, shouted)


@pytest.mark.parametrize("code", [c for c in SCHEMES if SCHEMES[c].kind == "hmac"])
@pytest.mark.parametrize("body", [b"", b"\x00\xff\xfe", b"x" * 1_000_000])
def test_bodies_are_bytes_of_any_kind(code, body):
    verified(SCHEMES[code], signed(SCHEMES[code], body=body), body=body)


@pytest.mark.parametrize("code", [c for c in SCHEMES if SCHEMES[c].kind == "hmac"])
def test_another_body_is_refused(code):
    spec = SCHEMES[code]
    assert reason(spec, signed(spec), body=BODY + b" ") == "mismatch"
    assert reason(spec, signed(spec), body=b"") == "mismatch"


@pytest.mark.parametrize("code", ALL)
def test_another_secret_is_refused(code):
    spec = ALL[code]
    other = OLD_WHSEC if spec.secret_form == "whsec_base64" else "other"
    assert reason(spec, signed(spec), [Secret(other)]) == "mismatch"


@pytest.mark.parametrize("code", ALL)
def test_no_live_secret_is_refused(code):
    spec = ALL[code]
    future = Secret(secret_for(spec), not_before=NOW + timedelta(seconds=1))
    past = Secret(secret_for(spec), not_after=NOW)
    assert reason(spec, signed(spec), []) == "no_secret"
    assert reason(spec, signed(spec), [future, past]) == "no_secret"


@pytest.mark.parametrize("code", ALL)
@pytest.mark.parametrize("value", ["", "whsec_", "\udcff", "%%%"])
def test_an_empty_or_broken_secret_accepts_nobody(code, value):
    spec = ALL[code]
    assert reason(spec, signed(spec), [Secret(value)]) in ("no_secret", "mismatch")


def test_two_secrets_count_while_they_overlap():
    spec = SCHEMES["standard-webhooks"]
    secrets = [
        Secret(WHSEC, not_before=NOW - timedelta(hours=1)),
        Secret(OLD_WHSEC, not_after=NOW + timedelta(hours=1)),
    ]
    for used in (WHSEC, OLD_WHSEC):
        verified(spec, signed(spec, [used]), secrets)
    later = NOW + timedelta(hours=1)
    headers = signed(spec, [OLD_WHSEC], at=later)
    assert reason(spec, headers, secrets, now=later) == "mismatch"


def test_naive_validity_is_utc_as_odoo_stores_it():
    spec = SCHEMES["shopify"]
    naive = NOW.replace(tzinfo=None)
    secret = Secret("s", naive - timedelta(1), naive + timedelta(1))
    verified(spec, signed(spec, ["s"]), [secret])


@pytest.mark.parametrize("code", ["standard-webhooks", "stripe"])
def test_a_list_of_signatures_lets_the_sender_rotate(code):
    spec = SCHEMES[code]
    headers = signed(spec, [WHSEC, OLD_WHSEC])
    verified(spec, headers, [Secret(WHSEC)])
    verified(spec, headers, [Secret(OLD_WHSEC)])


def test_other_schemes_sign_with_the_newest_secret_only():
    spec = SCHEMES["github"]
    headers = signed(spec, ["new", "old"])
    verified(spec, headers, [Secret("new")])
    assert reason(spec, headers, [Secret("old")]) == "mismatch"


@pytest.mark.parametrize(
    ("form", "value", "usable"),
    [
        ("utf8", "x", True),
        ("utf8", "", False),
        ("hex", "00ff", True),
        ("hex", "0g", False),
        ("base64", "AAAA", True),
        ("base64", "A A", False),
        ("whsec_base64", WHSEC, True),
        ("whsec_base64", WHSEC.removeprefix("whsec_"), True),
        ("whsec_base64", "whsec_AAA", True),  # without padding
        ("whsec_base64", "whsec_", False),
        ("whsec_base64", "whsec_\u00e9", False),
    ],
)
def test_secrets_are_checked_when_they_are_entered(form, value, usable):
    spec = SignatureSpec(
        code="x", parts=("body",), signature_header="s", secret_form=form
    )
    if usable:
        signing.check_secret(spec, value)
    else:
        with pytest.raises(ConfigurationError) as caught:
            signing.check_secret(spec, value)
        assert len(value) < 8 or value not in caught.value.message


@pytest.mark.parametrize("token", ["", "a b", "a,b", "é", "a\nb"])
def test_a_static_token_fits_a_header(token):
    with pytest.raises(ConfigurationError):
        signing.check_secret(SCHEMES["static-header"], token)


def test_nothing_signs_without_secret():
    with pytest.raises(ConfigurationError, match="no secret"):
        signing.sign(
            SCHEMES["shopify"], [], message_id="m", timestamp=NOW, body=b"", url=""
        )


def test_a_secret_does_not_show():
    assert "hush" not in repr(Secret("hush"))


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "rsa"},
        {"digest": "md5"},
        {"encoding": "base32"},
        {"signature_form": "jws"},
        {"secret_form": "pem"},
        {"parts": ("timestamp",)},
        {"parts": ("id", "body"), "id_header": None},
        {"parts": ("body",), "timestamp_form": "unix"},
        {"parts": ("timestamp", "body"), "timestamp_form": "unix"},
        {"parts": ("timestamp", "body"), "timestamp_header": "t"},
        {"parts": ("body",), "signature_form": "stripe_list"},
        {"parts": ("body",), "signature_form": "prefixed"},
        {"parts": ("body",), "signature_header": ""},
        {"parts": ("body",), "tolerance_s": -1},
    ],
)
def test_incoherent_schemes_are_refused(changes):
    with pytest.raises(ConfigurationError, match="signature scheme odd"):
        SignatureSpec(**{"code": "odd", "signature_header": "s", **changes})


def test_cost_does_not_tell_what_was_wrong():
    """Unknown backend, missing header, wrong and right signature: about one HMAC.

    A large body makes the HMAC the main cost; leaving it out would show at once.
    """
    spec = SCHEMES["standard-webhooks"]
    body = b"x" * 2_000_000
    good = signed(spec, body=body)
    bad = {**good, "webhook-signature": "v1,AAAA"}

    def attempt(headers):
        try:
            verified(spec, headers, body=body)
        except AuthenticationError:
            return

    def best_s(call):
        times = []
        for _ in range(15):
            started = time.perf_counter()
            call()
            times.append(time.perf_counter() - started)
        return min(times)

    costs = [
        best_s(lambda: signing.verify_decoy(body)),
        best_s(lambda: attempt({})),
        best_s(lambda: attempt(bad)),
        best_s(lambda: attempt(good)),
    ]
    assert max(costs) < 2 * min(costs)
