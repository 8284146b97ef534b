"""How senders sign, as data: the specification record and the schemes that we ship.

Lives here: what a scheme consists of, whether one is coherent, and the vendors'
published schemes. Lives elsewhere: computing and comparing (``tools/signing.py``, which
re-exports these names), the scheme as a record (``retail.signature.scheme``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from .errors import ConfigurationError

KINDS = ("hmac", "static_header", "basic")
DIGESTS = ("sha256", "sha1", "sha512")
ENCODINGS = ("base64", "hex")
SIGNATURE_FORMS = ("plain", "v1_list", "stripe_list", "prefixed")
TIMESTAMP_FORMS = ("unix", "iso8601")
SECRET_FORMS = ("utf8", "whsec_base64", "hex", "base64")
NAMED_PARTS = frozenset({"id", "timestamp", "body", "url"})


@dataclass(frozen=True, kw_only=True)
class SignatureSpec:
    """One way of signing a message.

    :param parts: what is signed, in order: ``id``, ``timestamp``, ``url``, ``body``;
        anything else is a literal separator.
    :param signature_form: ``plain`` the encoded MAC alone; ``prefixed`` with
        ``signature_prefix`` before it; ``v1_list`` space separated ``v1,<mac>``
        entries; ``stripe_list`` comma separated ``t=<unix>,v1=<mac>`` entries.
    :param id_header: header with the delivery id; signed only if ``id`` is a part.
    :param timestamp_form: ``None`` where the sender signs no time: such a message can
        be replayed, so it must be deduplicated by its id.
    :param tolerance_s: greatest age; ``tolerance_future_s``: greatest clock lead.
    :param secret_form: how the secret's text becomes key bytes.
    """

    code: str
    kind: str = "hmac"
    digest: str = "sha256"
    encoding: str = "base64"
    parts: tuple[str, ...] = ("id", ".", "timestamp", ".", "body")
    signature_header: str = "webhook-signature"
    signature_form: str = "plain"
    signature_prefix: str = ""
    id_header: str | None = None
    timestamp_header: str | None = None
    timestamp_form: str | None = None
    tolerance_s: int = 300
    tolerance_future_s: int = 300
    secret_form: str = "utf8"

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise ConfigurationError(f"signature scheme {self.code}: {problem}")

    def _problems(self) -> list[str]:
        choices = (
            ("kind", self.kind, KINDS),
            ("digest", self.digest, DIGESTS),
            ("encoding", self.encoding, ENCODINGS),
            ("signature_form", self.signature_form, SIGNATURE_FORMS),
            ("timestamp_form", self.timestamp_form, (None, *TIMESTAMP_FORMS)),
            ("secret_form", self.secret_form, SECRET_FORMS),
        )
        problems = [
            f"{name} must be one of {allowed}, not {value!r}"
            for name, value, allowed in choices
            if value not in allowed
        ]
        if not self.signature_header:
            problems.append("signature_header is missing")
        if self.tolerance_s < 0 or self.tolerance_future_s < 0:
            problems.append("tolerances must not be negative")
        if self.kind == "hmac":
            problems.extend(self._problems_of_hmac())
        return problems

    def _problems_of_hmac(self) -> list[str]:
        problems = []
        if "body" not in self.parts:
            problems.append("the body must be signed")
        if "id" in self.parts and not self.id_header:
            problems.append("the id is signed but id_header is missing")
        in_signature = self.signature_form == "stripe_list"
        if "timestamp" in self.parts:
            if not self.timestamp_form:
                problems.append("the timestamp is signed but has no timestamp_form")
            if not in_signature and not self.timestamp_header:
                problems.append("the timestamp is signed but has no timestamp_header")
        elif self.timestamp_form:
            problems.append("a timestamp that is not signed proves nothing")
        if in_signature and self.timestamp_form != "unix":
            problems.append("stripe_list carries a signed unix timestamp")
        if self.signature_form == "prefixed" and not self.signature_prefix:
            problems.append("signature_prefix is missing")
        return problems

    @cached_property
    def header_names(self) -> tuple[str, ...]:
        """The headers that a message of this scheme is judged by."""
        names = (self.signature_header, self.id_header, self.timestamp_header)
        return tuple(name for name in names if name)

    @property
    def separators(self) -> tuple[str, ...]:
        """The literal parts; an id that holds one would make the text ambiguous."""
        return tuple(part for part in self.parts if part not in NAMED_PARTS)


SCHEMES: dict[str, SignatureSpec] = {
    spec.code: spec
    for spec in (
        # https://github.com/standard-webhooks/standard-webhooks, spec 1.0.0.
        SignatureSpec(
            code="standard-webhooks",
            signature_header="webhook-signature",
            signature_form="v1_list",
            id_header="webhook-id",
            timestamp_header="webhook-timestamp",
            timestamp_form="unix",
            secret_form="whsec_base64",  # nosec B106 # a form, no secret
        ),
        # shopify.dev "Verify webhook deliveries": no time is signed, so dedupe.
        SignatureSpec(
            code="shopify",
            parts=("body",),
            signature_header="x-shopify-hmac-sha256",
            id_header="x-shopify-event-id",
        ),
        # developer.squareup.com "Validate webhooks": URL exactly as registered.
        SignatureSpec(
            code="square",
            parts=("url", "body"),
            signature_header="x-square-hmacsha256-signature",
        ),
        # developer.zendesk.com "Verifying webhooks": timestamp first, no separator.
        SignatureSpec(
            code="zendesk",
            parts=("timestamp", "body"),
            signature_header="x-zendesk-webhook-signature",
            id_header="x-zendesk-webhook-invocation-id",
            timestamp_header="x-zendesk-webhook-signature-timestamp",
            timestamp_form="iso8601",
        ),
        # docs.stripe.com "Verify manually": the secret is used as it is written,
        # "whsec_" included. Stripe's own library checks the past only; a lead of
        # five minutes is far more than its clocks ever have.
        SignatureSpec(
            code="stripe",
            encoding="hex",
            parts=("timestamp", ".", "body"),
            signature_header="stripe-signature",
            signature_form="stripe_list",
            timestamp_form="unix",
        ),
        # docs.github.com "Validating webhook deliveries".
        SignatureSpec(
            code="github",
            encoding="hex",
            parts=("body",),
            signature_header="x-hub-signature-256",
            signature_form="prefixed",
            signature_prefix="sha256=",
            id_header="x-github-delivery",
        ),
        # For senders that cannot sign: proves who speaks, not what is said.
        SignatureSpec(
            code="static-header",
            kind="static_header",
            parts=("body",),
            signature_header="x-retail-token",
        ),
    )
}
