"""Signatures over raw bytes: verify what comes in, sign what goes out.

Lives here: one verifier and one signer for every scheme that
``tools/signature_spec.py`` can describe. Lives elsewhere: secrets at rest
(``tools/keyring.py``, ``retail.credential``), the counter of refusals (models). Called
by the gateway's controllers and by the outbox.

The caller learns only "accepted" or "not"; the cost does not tell a known backend
from an unknown one, nor which of several secrets was close.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from . import clock
from .errors import AuthenticationError, ConfigurationError
from .signature_headers import Claim, id_is_sound, read_claim
from .signature_spec import NAMED_PARTS, SCHEMES, SignatureSpec

__all__ = [
    "REASONS",
    "SCHEMES",
    "Secret",
    "SignatureSpec",
    "Verified",
    "check_secret",
    "sign",
    "verify",
    "verify_decoy",
]

REASONS = ("missing", "malformed", "stale", "future", "mismatch", "no_secret")
REFUSAL = "the signature was not accepted"

_DECOY_KEY = hashlib.sha256(b"retail.signing.decoy").digest()
_DECOY_HEADERS = {
    "webhook-id": "msg_decoy",
    "webhook-timestamp": "1700000000",
    "webhook-signature": "v1," + base64.b64encode(_DECOY_KEY).decode(),
}
_HEADER_TOKEN = re.compile(r"[!-+\--~]{1,1024}")


@dataclass(frozen=True)
class Secret:
    """A secret and the time in which it counts (UTC; ``None``: no limit)."""

    value: str = field(repr=False)
    not_before: datetime | None = None
    not_after: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Tell whether the secret counts at ``now`` (aware)."""
        if self.not_before and now < clock.as_utc(self.not_before):
            return False
        return not (self.not_after and now >= clock.as_utc(self.not_after))


_DECOY_SECRET = Secret(base64.b64encode(_DECOY_KEY).decode())


@dataclass(frozen=True)
class Verified:
    """What the headers of an accepted message said.

    ``delivery_id`` is the sender's id of the delivery, proven only where the scheme
    signs it. ``signed_at`` is ``None`` where no time is signed.
    """

    delivery_id: str | None
    signed_at: datetime | None


def verify(
    spec: SignatureSpec,
    secrets: Sequence[Secret],
    *,
    headers: Mapping[str, str],
    body: bytes,
    url: str,
    now: datetime,
) -> Verified:
    """Return what was proven, or refuse.

    :param secrets: all that are configured; each one that is live at ``now`` is tried.
    :param headers: as received, names in any case; a list of values counts as repeated.
    :param body: the raw bytes, before any parsing.
    :param url: the URL as registered with the sender (Square signs it).
    :raises AuthenticationError: always with the same message;
        ``context["reason"]`` is one of :data:`REASONS`.
    """
    now = clock.as_utc(now)
    claim = read_claim(spec, headers)
    keys = [
        key
        for secret in secrets
        if secret.is_live(now) and (key := _key_or_none(spec, secret.value))
    ]
    # Every key is used and every pair compared, whatever is known by then: neither
    # a missing header nor the position of the right secret may show in the time.
    equal = False
    for key in keys or [_DECOY_KEY]:
        expected = _proof(spec, key, claim, body, url)
        for presented in claim.signatures or [b""]:
            equal |= hmac.compare_digest(expected, _comparable(spec, presented))
    if not keys:
        claim.refuse("no_secret")
    elif not equal:
        claim.refuse("mismatch")
    _check_age(spec, claim, now)
    if claim.reason:
        raise AuthenticationError(REFUSAL, context={"reason": claim.reason})
    signed_at = None
    if claim.unix is not None:
        signed_at = datetime.fromtimestamp(claim.unix, tz=now.tzinfo)
    return Verified(claim.delivery_id or None, signed_at)


def verify_decoy(body: bytes) -> None:
    """Spend what a real check costs, for a backend that does not exist."""
    with contextlib.suppress(AuthenticationError):
        verify(
            SCHEMES["standard-webhooks"],
            [_DECOY_SECRET],
            headers=_DECOY_HEADERS,
            body=body,
            url="",
            now=clock.utc_now(),
        )


