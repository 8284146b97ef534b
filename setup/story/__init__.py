"""A day of retail, played on the running system and compared with what it should be.

Lives here: the demo's data (``seed*``), its chapters (``chapters_*``) in their order
(``programme``), who plays (``cast``), what has to come out (``oracle``) and how it is
told (``narrator``). Not here: starting and stopping the system (``runtime``), partner
systems and made-up documents (``tests/simulators``, shared with the end-to-end tests).
Called by ``runtime.demo_command``; ``seed`` runs inside Odoo's shell.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

# The simulators belong to the tests; this makes ``tests.simulators`` importable.
_ROOT = str(Path(__file__).resolve().parents[2])
if _ROOT not in sys.path:
    sys.path.append(_ROOT)

_playing: list[Any] = []


def run(access: Mapping[str, Any], out: TextIO, system: Any) -> bool:
    """Play the day; tell it on `out`. The partners keep listening until `stop`.

    `access` is what access.json holds, `system` the running ``runtime.system.System``.
    Returns False if any check fails.
    """
    # Imported late: the seed imports this package inside Odoo's shell.
    from .day import Day
    from .odoo_client import StoryFailure
    from .programme import CHAPTERS

    try:
        day = Day(access, out, system)
        _playing.append(day)
        return day.play(CHAPTERS)
    except StoryFailure as failure:
        out.write(f"The story cannot be told: {failure}\n")
        return False


def stop() -> None:
    """Let the partners of the played day go away."""
    while _playing:
        _playing.pop().stop()
