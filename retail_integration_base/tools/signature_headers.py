"""The headers of a signed message: read strictly, not believed yet.

Lives here: which header values are well formed, and how a list of signatures is taken
apart. Lives elsewhere: computing and comparing (``tools/signing.py``, the only caller).

Anything that a server or proxy could have joined from repeated headers is refused: a
receiver must not pick one of two answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from . import clock
from .signature_spec import SignatureSpec

HEADER_CHARS_MAX = 4096
SIGNATURES_MAX = 16

_UNIX = re.compile(r"[0-9]{1,12}")
_VISIBLE = re.compile(r"[!-~]+(?: [!-~]+)*")
# Visible ASCII without comma, which is how servers join a repeated header.
_ID = re.compile(r"[!-+\--~]{1,255}")
_V1_ENTRY = re.compile(r"([a-z0-9]{1,8}),([A-Za-z0-9+/=_-]+)")
_STRIPE_ENTRY = re.compile(r"([a-z0-9]{1,8})=([A-Za-z0-9+/=_-]+)")


@dataclass
class Claim:
    """What a message says about itself.

    ``reason`` is the first thing that is wrong with it; ``timestamp`` the text that is
    signed and ``unix`` its value in seconds.
    """

    reason: str | None = None
    signatures: list[bytes] = field(default_factory=list)
    delivery_id: str = ""
    timestamp: str = ""
    unix: float | None = None

    def refuse(self, reason: str) -> None:
        """Keep the first reason; later ones follow from it."""
        self.reason = self.reason or reason


def read_claim(spec: SignatureSpec, headers: Mapping[str, str]) -> Claim:
    """Return what the headers claim; ``claim.reason`` is set if they are unsound."""
    claim = Claim()
    by_name = _by_lower_name(headers)
    listed = spec.signature_form in ("v1_list", "stripe_list")
    value = _single(by_name, spec.signature_header, claim, comma_allowed=listed)
    if spec.kind == "hmac":
        _read_id(spec, by_name, claim)
        if spec.timestamp_header:
            claim.timestamp = _single(by_name, spec.timestamp_header, claim)
    if value:
        _READERS[spec.signature_form](spec, value, claim)
    if len(claim.signatures) > SIGNATURES_MAX:
        claim.signatures = []
        claim.refuse("malformed")
    if spec.timestamp_form and not claim.reason:
        claim.unix = _seconds(spec, claim)
    return claim


def id_is_sound(spec: SignatureSpec, delivery_id: str) -> bool:
    """Tell whether an id can be carried, and signed without ambiguity."""
    if _ID.fullmatch(delivery_id) is None:
        return False
    if "id" not in spec.parts:
        return True
    return not any(separator in delivery_id for separator in spec.separators)


def _by_lower_name(headers: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in headers.items():
        values = [value] if isinstance(value, str) else list(value)
        found.setdefault(name.lower(), []).extend(values)
    return found


def _single(
    by_name: dict[str, list[str]],
    name: str,
    claim: Claim,
    *,
    comma_allowed: bool = False,
) -> str:
    values = by_name.get(name.lower()) or [""]
    value = values[0]
    if not any(values):
        claim.refuse("missing")
        return ""
    sound = (
        len(values) == 1
        and len(value) <= HEADER_CHARS_MAX
        and (comma_allowed or "," not in value)
        and _VISIBLE.fullmatch(value) is not None
    )
    if not sound:
        claim.refuse("malformed")
        return ""
    return value


def _read_id(spec: SignatureSpec, by_name: dict[str, list[str]], claim: Claim) -> None:
    if not spec.id_header:
        return
    if "id" not in spec.parts and spec.id_header.lower() not in by_name:
        return
    value = _single(by_name, spec.id_header, claim)
    if value and not id_is_sound(spec, value):
        claim.refuse("malformed")
        return
    claim.delivery_id = value


def _seconds(spec: SignatureSpec, claim: Claim) -> float | None:
    try:
        if spec.timestamp_form == "iso8601":
            return clock.parse_rfc3339(claim.timestamp).timestamp()
        if _UNIX.fullmatch(claim.timestamp):
            return int(claim.timestamp)
        claim.refuse("malformed")
    except ValueError:
        claim.refuse("malformed")
    return None


def _add_signature(spec: SignatureSpec, text: str, claim: Claim) -> None:
    if spec.kind == "hmac" and spec.encoding == "hex":
        text = text.lower()
    claim.signatures.append(text.encode("ascii"))


def _read_plain(spec: SignatureSpec, value: str, claim: Claim) -> None:
    _add_signature(spec, value, claim)


def _read_prefixed(spec: SignatureSpec, value: str, claim: Claim) -> None:
    prefix = spec.signature_prefix
    # The name of an authentication scheme is case-insensitive (RFC 9110 §11.1).
    start = value[: len(prefix)]
    if start != prefix and (spec.kind == "hmac" or start.lower() != prefix.lower()):
        claim.refuse("malformed")
        return
    _add_signature(spec, value[len(prefix) :], claim)


def _read_v1_list(spec: SignatureSpec, value: str, claim: Claim) -> None:
    for entry in value.split(" "):
        match = _V1_ENTRY.fullmatch(entry)
        if match is None:
            claim.refuse("malformed")
            return
        # Other versions are other algorithms (v1a is ed25519): not ours to judge.
        if match[1] == "v1":
            _add_signature(spec, match[2], claim)


def _read_stripe_list(spec: SignatureSpec, value: str, claim: Claim) -> None:
    times = []
    for entry in value.split(","):
        match = _STRIPE_ENTRY.fullmatch(entry)
        if match is None:
            claim.refuse("malformed")
            return
        # Like v0, which Stripe sends for tests, other versions are not ours.
        if match[1] == "t":
            times.append(match[2])
        elif match[1] == "v1":
            _add_signature(spec, match[2], claim)
    if len(times) != 1:
        claim.refuse("malformed")
        return
    claim.timestamp = times[0]


_READERS = {
    "plain": _read_plain,
    "prefixed": _read_prefixed,
    "v1_list": _read_v1_list,
    "stripe_list": _read_stripe_list,
}
