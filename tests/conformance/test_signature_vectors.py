"""Published signature vectors of vendors and of the Standard Webhooks project."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from retail_integration_base.tools import signing
from retail_integration_base.tools.errors import AuthenticationError
from retail_integration_base.tools.signing import SCHEMES, Secret, SignatureSpec

# A vendor that the suite does not ship: schemes are data, so a record is enough.
VOUCHERIFY = SignatureSpec(
    code="voucherify",
    encoding="hex",
    parts=("body",),
    signature_header="x-voucherify-signature",
)
SPECS = {**SCHEMES, "voucherify": VOUCHERIFY}


@pytest.fixture(scope="module")
def vectors(shared_data):
    return json.loads((shared_data / "signatures" / "vectors.json").read_text())


def proof_of(vector, body):
    spec = SPECS[vector["scheme"]]
    stamp = vector.get("timestamp")
    headers = {spec.signature_header: vector["signature"]}
    if stamp:
        headers[spec.id_header] = vector["id"]
        headers[spec.timestamp_header] = str(stamp)
    return signing.verify(
        spec,
        [Secret(vector["secret"])],
        headers=headers,
        body=body,
        url=vector.get("url", ""),
        now=datetime.fromtimestamp(stamp or 0, tz=timezone.utc),
    )


def test_published_vectors_are_accepted(vectors):
    assert {vector["scheme"] for vector in vectors} >= {"square", "standard-webhooks"}
    for vector in vectors:
        proof_of(vector, vector["body"].encode())


def test_their_bodies_with_one_byte_more_are_refused(vectors):
    for vector in vectors:
        with pytest.raises(AuthenticationError):
            proof_of(vector, vector["body"].encode() + b"\n")


def test_we_sign_to_the_published_text(vectors):
    for vector in vectors:
        spec = SPECS[vector["scheme"]]
        headers = signing.sign(
            spec,
            [vector["secret"]],
            message_id=vector.get("id", "m"),
            timestamp=datetime.fromtimestamp(
                vector.get("timestamp", 0), tz=timezone.utc
            ),
            body=vector["body"].encode(),
            url=vector.get("url", ""),
        )
        assert headers[spec.signature_header] == vector["signature"]
