"""What people agreed to: purposes, words, and what a proof consists of (R13).

Lives here: values and their checks. Lives elsewhere: the history
(``retail.loyalty.consent``), the routes. A consent is somebody's word about one
purpose at one moment; the newest word counts, and of two of one moment the withdrawal.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import uuid as uuids
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

#: what people can be asked for; ``terms`` is the contract, the rest is marketing
PURPOSES = (
    "terms",
    "marketing_email",
    "marketing_sms",
    "marketing_push",
    "marketing_post",
    "profiling",
    "partners",
)
GIVEN, WITHDRAWN = "given", "withdrawn"
#: a sender's clock may be so much ahead of ours
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that somebody said so.

    :param text_version: which text they were shown, in the shop's own numbering
    :param text_hash: SHA-256 of exactly that text, in hexadecimal digits
    :param ip: address they said it from; erased with the person
    :param ref: paper form, call or web session; erased with the person
    """

    text_version: str | None = None
    text_hash: str | None = None
    ip: str | None = None
    ref: str | None = None

    def __post_init__(self) -> None:
        if self.ip is not None:
            ipaddress.ip_address(self.ip)


NO_PROOF = Proof()


@dataclass(frozen=True, slots=True)
class Word:
    """What a person said about one purpose.

    :param uuid: made by who tells it, the same at every repetition
    :param decided_at: when they said it; naive UTC, whole seconds
    :param channel: where: ``pos``, ``web``, ``app``, ``phone``, ``paper``
    """

    purpose: str
    decision: str
    decided_at: datetime
    channel: str
    proof: Proof = NO_PROOF
    store_id: int | None = None
    uuid: str = field(default_factory=lambda: str(uuids.uuid4()))

    def __post_init__(self) -> None:
        if self.purpose not in PURPOSES:
            raise ValueError(f"nobody is asked for {self.purpose!r}")
        if self.decision not in (GIVEN, WITHDRAWN):
            raise ValueError(f"{self.decision!r} is no word of consent")
        if self.decided_at.tzinfo is not None or self.decided_at.microsecond:
            raise ValueError("times are UTC without a zone, in whole seconds")

    @property
    def content_hash(self) -> str:
        """Return what "the same word" means; nothing in it names the person.

        The address is left out: a repetition may come from another one.
        """
        proof = {"text_version": self.proof.text_version, "hash": self.proof.text_hash}
        words = {**asdict(self), "proof": proof, "uuid": None}
        words["decided_at"] = self.decided_at.isoformat()
        return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()


def hash_of(text: str) -> str:
    """Return the SHA-256 of a text of consent, as a proof names it."""
    return hashlib.sha256(text.encode()).hexdigest()
