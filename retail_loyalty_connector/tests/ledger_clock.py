"""Time passes, and the jobs that it brings run at any moment.

Rules for the machine of ``test_conservation.py``, whose clock counts minutes.
"""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from .ledger_draws import NEXT, PAUSE


class Clock:
    """The machine's time is its model's."""

    def at(self, minutes: int | None = None):
        """Return a minute of the model as a time of the ledger."""
        minutes = self.model.now if minutes is None else minutes
        return self.start + timedelta(minutes=minutes)

    def when(self, minutes: int | None):
        """Return a minute of the model as a time of the ledger; never is ``None``."""
        return None if minutes is None else self.at(minutes)

    def end(self, minutes: int | None) -> int | None:
        """Return a minute so much later."""
        return None if minutes is None else self.model.now + minutes

    def wait(self, pause: int | str) -> None:
        """Let time pass."""
        now = self.model.next_end() if pause == NEXT else self.model.now + pause
        self.model.now = now

    @rule(job=st.sampled_from(("end_holds", "expire_lots", "mature")), pause=PAUSE)
    def run(self, job, pause):
        self.wait(pause)
        getattr(self, job)()

    def end_holds(self):
        """Let holds end."""
        self.ledger._expire_holds()
        self.model.end_holds()

    def expire_lots(self):
        """Let lots end."""
        self.ledger._expire_lots()
        self.second.now = self.model.now
        for model in (self.model, self.second):
            model.expire()

    def mature(self):
        """Let pending points mature."""
        self.ledger._mature_pending()
        self.model.mature()
