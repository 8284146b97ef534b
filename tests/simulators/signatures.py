"""How the simulated systems sign and verify, written apart from the suite's own code.

Lives here: Standard Webhooks by its published package, Shopify by a few lines after
the vendor's description, and a static token. Not here: the suite's verifier; these
are foreign eyes on it. Called by ``partner`` (verify) and ``sender`` (sign).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from standardwebhooks import Webhook, WebhookVerificationError

TOKEN_HEADER = "X-Retail-Token"


def standard_webhook_headers(
    secret: str, message_id: str, body: bytes, at: datetime | None = None
) -> dict[str, str]:
    """Return the three headers of Standard Webhooks.

    :param secret: with or without its ``whsec_`` prefix.
    :param at: aware time of the attempt, now if left out.
    """
    moment = (at or datetime.now(timezone.utc)).astimezone(timezone.utc)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, moment, body.decode()),
    }


def shopify_signature(secret: str, body: bytes) -> str:
    """Return ``X-Shopify-Hmac-Sha256``: base64 of HMAC-SHA256 over the raw body.

    Source: shopify.dev, "Verify the origin of a webhook".
    """
    return base64.b64encode(
        hmac.new(secret.encode(), body, hashlib.sha256).digest()
    ).decode()


def refusal(
    scheme: str, secrets: Sequence[str], headers: Mapping[str, str], body: bytes
) -> str | None:
    """Return why a request must not be trusted, or ``None`` if one secret fits.

    :param scheme: ``standard-webhooks``, ``shopify``, ``static-header`` or ``none``.
    :raises ValueError: for a scheme that is none of these.
    """
    if scheme == "none":
        return None
    if scheme == "standard-webhooks":
        reasons = [_standard_refusal(secret, headers, body) for secret in secrets]
    elif scheme == "shopify":
        given = headers.get("X-Shopify-Hmac-Sha256", "")
        reasons = [_differs(given, shopify_signature(s, body)) for s in secrets]
    elif scheme == "static-header":
        given = headers.get(TOKEN_HEADER, "")
        reasons = [_differs(given, secret) for secret in secrets]
    else:
        raise ValueError(f"no such signature scheme: {scheme}")
    return None if None in reasons else (reasons or ["no secret"])[-1]


def _standard_refusal(
    secret: str, headers: Mapping[str, str], body: bytes
) -> str | None:
    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
    except WebhookVerificationError as error:
        return str(error)
    except (ValueError, OverflowError, OSError) as error:
        # The package lets these escape on hostile headers: not base64, no comma.
        return f"malformed: {error}"
    return None


def _differs(given: str, expected: str) -> str | None:
    same = hmac.compare_digest(given.encode(), expected.encode())
    return None if same else "No matching signature found"
