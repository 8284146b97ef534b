"""Whatever the order of things, no point appears and none is lost (Hypothesis)."""

from datetime import timedelta
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from odoo.tests import tagged

from ..tools.postings import derived_uuid
from . import factories as make
from .common import LoyaltyCase
from .ledger_model import LedgerModel
from .ledger_people import OnePerson

POINTS = st.integers(1, 60)
MINUTES = st.integers(1, 60)
#: instead of any number: exactly what there is, or one more; where faults are
EDGE = st.none() | st.sampled_from((0, 1))
#: minutes before a request
PAUSE = st.just(0) | MINUTES
GRACE_DAYS = 1
EXAMPLES = 40
STEPS = 30


class LedgerMachine(OnePerson, RuleBasedStateMachine):
    """Plays requests against the ledger and against the model at the same time."""

    case: LoyaltyCase
    holds = Bundle("holds")
    entries = Bundle("entries")
    requests = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = self.case.env.cr.savepoint()
        member = make.make_member(self.case.env, self.case.program)
        self.account = member._account()
        self.twin = make.make_member(self.case.env, self.case.program)
        # Of the account itself: a member's is the survivor's once they are merged.
        self.other = self.twin._account()
        self.merge = None
        self.ledger = self.case.ledger
        self.start = self.ledger._now()
        self.model = LedgerModel(grace=GRACE_DAYS * 1440)
        self.asked = {}
        self.second = LedgerModel(grace=GRACE_DAYS * 1440)
        self.clock = patch.object(type(self.ledger), "_now", lambda _self: self.at())
        self.clock.start()

    def teardown(self) -> None:
        self.clock.stop()
        self.savepoint.close(rollback=True)
        self.case.env.invalidate_all()

    def at(self, minutes: int | None = None):
        """Return a minute of the model as a time of the ledger."""
        minutes = self.model.now if minutes is None else minutes
        return self.start + timedelta(minutes=minutes)

    def end(self, minutes: int | None) -> int | None:
        """Return a minute so much later."""
        return None if minutes is None else self.model.now + minutes

    @staticmethod
    def near(limit: int, points: int, edge: int | None) -> int:
        """Return ``points``, or the edge of what is possible."""
        return points if edge is None else max(1, limit + edge)

    def post(self, request):
        """Post one request and return it with its answer."""
        return self.ledger._post([request])[0]

    # --- requests ---------------------------------------------------------------------

    @initialize(
        target=entries,
        lots=st.lists(
            st.tuples(st.integers(20, 60), st.none() | MINUTES), min_size=2, max_size=4
        ),
    )
    def begin(self, lots):
        # Without points to begin with, nearly every reservation is refused.
        return multiple(*(self.give(points, lives) for points, lives in lots))

    @rule(target=entries, points=POINTS, lives=st.none() | MINUTES)
    def give(self, points, lives):
        end = self.end(lives)
        request = make.accrual(
            self.account, points, expires_at=None if end is None else self.at(end)
        )
        state = self.model.give(request.uuid, points, end, None)
        assert self.post(request).state == state
        return request.uuid

    @rule(
        target=entries,
        many=st.lists(POINTS, min_size=2, max_size=3),
        lives=st.none() | MINUTES,
    )
    def give_many(self, many, lives):
        end = self.end(lives)
        at = None if end is None else self.at(end)
        asked = [make.accrual(self.account, one, expires_at=at) for one in many]
        states = [self.model.give(one.uuid, one.points, end, None) for one in asked]
        assert [one.state for one in self.ledger._post(asked)] == states
        return multiple(*(one.uuid for one in asked))

    @rule(target=entries, points=POINTS, waits=MINUTES, lives=st.none() | MINUTES)
    def promise(self, points, waits, lives):
        matures = self.end(waits)
        end = None if lives is None else matures + lives
        request = make.accrual(
            self.account,
            points,
            matures_at=self.at(matures),
            expires_at=None if end is None else self.at(end),
        )
        state = self.model.give(request.uuid, points, end, matures)
        assert self.post(request).state == state
        return request.uuid

    @rule(target=requests, points=POINTS, edge=EDGE, pause=PAUSE)
    def take(self, points, edge, pause):
        self.model.now += pause
        points = self.near(self.model.available, points, edge)
        request = make.spending(self.account, points)
        state = self.model.take(request.uuid, points)
        answer = self.post(request)
        assert answer.state == state
        return (self.post, request, state)

    @rule(target=holds, points=POINTS, edge=EDGE, minutes=MINUTES, pause=PAUSE)
    def reserve(self, points, edge, minutes, pause):
        self.model.now += pause
        points = self.near(self.model.available, points, edge)
        request = make.hold_request(self.account, points, ttl_s=minutes * 60)
        answer = self.ledger._reserve(request)
        assert answer.state == self.model.reserve(request.uuid, points, minutes)
        assert answer.available == self.model.posted - self.model.held
        self.asked[request.uuid] = request
        return request.uuid

    @rule(uuid=holds)
    def reserve_again(self, uuid):
        before = self.facts()
        answer = self.ledger._reserve(self.asked[uuid])
        assert (answer.state, answer.repeated) == (self.model.holds[uuid].state, True)
        assert self.facts() == before

    @rule(target=entries, uuid=holds, points=POINTS, edge=EDGE, pause=PAUSE)
    def capture(self, uuid, points, edge, pause):
        self.model.now += pause
        known = self.model.holds[uuid]
        points = self.near(known.points, points, edge)
        before = (known.state, known.captured)
        entry = derived_uuid(uuid, "capture")
        done = self.model.capture(uuid, points, entry)
        answer = self.ledger._capture(make.capture(uuid, points))
        assert answer.state == known.state
        assert answer.done == (done or before == ("captured", points))
        assert answer.captured == known.captured
        return entry

    @rule(uuid=consumes(holds))
    def void(self, uuid):
        answer = self.ledger._void(uuid)
        assert answer.state == self.model.void(uuid)

    @rule(
        target=requests,
        uuid=entries,
        points=POINTS,
        edge=EDGE,
        policy=st.sampled_from(("refuse", "debt", "available")),
        pause=PAUSE,
    )
    def reverse(self, uuid, points, edge, policy, pause):
        self.model.now += pause
        points = self.near(self.model.left(uuid), points, edge)
        request = make.reversal(uuid, points, on_shortfall=policy)
        known = uuid in self.model.moved
        new = request.uuid
        state = self.model.reverse(uuid, new, points, policy) if known else "unknown"
        answer = self.undo(request)
        assert answer.state == state
        return (self.undo, request, state)

    @rule(request=requests)
    def reverse_what_was_asked(self, request):
        _ask, what, _state = request
        new = make.reversal(what.uuid, 1)
        known = what.uuid in self.model.moved
        state = (
            self.model.reverse(what.uuid, new.uuid, 1, "refuse") if known else "unknown"
        )
        assert self.undo(new).state == state

    def undo(self, request):
        """Reverse one."""
        return self.ledger._reverse([request])[0]

    @rule(request=requests)
    def replay(self, request):
        ask, what, state = request
        if state != "unknown":
            before = self.facts()
            answer = ask(what)
            assert (answer.state, answer.repeated) == (state, True)
            assert self.facts() == before

    # --- time -------------------------------------------------------------------------

    @rule(minutes=MINUTES)
    def wait(self, minutes):
        self.model.now += minutes

    @rule()
    def end_holds(self):
        self.ledger._expire_holds()
        self.model.end_holds()

    @rule()
    def expire_lots(self):
        self.ledger._expire_lots()
        self.second.now = self.model.now
        for model in (self.model, self.second):
            model.expire()

    @rule()
    def mature(self):
        self.ledger._mature_pending()
        self.model.mature()

    # --- what always holds ------------------------------------------------------------

    def facts(self) -> tuple:
        """Return what the ledger says."""
        balance = self.ledger._balance(self.account)
        return balance.posted, balance.held, balance.pending, balance.version

    @invariant()
    def ledger_says_what_the_model_says(self):
        balance = self.ledger._balance(self.account)
        model = self.model
        said = (balance.posted, balance.held, balance.pending, balance.available)
        assert said == (model.posted, model.held, model.pending, model.available)

    @invariant()
    def lots_end_when_the_model_says(self):
        assert self.ends_of(self.account) == self.ends_by(self.model)

    @invariant()
    def rules_hold(self):
        self.case.assert_rules()


def play(case: LoyaltyCase, phases: tuple[Phase, ...] = tuple(Phase)) -> None:
    """Let the machine play against the ledger; raise what it finds."""
    case.program.restoration_grace_days = GRACE_DAYS
    LedgerMachine.case = case
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=EXAMPLES,
            phases=phases,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@tagged("post_install", "-at_install")
class TestConservation(LoyaltyCase):
    def test_points_are_conserved_whatever_happens_in_whatever_order(self):
        play(self)
