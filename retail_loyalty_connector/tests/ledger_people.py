"""Another member who turns out to be the same person, and not after all.

Rules for the machine of ``test_conservation.py``: merging and parting, at any moment.
"""

from hypothesis.stateful import invariant, precondition, rule

from . import factories as make
from .ledger_draws import LIVES, POINTS
from .ledger_model import LedgerModel


class OnePerson:
    """The machine's member has a ``twin``, whose account is ``other``."""

    @precondition(lambda self: self.merge is None)
    @rule(points=POINTS, lives=LIVES)
    def give_the_other(self, points, lives):
        self.second.now = self.model.now
        end = self.end(lives)
        request = make.accrual(self.other, points, expires_at=self.when(end))
        self.second.give(request.uuid, points, end, None)
        assert self.post(request).state == "posted"

    @rule()
    def become_one_or_two(self):
        if self.merge is None:
            self.merge = self.case.env["retail.loyalty.merge"]._merge(
                self.twin, self.account.member_id, "one person"
            )
            self.model.absorb(self.second)
        else:
            self.merge._unmerge("two people")
            self.merge = None
            self.model.part(self.second)

    @invariant()
    def the_other_has_what_is_theirs(self):
        self.second.now = self.model.now
        balance = self.ledger._balance(self.other)
        said = (balance.posted, balance.available)
        assert said == (self.second.posted, self.second.available)
        assert self.ends_of(self.other) == self.ends_by(self.second)

    def ends_of(self, account) -> dict:
        """Return what is left on an account, by end."""
        self.case.env.cr.execute(
            "SELECT expires_at, sum(remaining)::int FROM retail_loyalty_lot"
            " WHERE account_id = %s AND remaining > 0 GROUP BY expires_at",
            [account.id],
        )
        return dict(self.case.env.cr.fetchall())

    def ends_by(self, model: LedgerModel) -> dict:
        """Return what the model says is left, by end."""
        return {
            None if end is None else self.at(end): left
            for end, left in model.ends().items()
        }
