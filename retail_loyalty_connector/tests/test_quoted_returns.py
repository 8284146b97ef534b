"""What a return is said to do is what posting it does, whatever happened before."""

from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ..tools.return_quote import ReturnQuote
from . import factories as make
from .common_refunds import RefundCase
from .common_sales import line

#: what happens to the member between the sale and its returns
EVENTS = st.lists(
    st.tuples(st.sampled_from(("give", "take", "hold", "lapse")), st.integers(1, 60)),
    max_size=2,
)


@tagged("post_install", "-at_install")
class TestQuotedReturns(RefundCase):
    @settings(
        max_examples=5,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(
        policy=st.sampled_from(("debt", "reduce_refund", "reduce_refund", "write_off")),
        split=st.sampled_from(("proportional", "points_first", "money_first")),
        worth=st.sampled_from((1, 3, 100, 250)),
        paid=st.integers(0, 20),
        pieces=st.lists(st.integers(1, 3), min_size=1, max_size=2),
        events=EVENTS,
        pends=st.booleans(),
    )
    def test_quote_of_a_return_is_what_posting_does(
        self, policy, split, worth, paid, pieces, events, pends
    ):
        savepoint = self.env.cr.savepoint()
        try:
            self._play(policy, split, worth, paid, pieces, events, pends)
        finally:
            savepoint.close(rollback=True)

    def _play(self, policy, split, worth, paid, pieces, events, pends):
        self.program.write({"spent_policy": policy, "split_policy": split})
        self.worth.points = worth
        self.program.posted_on = "window_over" if pends else "fulfilled"
        self.program.window_days = 14
        self.give(20 * worth)
        tenders = [
            {"type": "points", "amount": f"{paid}.00"},
            {"type": "card", "amount": f"{60 - paid}.00"},
        ]
        sale = self.sell(
            line("10.00", "6"),
            tenders=[one for one in tenders if one["amount"] != "0.00"],
            ended_at=f"{self.ledger._now().isoformat()}Z",
        )
        self.assertEqual(self.accrual_of(sale).state, "done")
        settled = 0
        for number, qty in enumerate(pieces):
            for what, points in events[number : number + 1]:
                self._happen(what, points)
            quoted = self._return_as_quoted(self.back(sale, "10.00", f"-{qty}"))
            settled += quoted.settled
        entries = self.own("entry", ("kind", "=", "adjustment"))
        self.assertEqual(sum(entries.mapped("amount")), settled)
        self.assert_rules()

    def _return_as_quoted(self, returned: dict) -> ReturnQuote:
        """Ask, then tell the return with the refund as quoted, and compare."""
        before = self.state()
        quoted = self.quote(returned)
        self.assertEqual(self.state(), before)
        accrual = self.refund(quoted, returned)
        self.assertEqual(accrual.state, "done", accrual.detail)
        posted = (
            accrual.points_restored,
            accrual.points_settled,
            accrual.points_owed,
            accrual.points_written_off,
            accrual.settlement["cancelled"],
        )
        told = (quoted.restored, quoted.settled, quoted.owed, quoted.written_off)
        self.assertEqual(posted, (*told, quoted.cancelled))
        self.assertEqual(Decimal(str(accrual.amount_settled)), quoted.kept)
        self.assertEqual(quoted.missing, sum(posted[1:4]))
        self.assertEqual(accrual.points, posted[3] - sum(quoted.taken.values()))
        if quoted.settled:
            terms = self.program._terms().redemption_in("EUR")
            self.assertEqual(terms.value(quoted.settled), quoted.kept)
        return quoted

    def _happen(self, what: str, points: int) -> None:
        if what == "give":
            self.give(points)
        elif what == "take":
            self.take(max(1, self.balance().available))
        elif what == "hold":
            self.reserve(points)
        else:
            end = make.after(self.ledger._now(), hours=-1)
            self.give(points, expires_at=end)
