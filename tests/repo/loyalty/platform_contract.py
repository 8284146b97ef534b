"""The test kit that every loyalty platform's client passes, with its simulator.

Lives here: the kit as one class. Not here: its tests (``contract_*.py``), what only one
vendor does (``test_<vendor>.py``). A vendor's test module says how its pair is made and
gets every test::

    class TestSquareContract(PlatformContract):
        def make_pair(self, **options): ...

What a vendor lacks by its ``Capabilities`` must be refused as ``unsupported`` and
change nothing; what it has must work.
"""

from __future__ import annotations

from contract_members import MembersContract
from contract_news import NewsContract
from contract_spending import SpendingContract
from contract_storms import StormContract
from contract_undoing import UndoingContract


class PlatformContract(
    MembersContract, SpendingContract, UndoingContract, NewsContract, StormContract
):
    """Every test; a subclass makes pairs."""
