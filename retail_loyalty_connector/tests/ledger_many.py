"""Several requests in one call do what they do one after another.

Rules for the machine of ``test_conservation.py``. What only credits is posted as a set,
all else in steps: both ways are taken here.
"""

from hypothesis import strategies as st
from hypothesis.stateful import multiple, rule

from . import factories as make
from .ledger_draws import EDGE, ENTRIES, LIVES, PAUSE, POINTS, POLICY, near


class ManyAtOnce:
    """The machine's calls of more than one request."""

    @rule(target=ENTRIES, many=st.lists(POINTS, min_size=2, max_size=3), lives=LIVES)
    def give_many(self, many, lives):
        end = self.end(lives)
        asked = [
            make.accrual(self.account, one, expires_at=self.when(end)) for one in many
        ]
        states = [self.model.give(one.uuid, one.points, end, None) for one in asked]
        self.post_all(asked, states)
        return multiple(*(one.uuid for one in asked))

    @rule(target=ENTRIES, given=POINTS, lives=LIVES, points=POINTS, edge=EDGE)
    def give_and_take(self, given, lives, points, edge):
        end = self.end(lives)
        credit = make.accrual(self.account, given, expires_at=self.when(end))
        states = [self.model.give(credit.uuid, given, end, None)]
        debit = make.spending(self.account, near(self.model.available, points, edge))
        states.append(self.model.take(debit.uuid, -debit.points))
        self.post_all([credit, debit], states)
        return multiple(credit.uuid, debit.uuid)

    def post_all(self, asked, states):
        """Post in one call, expect these answers."""
        assert [one.state for one in self.ledger._post(asked)] == states
        for request, state in zip(asked, states, strict=True):
            self.asked[request.uuid] = (self.post, request, state)

    @rule(
        target=ENTRIES,
        uuids=st.lists(ENTRIES, min_size=2, max_size=3),
        policy=POLICY,
        pause=PAUSE,
    )
    def reverse_what_is_left(self, uuids, policy, pause):
        self.wait(pause)
        asked = [make.reversal(uuid, on_shortfall=policy) for uuid in uuids]
        states = []
        for one in asked:
            # Nothing left is refused, as one point too many is.
            points = max(1, self.model.left(one.original_uuid))
            states.append(
                self.model.reverse(one.original_uuid, one.uuid, points, policy)
            )
        assert [one.state for one in self.ledger._reverse(asked)] == states
        for request, state in zip(asked, states, strict=True):
            self.asked[request.uuid] = (self.undo, request, state)
        return multiple(*(one.uuid for one in asked))
