"""Square's webhooks: the published signature, and bodies that say too little."""

from __future__ import annotations

import json

import pytest

from retail_integration_base.tools.clock import utc_now
from retail_integration_base.tools.errors import (
    AuthenticationError,
    PayloadInvalid,
    UnknownTopic,
)
from retail_integration_base.tools.signing import Secret
from retail_loyalty_connector.tools import square_webhook

ACCOUNT = "5adcb100-07f1-4ee7-b8c6-6bb9ebc474bd"


def test_published_signature_is_accepted():
    # developer.squareup.com, "Verify and validate an event notification": the example.
    body = b'{"hello":"world"}'
    headers = {
        "X-Square-HmacSha256-Signature": "2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og="
    }
    url = "https://example.com/webhook"
    secrets = [Secret("asdf1234")]
    square_webhook.verify(secrets, headers=headers, body=body, url=url, now=utc_now())
    with pytest.raises(AuthenticationError):
        square_webhook.verify(
            secrets, headers=headers, body=body, url=url + "/", now=utc_now()
        )


def test_deleted_account_is_told_by_its_id():
    body = {
        "type": "loyalty.account.deleted",
        "event_id": "e1",
        "created_at": "2026-01-01T00:00:00Z",
        "data": {"type": "loyalty_account", "id": ACCOUNT, "deleted": True},
    }
    notice = square_webhook.parse(json.dumps(body).encode())
    assert (notice.member_id, notice.movement) == (ACCOUNT, None)


def test_webhook_without_its_subject_is_refused():
    body = {"type": "loyalty.event.created", "event_id": "e", "data": {"id": "x"}}
    with pytest.raises(PayloadInvalid):
        square_webhook.parse(json.dumps(body).encode())
    with pytest.raises(UnknownTopic):
        square_webhook.parse(b'{"type": "payment.updated"}')
