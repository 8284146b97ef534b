"""Signatures against others: the ``standardwebhooks`` package, published vectors.

The package is the oracle for well-formed input only: on hostile input it raises
undocumented errors, which is why the suite has its own verifier.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta, timezone

import pytest
import standardwebhooks
from hypothesis import assume, given
from hypothesis import strategies as st

from retail_integration_base.tools import signing
from retail_integration_base.tools.errors import AuthenticationError
from retail_integration_base.tools.signing import SCHEMES, Secret

STANDARD = SCHEMES["standard-webhooks"]
KEYS = st.binary(min_size=24, max_size=64)
IDS = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789_-", min_size=1, max_size=64)
BODIES = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def whsec(key):
    return "whsec_" + base64.b64encode(key).decode()


def ours_accepts(secret, headers, body, now):
    try:
        signing.verify(
            STANDARD, [Secret(secret)], headers=headers, body=body, url="", now=now
        )
    except AuthenticationError:
        return False
    return True


def theirs_accepts(secret, headers, body):
    try:
        standardwebhooks.Webhook(secret).verify(body, headers, json_parse=False)
    except standardwebhooks.WebhookVerificationError:
        return False
    return True


@given(KEYS, IDS, BODIES)
def test_the_oracle_accepts_what_we_sign(key, message_id, text):
    now = datetime.now(timezone.utc)
    headers = signing.sign(
        STANDARD,
        [whsec(key)],
        message_id=message_id,
        timestamp=now,
        body=text.encode(),
        url="",
    )
    assert theirs_accepts(whsec(key), headers, text.encode())


@given(KEYS, IDS, BODIES)
def test_we_accept_what_the_oracle_signs(key, message_id, text):
    now = datetime.now(timezone.utc).replace(microsecond=0)
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": standardwebhooks.Webhook(whsec(key)).sign(
            message_id, now, text
        ),
    }
    assert ours_accepts(whsec(key), headers, text.encode(), now)


@given(KEYS, IDS, BODIES, st.data())
def test_both_refuse_a_mutated_message(key, message_id, text, data):
    now = datetime.now(timezone.utc)
    body = text.encode()
    headers = signing.sign(
        STANDARD, [whsec(key)], message_id=message_id, timestamp=now, body=body, url=""
    )
    what = data.draw(st.sampled_from(["body", "id", "timestamp", "signature", "key"]))
    secret = whsec(key)
    if what == "body":
        body += b" "
    elif what == "id":
        headers["webhook-id"] += "x"
    elif what == "timestamp":
        earlier = int(headers["webhook-timestamp"]) - data.draw(st.integers(1, 60))
        headers["webhook-timestamp"] = str(earlier)
    elif what == "key":
        other = data.draw(KEYS)
        # HMAC pads short keys with zeros: such a twin is the same key.
        assume(other.ljust(64, b"\0") != key.ljust(64, b"\0"))
        secret = whsec(other)
    else:
        mac = bytearray(base64.b64decode(headers["webhook-signature"][3:]))
        mac[data.draw(st.integers(0, 31))] ^= data.draw(st.integers(1, 255))
        headers["webhook-signature"] = "v1," + base64.b64encode(mac).decode()
    assert not ours_accepts(secret, headers, body, now)
    assert not theirs_accepts(secret, headers, body)


@pytest.mark.parametrize("age_s", [-301, -299, 0, 299, 301])
def test_both_draw_the_line_at_five_minutes(age_s):
    now = datetime.now(timezone.utc)
    secret = whsec(b"k" * 32)
    headers = signing.sign(
        STANDARD,
        [secret],
        message_id="msg_1",
        timestamp=now - timedelta(seconds=age_s),
        body=b"{}",
        url="",
    )
    expected = abs(age_s) < 300
    assert ours_accepts(secret, headers, b"{}", now) is expected
    assert theirs_accepts(secret, headers, b"{}") is expected


@pytest.mark.parametrize(
    ("body", "signature", "timestamp"),
    [
        (b"\xff", None, None),  # the oracle: UnicodeDecodeError
        (b"{}", "v1", None),  # ValueError
        (b"{}", "v1,a,b", None),
        (b"{}", "v1,YQ==  v1,YQ==", None),
        (b"{}", None, "1674087231.9"),
        (b"{}", None, " 1674087231 "),
    ],
)
def test_where_the_oracle_breaks_we_refuse(body, signature, timestamp):
    now = datetime(2023, 1, 19, 0, 13, 51, tzinfo=timezone.utc)
    secret = whsec(b"k" * 32)
    headers = signing.sign(
        STANDARD, [secret], message_id="msg_1", timestamp=now, body=b"{}", url=""
    )
    if signature:
        headers["webhook-signature"] = signature
    if timestamp:
        headers["webhook-timestamp"] = timestamp
    assert not ours_accepts(secret, headers, body, now)


def test_githubs_published_example():
    """docs.github.com, "Testing the webhook payload validation"."""
    digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    signing.verify(
        SCHEMES["github"],
        [Secret("It's a Secret to Everybody")],
        headers={"X-Hub-Signature-256": f"sha256={digest}"},
        body=b"Hello, World!",
        url="",
        now=datetime.now(timezone.utc),
    )


def zendesk_refusal(signature):
    headers = {
        "X-Zendesk-Webhook-Signature": signature,
        "X-Zendesk-Webhook-Signature-Timestamp": "2021-07-25T10:00:00Z",
    }
    try:
        signing.verify(
            SCHEMES["zendesk"],
            [Secret("HRkRd4")],
            headers=headers,
            body=b'{"say": "hello"}',
            url="",
            now=datetime(2021, 7, 25, 10, 0, 30, tzinfo=timezone.utc),
        )
    except AuthenticationError as error:
        return error.context["reason"]
    return None


def zendesk_mac(signed):
    mac = hmac.new(b"HRkRd4", signed, hashlib.sha256).digest()
    return base64.b64encode(mac).decode()


def test_zendesk_signs_the_time_before_the_body():
    """An outdated vendor page has the parts the other way round."""
    time, body = b"2021-07-25T10:00:00Z", b'{"say": "hello"}'
    assert zendesk_refusal(zendesk_mac(time + body)) is None
    assert zendesk_refusal(zendesk_mac(body + time)) == "mismatch"
    outdated_example = "tRDSF7URY8BLCDlaBcQ7FHu051Zk+aAB0NKMP53teMw="
    assert zendesk_refusal(outdated_example) == "mismatch"
