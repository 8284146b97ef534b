"""Figures for others: what is outstanding, and days that stay as published."""

from datetime import date, datetime, timedelta

import psycopg2

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.retail_integration_base.tests.factories import make_user

from .common_finance import FinanceCase, make_estimate


@tagged("post_install", "-at_install")
class TestFinanceReports(FinanceCase):
    def test_outstanding_points_are_told_by_when_they_end(self):
        make_estimate(self.program, self.program.currency_id, 75, "2024-01-01")
        self.give(100, expires_at=datetime.now() + timedelta(days=40))
        self.give(60)
        self.take(30)
        rows = self.env["retail.loyalty.liability"].search(
            [("program_id", "=", self.program.id)]
        )
        self.assertEqual(
            [(row.age, row.points, row.amount_expected) for row in rows],
            [("2_90", 70, 52.5), ("6_never", 60, 45.0)],
        )
        self.assertEqual(rows[0].amount - rows[0].amount_expected, 17.5)
        self.assertEqual(rows[0].amount_breakage, 17.5)

    def publish(self, day: str) -> object:
        snapshots = self.env["retail.loyalty.snapshot"]
        return snapshots._publish_until(self.program, date.fromisoformat(day))

    def figures(self, day: str) -> list[int]:
        """Return what is published about a day: earned, redeemed, outstanding."""
        rows = self.env["retail.loyalty.snapshot.row"].search(
            [
                ("program_id", "=", self.program.id),
                ("day", "=", day),
                ("snapshot_id.state", "=", "published"),
            ]
        )
        names = ("points_earned", "points_redeemed", "points_outstanding")
        return [sum(rows.mapped(name)) for name in names]

    def test_published_day_changes_by_a_persons_word_only(self):
        self.sell_for(100, 500, "2024-01-10")
        self.spend(200, "2024-01-10")
        self.assertFalse(self.publish("2024-01-10"))
        self.assertEqual(self.figures("2024-01-10"), [500, 200, 300])
        self.assertFalse(self.publish("2024-01-11"))
        self.sell_for(100, 50, "2024-01-10")
        proposed = self.publish("2024-01-11")
        self.assertEqual(
            [str(one.day) for one in proposed], ["2024-01-10", "2024-01-11"]
        )
        self.assertIn("Earned: 500 → 550", proposed[0].difference)
        self.assertEqual(self.figures("2024-01-10"), [500, 200, 300])
        self.assertFalse(self.publish("2024-01-11"))  # nobody is asked twice
        clerk = make_user(self.env, "clerk", "group_operator")
        with self.assertRaises(AccessError):
            proposed.with_user(clerk).action_publish()
        finance = make_user(self.env, "finance", "group_finance")
        proposed[0].with_user(finance).action_publish()
        self.assertEqual(self.figures("2024-01-10"), [550, 200, 350])
        with self.refuses("before"):
            proposed[0].action_decline()
        proposed[1].action_decline()
        self.assertFalse(self.publish("2024-01-11"))
        with (
            self.assertRaises(psycopg2.errors.InsufficientPrivilege),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE retail_loyalty_snapshot_row SET points_earned = 0"
                " WHERE program_id = %s",
                (self.program.id,),
            )

    def test_what_stands_is_averaged_over_days_and_rates_are_made_of_sums(self):
        self.sell_for(100, 400, "2024-01-10")
        self.spend(100, "2024-01-11")
        self.publish("2024-01-11")
        rows = self.env["retail.loyalty.snapshot.row"]
        [(outstanding, rate, earned)] = rows._read_group(
            [("program_id", "=", self.program.id), ("day", ">=", "2024-01-10")],
            [],
            ["points_outstanding:sum", "redemption_rate:avg", "points_earned:sum"],
        )
        self.assertEqual((outstanding, rate, earned), (350, 25, 400))
