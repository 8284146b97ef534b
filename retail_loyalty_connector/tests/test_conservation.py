"""Whatever the order of things, no point appears and none is lost (Hypothesis)."""

from unittest.mock import patch

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from odoo.models import BaseModel
from odoo.tests import tagged

from ..tools.postings import derived_uuid
from . import factories as make
from .common import BROKEN, LoyaltyCase
from .ledger_clock import Clock
from .ledger_draws import (
    EARNED,
    EDGE,
    ENTRIES,
    HOLDS,
    LIVES,
    MINUTES,
    PAUSE,
    POINTS,
    POLICY,
    PROMISED,
    SPENT,
    near,
)
from .ledger_many import ManyAtOnce
from .ledger_model import LedgerModel
from .ledger_people import OnePerson

GRACE_DAYS = 1
EXAMPLES = 40
STEPS = 30
PREPARED = "EXECUTE ledger_rules"


class LedgerMachine(Clock, OnePerson, ManyAtOnce, RuleBasedStateMachine):
    """Plays requests against the ledger and against the model at the same time."""

    #: an empty account, and the one of another member
    case: LoyaltyCase
    twin: BaseModel

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = self.case.env.cr.savepoint()
        self.account = self.case.account
        # Of the account itself: a member's is the survivor's once they are merged.
        self.other = self.twin._account()
        self.merge = None
        self.ledger = self.case.ledger
        self.start = self.ledger._now()
        self.model = LedgerModel(grace=GRACE_DAYS * 1440)
        # Of each id: how it was asked, with what, and the answer.
        self.asked = {}
        self.second = LedgerModel(grace=GRACE_DAYS * 1440)
        self.clock = patch.object(type(self.ledger), "_now", lambda _self: self.at())
        self.clock.start()

    def teardown(self) -> None:
        self.clock.stop()
        self.savepoint.close(rollback=True)
        self.case.env.invalidate_all()

    def post(self, request):
        """Post one request."""
        return self.ledger._post([request])[0]

    def undo(self, request):
        """Reverse one."""
        return self.ledger._reverse([request])[0]

    def ask(self, how, request, state) -> str:
        """Ask, expect this answer, and keep both for ``replay``; return the id."""
        assert how(request).state == state
        self.asked[request.uuid] = (how, request, state)
        return request.uuid

    # --- requests ---------------------------------------------------------------------

    # To begin with there are points and payments under way, or nearly every request is
    # refused; and what takes several steps to come about: a promise that was cancelled
    # in part, a member who owes points.

    @initialize(
        targets=(ENTRIES, EARNED),
        lots=st.lists(st.tuples(st.integers(20, 60), LIVES), min_size=2, max_size=3),
    )
    def begin(self, lots):
        return multiple(*(self.give(points, lives) for points, lives in lots))

    @initialize(
        targets=(ENTRIES, PROMISED),
        points=POINTS,
        waits=MINUTES,
        lives=LIVES,
        less=st.just(0) | POINTS,
    )
    def begin_to_wait(self, points, waits, lives, less):
        uuid = self.promise(points, waits, lives)
        if less:
            self.reverse(uuid, less, None, "refuse")
        return uuid

    @initialize(owes=st.just(0) | POINTS)
    def begin_to_owe(self, owes):
        if owes:
            self.owe(owes)

    @rule(owes=POINTS)
    def owe(self, owes):
        # More than what is held, so that the balance itself is below zero.
        points = self.model.held + owes
        uuid = self.give(points, None)
        self.take(1, 0, 0)
        self.reverse(uuid, points, None, "debt")

    @initialize(
        target=HOLDS,
        payments=st.lists(st.tuples(POINTS, MINUTES), min_size=2, max_size=3),
    )
    def begin_paying(self, payments):
        started = []
        for points, minutes in payments:
            self.give(2 * points, None)
            started.append(self.reserve(points, None, minutes, 0))
        return multiple(*started)

    @rule(targets=(ENTRIES, EARNED), points=POINTS, lives=LIVES)
    def give(self, points, lives):
        end = self.end(lives)
        request = make.accrual(self.account, points, expires_at=self.when(end))
        state = self.model.give(request.uuid, points, end, None)
        return self.ask(self.post, request, state)

    @rule(targets=(ENTRIES, PROMISED), points=POINTS, waits=MINUTES, lives=LIVES)
    def promise(self, points, waits, lives):
        matures = self.end(waits)
        end = None if lives is None else matures + lives
        request = make.accrual(
            self.account,
            points,
            matures_at=self.at(matures),
            expires_at=self.when(end),
        )
        state = self.model.give(request.uuid, points, end, matures)
        return self.ask(self.post, request, state)

    @rule(targets=(ENTRIES, SPENT), points=POINTS, edge=EDGE, pause=PAUSE)
    def take(self, points, edge, pause):
        self.wait(pause)
        points = near(self.model.available, points, edge)
        request = make.spending(self.account, points)
        return self.ask(self.post, request, self.model.take(request.uuid, points))

    @rule(target=HOLDS, points=POINTS, edge=EDGE, minutes=MINUTES, pause=PAUSE)
    def reserve(self, points, edge, minutes, pause):
        self.wait(pause)
        points = near(self.model.available, points, edge)
        request = make.hold_request(self.account, points, ttl_s=minutes * 60)
        answer = self.ledger._reserve(request)
        assert answer.state == self.model.reserve(request.uuid, points, minutes)
        assert answer.available == self.model.posted - self.model.held
        self.asked[request.uuid] = request
        return request.uuid

    @rule(uuid=HOLDS)
    def reserve_again(self, uuid):
        before = self.facts()
        answer = self.ledger._reserve(self.asked[uuid])
        assert (answer.state, answer.repeated) == (self.model.holds[uuid].state, True)
        assert self.facts() == before

    @rule(targets=(ENTRIES, SPENT), uuid=HOLDS, points=POINTS, edge=EDGE, pause=PAUSE)
    def capture(self, uuid, points, edge, pause):
        self.wait(pause)
        known = self.model.holds[uuid]
        points = near(known.points, points, edge)
        before = (known.state, known.captured)
        entry = derived_uuid(uuid, "capture")
        done = self.model.capture(uuid, points, entry)
        answer = self.ledger._capture(make.capture(uuid, points))
        assert answer.state == known.state
        assert answer.done == (done or before == ("captured", points))
        assert answer.captured == known.captured
        return entry

    @rule(targets=(ENTRIES, SPENT), points=POINTS, edge=EDGE, part=POINTS, rest=EDGE)
    def pay(self, points, edge, part, rest):
        # At one till, without a pause.
        return self.capture(self.reserve(points, edge, 1, 0), part, rest, 0)

    @rule(uuid=consumes(HOLDS), pause=PAUSE)
    def void(self, uuid, pause):
        self.wait(pause)
        answer = self.ledger._void(uuid)
        assert answer.state == self.model.void(uuid)

    @rule(target=ENTRIES, uuid=ENTRIES, points=POINTS, edge=EDGE, policy=POLICY)
    def reverse(self, uuid, points, edge, policy):
        points = near(self.model.left(uuid), points, edge)
        request = make.reversal(uuid, points, on_shortfall=policy)
        state = self.model.reverse(uuid, request.uuid, points, policy)
        return self.ask(self.undo, request, state)

    @rule(target=ENTRIES, uuid=EARNED, points=POINTS, edge=EDGE, policy=POLICY)
    def take_back(self, uuid, points, edge, policy):
        return self.reverse(uuid, points, edge, policy)

    @rule(target=ENTRIES, uuid=PROMISED, points=POINTS, edge=EDGE)
    def cancel(self, uuid, points, edge):
        return self.reverse(uuid, points, edge, "refuse")

    @rule(target=ENTRIES, uuid=SPENT, points=POINTS, edge=EDGE, pause=PAUSE)
    def give_back(self, uuid, points, edge, pause):
        self.wait(pause)
        return self.reverse(uuid, points, edge, "refuse")

    @rule(uuid=ENTRIES)
    def replay(self, uuid):
        how, request, state = self.asked.get(uuid, (None, None, "unknown"))
        if state != "unknown":
            before = self.facts()
            answer = how(request)
            assert (answer.state, answer.repeated) == (state, True)
            assert self.facts() == before

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
        self.case.assert_rules(PREPARED)


def play(
    case: LoyaltyCase,
    phases: tuple[Phase, ...] = tuple(Phase),
    examples: int = EXAMPLES,
) -> None:
    """Let the machine play against the ledger; raise what it finds."""
    case.program.restoration_grace_days = GRACE_DAYS
    # Asked after each of a thousand steps: planned once.
    case.env.cr.execute(f"DEALLOCATE ALL; PREPARE ledger_rules AS {BROKEN}")
    LedgerMachine.case = case
    LedgerMachine.twin = make.make_member(case.env, case.program)
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=examples,
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
