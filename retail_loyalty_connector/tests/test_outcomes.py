"""Outcome measures are stored, and measured again without becoming two (R22)."""

from odoo.tests import tagged

from . import factories as make
from .common_sales import SalesCase, line


@tagged("post_install", "-at_install")
class TestOutcomes(SalesCase):
    def outcome(self, kind: str) -> object:
        domain = [("kind", "=", kind), ("program_id", "=", self.program.id)]
        return self.env["retail.loyalty.outcome"].search(domain)

    def measure(self, **later: float) -> None:
        with self.later(**later):
            self.env["retail.loyalty.outcome"]._cron_measure()

    def test_complaints_are_counted_beside_the_entries_of_the_day(self):
        self.give(10)
        self.give(10)
        self.env["retail.loyalty.adjustment"].create(
            [
                {
                    "member_id": self.member.id,
                    "points": 5,
                    "reason": "Asked at the desk",
                    "cause": cause,
                }
                for cause in ("complaint", "correction")
            ]
        )
        for _twice in range(2):
            self.measure(days=1)
        days = self.outcome("disputes").filtered("base")
        self.assertEqual(days.mapped(lambda d: (d.value, d.base, d.rate)), [(1, 2, 50)])
        self.assertEqual(len(self.outcome("disputes")), 3)

    def test_reporting_is_as_quick_as_the_published_day(self):
        yesterday = make.after(self.ledger._now(), days=-1)
        self.give(1, effective_at=yesterday)
        self.measure()
        self.assertFalse(self.outcome("reporting"))
        day = self.program._day(yesterday)
        self.env["retail.loyalty.snapshot"]._publish_until(self.program, day)
        self.measure()
        seen = self.outcome("reporting").filtered(lambda one: one.outcome_date == day)
        self.assertEqual(len(seen), 1)
        self.assertGreaterEqual(seen.value, 0)
        self.assertLess(seen.value, 24)

    def test_response_is_the_share_of_those_targeted_who_bought(self):
        others = [make.make_member(self.env, self.program) for _n in range(3)]
        segment = self.env["retail.loyalty.segment"].create(
            {
                "name": "All",
                "code": "all-of-them",
                "program_id": self.program.id,
                "purpose": "service",
            }
        )
        segment._evaluate()
        campaign = make.make_campaign(
            self.program,
            member_segment_ids=[(6, 0, segment.ids)],
            date_from="2026-01-01",
        )
        self.sell(line("10.00"))
        others[0].state = "closed"  # targeted until it left
        segment._evaluate()
        self.measure(hours=1)
        [seen] = self.outcome("response")
        self.assertEqual((seen.campaign_id, seen.value), (campaign, 1))
        self.assertEqual((seen.base, seen.rate), (4, 25))
