"""The hub's clock, wrong by what a file says.

Only the hub's: PostgreSQL's and Odoo's own stay right, as on a node whose clock is
apart from the others'. libfaketime would turn all of them, but breaks Python's sleep.
"""

from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from odoo.addons.retail_integration_base.tools import clock

from .traps import FOLDER

OFFSET = Path(FOLDER, "clock")


class WrongDatetime(datetime):
    """A ``datetime`` whose present is elsewhere."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        """Return the present moment by the wrong clock."""
        offset_s = int(OFFSET.read_text("utf-8") or 0) if OFFSET.exists() else 0
        return datetime.now(tz) + timedelta(seconds=offset_s)


clock.datetime = WrongDatetime