def sign(
    spec: SignatureSpec,
    secrets: Sequence[str],
    *,
    message_id: str,
    timestamp: datetime,
    body: bytes,
    url: str,
) -> dict[str, str]:
    """Return the headers that prove a message to the receiver.

    :param secrets: newest first. Where the scheme has a list of signatures every
        secret signs (rotation), elsewhere only the first does.
    :param timestamp: time of this attempt, cut to whole seconds.
    :raises ConfigurationError: no secret, an unusable one, or an id that the scheme
        cannot carry.
    """
    if not secrets:
        raise ConfigurationError(f"scheme {spec.code}: no secret to sign with")
    for secret in secrets:
        check_secret(spec, secret)
    claim = Claim(delivery_id=message_id)
    headers: dict[str, str] = {}
    if spec.kind == "hmac" and spec.id_header:
        if not id_is_sound(spec, message_id):
            raise ConfigurationError(
                f"scheme {spec.code} cannot carry the message id {message_id!r}"
            )
        headers[spec.id_header] = message_id
    if spec.timestamp_form:
        claim.timestamp = _timestamp_text(spec, timestamp)
    if spec.timestamp_header and claim.timestamp:
        headers[spec.timestamp_header] = claim.timestamp
    keys = [_key_or_none(spec, secret) or b"" for secret in secrets]
    headers[spec.signature_header] = _join(spec, keys, claim, body, url)
    return headers


def check_secret(spec: SignatureSpec, value: str) -> None:
    """Refuse a secret that the scheme cannot use, at the time it is entered.

    :raises ConfigurationError: not in the scheme's form, or empty (an empty key would
        accept anybody who knows the scheme).
    """
    usable = bool(_key_or_none(spec, value))
    if spec.kind == "static_header":
        usable = _HEADER_TOKEN.fullmatch(value) is not None
    if not usable:
        raise ConfigurationError(
            f"scheme {spec.code}: the secret is empty or not in the form "
            f"{spec.secret_form!r}"
        )


def _key_or_none(spec: SignatureSpec, value: str) -> bytes | None:
    """Return the key bytes of a secret, ``None`` if it is empty or unusable."""
    form = spec.secret_form if spec.kind == "hmac" else "utf8"
    try:
        if form == "utf8":
            return value.encode() or None
        if form == "hex":
            return bytes.fromhex(value) or None
        if form == "whsec_base64":
            value = value.removeprefix("whsec_")
        # Reference libraries take keys without padding (Standard Webhooks tests).
        padded = value + "=" * (-len(value) % 4)
        return base64.b64decode(padded, validate=True) or None
    except ValueError:
        return None


def _signed_bytes(spec: SignatureSpec, claim: Claim, body: bytes, url: str) -> bytes:
    values = {
        "id": claim.delivery_id.encode(),
        "timestamp": claim.timestamp.encode(),
        "url": url.encode(),
        "body": body,
    }
    return b"".join(
        values[part] if part in NAMED_PARTS else part.encode() for part in spec.parts
    )


def _mac_text(
    spec: SignatureSpec, key: bytes, claim: Claim, body: bytes, url: str
) -> bytes:
    mac = hmac.digest(key, _signed_bytes(spec, claim, body, url), spec.digest)
    return base64.b64encode(mac) if spec.encoding == "base64" else mac.hex().encode()


def _proof(
    spec: SignatureSpec, key: bytes, claim: Claim, body: bytes, url: str
) -> bytes:
    """Return what the presented signature has to equal."""
    if spec.kind == "hmac":
        return _mac_text(spec, key, claim, body, url)
    # Not for the answer but for the cost, which is that of any other scheme.
    hmac.digest(_DECOY_KEY, body, "sha256")
    return _comparable(spec, _token(spec, key))


def _comparable(spec: SignatureSpec, presented: bytes) -> bytes:
    """Hide the length of a shared token, which comparing it as it is would show."""
    return presented if spec.kind == "hmac" else hashlib.sha256(presented).digest()


def _token(spec: SignatureSpec, key: bytes) -> bytes:
    return base64.b64encode(key) if spec.kind == "basic" else key


def _check_age(spec: SignatureSpec, claim: Claim, now: datetime) -> None:
    if claim.unix is None:
        return
    age_s = now.timestamp() - claim.unix
    if age_s > spec.tolerance_s:
        claim.refuse("stale")
    elif -age_s > spec.tolerance_future_s:
        claim.refuse("future")


def _timestamp_text(spec: SignatureSpec, timestamp: datetime) -> str:
    if spec.timestamp_form == "unix":
        return str(int(clock.as_utc(timestamp).timestamp()))
    return clock.to_rfc3339(timestamp.replace(microsecond=0))


def _join(
    spec: SignatureSpec, keys: list[bytes], claim: Claim, body: bytes, url: str
) -> str:
    if spec.kind != "hmac":
        prefix = spec.signature_prefix if spec.signature_form == "prefixed" else ""
        return prefix + _token(spec, keys[0]).decode()
    macs = [_mac_text(spec, key, claim, body, url).decode() for key in keys]
    if spec.signature_form == "v1_list":
        return " ".join(f"v1,{mac}" for mac in macs)
    if spec.signature_form == "stripe_list":
        entries = [f"t={claim.timestamp}", *(f"v1={mac}" for mac in macs)]
        return ",".join(entries)
    if spec.signature_form == "prefixed":
        return spec.signature_prefix + macs[0]
    return macs[0]
