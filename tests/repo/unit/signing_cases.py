"""What the tests of signatures share: every scheme, signing and verifying in short."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import pytest

from retail_integration_base.tools import signing
from retail_integration_base.tools.errors import AuthenticationError
from retail_integration_base.tools.signing import (
    SCHEMES,
    Secret,
    SignatureSpec,
    Verified,
)

NOW = datetime(2026, 11, 20, 10, 31, 2, tzinfo=timezone.utc)
BODY = b'{"test": 2432232314}'
URL = "https://shop.example/retail/v1/backends/web/webhook"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_WHSEC = "whsec_" + base64.b64encode(b"o" * 32).decode()
BASIC = SignatureSpec(
    code="basic",
    kind="basic",
    signature_header="authorization",
    signature_form="prefixed",
    signature_prefix="Basic ",
)
ALL = {**SCHEMES, "basic": BASIC}
TIMED = [code for code, spec in ALL.items() if spec.timestamp_form]


def secret_for(spec: SignatureSpec) -> str:
    """Return a secret in the scheme's form."""
    return WHSEC if spec.secret_form == "whsec_base64" else "It's_a_Secret"


def signed(
    spec: SignatureSpec,
    secrets: Sequence[str] | None = None,
    *,
    body: bytes = BODY,
    at: datetime = NOW,
    url: str = URL,
    message_id: str = "msg_1",
) -> dict[str, str]:
    """Return the headers that we would send."""
    return signing.sign(
        spec,
        secrets or [secret_for(spec)],
        message_id=message_id,
        timestamp=at,
        body=body,
        url=url,
    )


def verified(
    spec: SignatureSpec,
    headers: Mapping[str, Any],
    secrets: Sequence[Secret] | None = None,
    *,
    body: bytes = BODY,
    url: str = URL,
    now: datetime = NOW,
) -> Verified:
    """Return what the headers prove."""
    secrets = [Secret(secret_for(spec))] if secrets is None else secrets
    return signing.verify(spec, secrets, headers=headers, body=body, url=url, now=now)


def reason(
    spec: SignatureSpec,
    headers: Mapping[str, Any],
    secrets: Sequence[Secret] | None = None,
    **options: Any,
) -> str:
    """Return why the headers are refused; outward every refusal is the same."""
    with pytest.raises(AuthenticationError, match=signing.REFUSAL) as caught:
        verified(spec, headers, secrets, **options)
    found = caught.value.context
    if set(found) != {"reason"} or found["reason"] not in signing.REASONS:
        pytest.fail(f"not one of the known reasons: {found}")
    return found["reason"]
