"""What can go wrong at a partner, and plans that say when it does.

Lives here: the kinds of faults, their text form for the command line, random and
scripted plans. Not here: how a fault looks on the wire (``partner_http``).

A random plan decides by seed, idempotency key and attempt, not by order of arrival:
the same run has the same faults however its threads interleave.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

#: Kind of fault -> whether the partner keeps the effect.
KEEPS_EFFECT = {
    "accept": True,
    "slow": True,
    "drop_after_accept": True,
    "truncate": True,
    "garbage": True,
    "drop_before_accept": False,
    "hang": False,
    "redirect": False,
    "status": False,
}
HANG_S = 60.0
SLOW_S = 2.0


@dataclass(frozen=True)
class Fault:
    """One way of answering.

    :param kind: a key of ``KEEPS_EFFECT``. ``garbage`` is a 200 whose body is not what
        its headers say, ``truncate`` an answer cut off in the middle.
    :param status: for kind ``status``, the HTTP status.
    :param seconds: how long ``slow`` waits and ``hang`` holds the connection.
    :param retry_after_s: if given, a ``Retry-After`` header goes with the status.
    :param retry_as_date: the header is an HTTP date, not a number of seconds.
    """

    kind: str = "accept"
    status: int = 200
    seconds: float = 0.0
    retry_after_s: float | None = None
    retry_as_date: bool = False

    @property
    def keeps_effect(self) -> bool:
        """Whether the partner applies the message although the answer is odd."""
        return KEEPS_EFFECT[self.kind]

    @property
    def is_failure(self) -> bool:
        """Whether the sender must try again."""
        return self.kind not in ("accept", "slow", "garbage")

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read ``accept``, ``slow=1.5``, ``hang``, ``500``, ``429=2``, ``429=date:9``.

        :raises ValueError: names what it did not understand.
        """
        name, _equals, argument = text.strip().partition("=")
        if name.isdigit():
            return _parse_status(int(name), argument)
        if name not in KEEPS_EFFECT or name == "status":
            known = ", ".join(sorted(KEEPS_EFFECT.keys() - {"status"}))
            raise ValueError(f"unknown fault {name!r}; known: {known}, or a status")
        default_s = {"slow": SLOW_S, "hang": HANG_S}.get(name, 0.0)
        return cls(name, seconds=float(argument) if argument else default_s)


def _parse_status(status: int, argument: str) -> Fault:
    if not 300 <= status <= 599:
        raise ValueError(f"a fault's status is 300 to 599, not {status}")
    as_date = argument.startswith("date:")
    seconds = argument.removeprefix("date:")
    retry_after_s = float(seconds) if seconds else None
    if retry_after_s is None and status == 429:
        retry_after_s = 1.0
    return Fault("status", status, retry_after_s=retry_after_s, retry_as_date=as_date)


ACCEPT = Fault()


class FaultPlan(Protocol):
    """Says how to answer a message."""

    def next(self, key: str, attempt: int) -> Fault:
        """Return the answer to attempt number ``attempt`` (from 1) of ``key``."""


class RandomFaults:
    """Each attempt fails with given probabilities, reproducibly.

    :param weights: fault text or ``Fault`` -> probability; the rest is accepted.
    :param in_a_row_max: each message is accepted at the latest after so many failures;
        without it a sender that gives up some day has, in one storm of many, to do so.
    :raises ValueError: if the probabilities are not between 0 and 1 together.
    """

    def __init__(
        self,
        weights: Mapping[str | Fault, float],
        *,
        seed: int = 0,
        in_a_row_max: int | None = None,
    ) -> None:
        self._weights = [
            (Fault.parse(fault) if isinstance(fault, str) else fault, float(weight))
            for fault, weight in weights.items()
        ]
        self.seed = seed
        self._in_a_row_max = in_a_row_max
        total = sum(weight for _fault, weight in self._weights)
        if total > 1 + 1e-9 or any(weight < 0 for _fault, weight in self._weights):
            raise ValueError(f"probabilities must be within 0 and 1, sum is {total:g}")

    @property
    def rate(self) -> float:
        """The share of attempts that the sender has to repeat."""
        return sum(weight for fault, weight in self._weights if fault.is_failure)

    def next(self, key: str, attempt: int) -> Fault:
        """Return the fault of this attempt (from 1), ``ACCEPT`` for most."""
        if self._in_a_row_max and attempt % (self._in_a_row_max + 1) == 0:
            return ACCEPT
        rest = random.Random(f"{self.seed}/{key}/{attempt}").random()
        for fault, weight in self._weights:
            if rest < weight:
                return fault
            rest -= weight
        return ACCEPT


class ScriptedFaults:
    """The given answers one after the other, whoever asks; then ``then`` for ever."""

    def __init__(self, script: Iterable[str | Fault], *, then: Fault = ACCEPT) -> None:
        self._script = iter(
            [Fault.parse(item) if isinstance(item, str) else item for item in script]
        )
        self._then = then
        self._lock = threading.Lock()

    def next(self, _key: str, _attempt: int) -> Fault:
        """Return the next answer of the script."""
        with self._lock:
            return next(self._script, self._then)


def parse_plan(text: str, *, seed: int = 0) -> RandomFaults:
    """Read a plan such as ``500:0.2,429=2:0.05,drop_after_accept:0.02``.

    :raises ValueError: names the part it did not understand.
    """
    weights: dict[str | Fault, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        fault, colon, weight = part.rpartition(":")
        if not colon:
            raise ValueError(f"expected fault:probability, not {part!r}")
        weights[fault] = float(weight)
    return RandomFaults(weights, seed=seed)


def mixed_faults(rate: float, *, seed: int = 0) -> RandomFaults:
    """Return a plan in which ``rate`` of the attempts fail, in all quick ways alike."""
    kinds = ("500", "503=1", "429=1", "drop_before_accept", "drop_after_accept")
    return RandomFaults({kind: rate / len(kinds) for kind in kinds}, seed=seed)
