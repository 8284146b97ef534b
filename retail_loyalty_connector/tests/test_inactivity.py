"""Points that lapse when a member does nothing: each purchase carries them all on."""

from datetime import datetime

from odoo.tests import tagged

from . import factories as make
from .common import LoyaltyCase

MARCH, MAY, JUNE = (datetime(2027, month, 15, 12) for month in (3, 5, 6))


@tagged("post_install", "-at_install")
class TestInactivity(LoyaltyCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.program.write(
            {"expiry": "inactivity", "expiry_months": 3, "tz": "Europe/Brussels"}
        )
        cls.env.flush_all()

    def earn(self, at: datetime, points: int = 100, **values):
        """Post points of a purchase of that moment, as the engine does."""
        return self.give(
            points,
            effective_at=at,
            expires_at=self.program._expires_at(at),
            **values,
        )

    def ends(self) -> set[str]:
        """Return when the member's points end."""
        self.env.invalidate_all()
        return {str(lot.expires_at) for lot in self.own("lot", ("is_open", "=", True))}

    def test_purchase_carries_all_points_on(self):
        self.earn(MARCH)
        self.assertEqual(self.ends(), {"2027-06-15 22:00:00"})
        self.earn(MAY, 10)
        self.assertEqual(self.ends(), {"2027-08-15 22:00:00"})
        self.earn(MARCH, 5)  # told late: it takes nothing back
        self.assertIn("2027-08-15 22:00:00", self.ends())
        self.assert_rules()

    def test_payment_with_points_carries_on_what_is_left(self):
        self.earn(MARCH)
        hold = self.reserve(40)
        self.ledger._capture(make.capture(hold.uuid, effective_at=JUNE))
        self.assertEqual(self.ends(), {"2027-09-15 22:00:00"})
        self.assertEqual(self.lots(), [60])

    def test_points_that_are_still_pending_count_as_a_purchase(self):
        self.earn(MARCH)
        self.earn(MAY, 10, matures_at=JUNE)
        self.assertEqual(self.ends(), {"2027-08-15 22:00:00"})

    def test_what_a_person_adjusts_is_no_purchase(self):
        self.earn(MARCH)
        asked = make.adjustment(self.account, 5, effective_at=MAY)
        self.program.adjustment_limit = 100
        self.ledger._post([asked])
        self.assertIn("2027-06-15 22:00:00", self.ends())

    def test_what_lapsed_before_somebody_came_back_stays_lapsed(self):
        self.earn(datetime(2026, 1, 10, 12))
        self.earn(MARCH, 10)
        self.ledger._expire_lots()
        self.assertEqual(self.balance().posted, 10)
        self.assert_rules()

    def test_batch_carries_many_members_on_at_once(self):
        others = [make.make_member(self.env, self.program) for _n in range(3)]
        accounts = [self.account, *(one._account() for one in others)]
        for at in (MARCH, MAY):
            end = self.program._expires_at(at)
            self.ledger._post(
                make.accrual(one, 10, effective_at=at, expires_at=end)
                for one in accounts
            )
        lots = self.env["retail.loyalty.lot"].search(
            [("account_id", "in", [one.id for one in accounts])]
        )
        ends = {str(lot.expires_at) for lot in lots}
        self.assertEqual((len(lots), ends), (8, {"2027-08-15 22:00:00"}))

    def test_calendar_is_the_one_of_the_engine(self):
        self.program.write({"is_expiry_at_month_end": True, "expiry_grace_days": 2})
        self.env.flush_all()
        for at in (MARCH, datetime(2026, 11, 30, 23, 30), datetime(2027, 8, 31, 1)):
            self.env.cr.execute(
                "SELECT retail_loyalty_usable_until(program, %s)"
                "  FROM retail_loyalty_program AS program WHERE id = %s",
                (at, self.program.id),
            )
            [(end,)] = self.env.cr.fetchall()
            with self.subTest(at=at):
                self.assertEqual(end, self.program._expires_at(at))

    def test_warnings_speak_of_the_new_end(self):
        now = self.ledger._now()
        self.program.warning_days = "30"
        self.env.flush_all()
        self.earn(make.after(now, days=-75))
        warnings = self.env["retail.loyalty.warning"]
        self.assertEqual(warnings._warn(self.program, self.member), 1)
        self.earn(now, 10)
        self.assertEqual(warnings._warn(self.program, self.member), 0)
        with self.later(days=70):
            self.assertEqual(warnings._warn(self.program, self.member), 1)
