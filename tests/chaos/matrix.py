"""The matrix: rows by number, what they expect, how they are run and told.

A row is a function ``(case) -> str``: it breaks something, sees to it that all is
settled again, and returns in a few words what it saw. What must hold after every row is
checked here. Numbers are those of the fault matrix in docs/operations.md.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .case import Case
from .stage import Stage

Play = Callable[[Case], str]
ROWS: dict[int, Row] = {}


class LeftOut(Exception):
    """The machine cannot play this row, or there is nothing yet to break."""


@dataclass(frozen=True)
class Row:
    """One row of the matrix.

    :param quick: part of the selection that ``setup/test`` runs.
    """

    number: int
    fault: str
    expected: str
    play: Play
    quick: bool = False


@dataclass(frozen=True)
class Result:
    """How a row ended: ``green``, ``FAILED`` or ``left out``."""

    row: Row
    state: str
    text: str
    seconds: float
    recovery_s: float = 0.0


def row(
    number: int, fault: str, *, expected: str, quick: bool = False
) -> Callable[[Play], Play]:
    """Register a function as a row of the matrix."""

    def register(play: Play) -> Play:
        if number in ROWS:
            raise ValueError(f"row {number} exists: {ROWS[number].fault}")
        ROWS[number] = Row(number, fault, expected, play, quick)
        return play

    return register


def run(stage: Stage, rows: Iterable[Row], tell: Callable[[str], None]) -> list[Result]:
    """Play rows one after the other; a row that fails does not stop the others."""
    results = []
    for one in rows:
        tell(f"  .. row {one.number}: {one.fault}")
        result = _play(stage, one)
        results.append(result)
        tell(
            f"  {'ok' if result.state == 'green' else result.state} row {one.number}:"
            f" {result.text} ({result.seconds:.0f} s, recovered in"
            f" {result.recovery_s:.1f} s)"
        )
    return results


def _play(stage: Stage, one: Row) -> Result:
    started = time.monotonic()
    case = Case(stage, one.number)
    with ThreadPoolExecutor(1) as pool:
        # Whatever goes wrong is this row's finding; the next one shall be played.
        playing = pool.submit(_play_and_check, one, case)
        error = playing.exception()
    stage.calm()
    if error is None:
        state, text = "green", playing.result()
    elif isinstance(error, LeftOut):
        state, text = "left out", str(error)
    else:
        trace = "".join(traceback.format_exception(error))
        state, text = "FAILED", f"{type(error).__name__}: {error}\n{trace}"
    return Result(one, state, text, time.monotonic() - started, case.recovery_s)


def _play_and_check(one: Row, case: Case) -> str:
    text = one.play(case)
    case.check()
    case.solve()
    return text
