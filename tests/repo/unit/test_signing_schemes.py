"""Signatures: what is special about each vendor's scheme."""

from __future__ import annotations

import pytest
from signing_cases import (
    BASIC,
    URL,
    WHSEC,
    reason,
    signed,
    verified,
)

from retail_integration_base.tools.errors import ConfigurationError
from retail_integration_base.tools.signing import SCHEMES, Secret


@pytest.mark.parametrize("message_id", ["msg.1", "a b", "", "é", "x" * 256, "a,b"])
def test_ids_that_make_the_signed_text_ambiguous_are_refused(message_id):
    spec = SCHEMES["standard-webhooks"]
    with pytest.raises(ConfigurationError, match="cannot carry"):
        signed(spec, message_id=message_id)
    assert reason(spec, {**signed(spec), "webhook-id": message_id}) in (
        "malformed",
        "missing",
    )


def test_a_dot_cannot_move_between_id_and_timestamp():
    spec = SCHEMES["standard-webhooks"]
    headers = signed(spec, message_id="msg_1")
    stamp = headers["webhook-timestamp"]
    headers["webhook-id"], headers["webhook-timestamp"] = f"msg_1.{stamp}", stamp
    assert reason(spec, headers) == "malformed"


@pytest.mark.parametrize(
    "entry", ["v1", "v1,", ",x", "v1,a,b", "v1,ü", "V1,abcd", "v1=abcd", "  "]
)
def test_malformed_entries_are_refused_not_raised(entry):
    spec = SCHEMES["standard-webhooks"]
    headers = signed(spec)
    good = headers["webhook-signature"]
    for value in (entry, f"{good} {entry}", f"{entry} {good}", f"{good}  {good}"):
        assert reason(spec, {**headers, "webhook-signature": value}) == "malformed"


def test_other_versions_are_ignored():
    spec = SCHEMES["standard-webhooks"]
    headers = signed(spec)
    good = headers["webhook-signature"]
    verified(spec, {**headers, "webhook-signature": f"v1a,AAAA {good} v2,BBBB"})
    other = good.replace("v1,", "v2,")
    assert reason(spec, {**headers, "webhook-signature": other}) == "mismatch"


@pytest.mark.parametrize(
    "value",
    ["t=1", "v1=ab", "t=1,t=2,v1=ab", "t=,v1=ab", "t=1,v1=", "t=1,,v1=a", "junk"],
)
def test_stripe_lists_hold_one_time(value):
    assert reason(SCHEMES["stripe"], {"stripe-signature": value}) in (
        "malformed",
        "mismatch",
    )


def test_stripe_ignores_v0_and_takes_the_secret_literally():
    spec = SCHEMES["stripe"]
    value = signed(spec, [WHSEC])["stripe-signature"]
    verified(spec, {"stripe-signature": value + ",v0=abc"}, [Secret(WHSEC)])
    downgraded = value.replace("v1=", "v0=")
    assert reason(spec, {"stripe-signature": downgraded}, [Secret(WHSEC)]) == "mismatch"
    bare = [Secret(WHSEC.removeprefix("whsec_"))]
    assert reason(spec, {"stripe-signature": value}, bare) == "mismatch"


def test_square_signs_the_url():
    spec = SCHEMES["square"]
    assert reason(spec, signed(spec), url=URL + "/") == "mismatch"


def test_github_needs_its_prefix_and_takes_hex_in_any_case():
    spec = SCHEMES["github"]
    value = signed(spec)["x-hub-signature-256"]
    digest = value.removeprefix("sha256=")
    verified(spec, {"x-hub-signature-256": f"sha256={digest.upper()}"})
    for wrong in (digest, f"sha1={digest}", f"SHA256={digest}"):
        assert reason(spec, {"x-hub-signature-256": wrong}) == "malformed"


@pytest.mark.parametrize("trick", ["=", " ", "\n", "A==", "-"])
def test_base64_has_one_spelling(trick):
    spec = SCHEMES["shopify"]
    value = signed(spec)["x-shopify-hmac-sha256"]
    reason(spec, {"x-shopify-hmac-sha256": value + trick})
    reason(spec, {"x-shopify-hmac-sha256": value.rstrip("=")})


def test_static_headers_and_basic_passwords():
    static = SCHEMES["static-header"]
    assert signed(static, ["tok_1"]) == {"x-retail-token": "tok_1"}
    assert reason(static, {"x-retail-token": "tok_"}, [Secret("tok_1")]) == "mismatch"
    headers = signed(BASIC, ["shop:s3cret"])
    assert headers["authorization"] == "Basic c2hvcDpzM2NyZXQ="
    lower = {"authorization": headers["authorization"].replace("Basic", "basic")}
    verified(BASIC, lower, [Secret("shop:s3cret")])
    bearer = {"authorization": headers["authorization"].replace("Basic", "Bearer")}
    assert reason(BASIC, bearer, [Secret("shop:s3cret")]) in ("malformed", "mismatch")
