"""Tiers of members and warnings of expiry, as the ledger's time goes by."""

from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.retail_integration_base.schemas import registry
from odoo.addons.retail_integration_base.tests import factories as base
from odoo.addons.retail_integration_base.tools import strict_json

from . import factories as make
from .common_sales import SalesCase, line


@tagged("post_install", "-at_install")
class TestTiers(SalesCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        for code, threshold, factor in (("blue", 0, 1), ("gold", 100, 2)):
            make.make_tier(cls.program, code, threshold, factor=factor)

    def tell(self, name: str):
        """Let a partner subscribe to a topic."""
        self.backend.phase_events = True
        topic = self.env.ref(f"retail_loyalty_connector.{name}")
        base.make_subscription(self.backend, "https://partner.example/in", topic)
        return topic

    def told(self, topic) -> list[dict]:
        """Return what was told of this program, each held against its contract.

        Tests with real connections leave members of other programs behind.
        """
        events = self.env["retail.outbox.event"].search(
            [("topic_id", "=", topic.id)], order="id"
        )
        bodies = [strict_json.loads(event.payload.encode()) for event in events]
        for body in bodies:
            registry.SCHEMAS[topic.name].model_validate(body["data"])
        told = [body["data"] for body in bodies]
        return [data for data in told if data["program"] == self.program.code]

    def now_text(self) -> str:
        return f"{self.ledger._now().isoformat()}Z"

    def test_member_begins_in_the_lowest_tier(self):
        member = make.make_member(self.env, self.program)
        self.assertEqual(member.tier_id.code, "blue")
        self.assertFalse(member.tier_until_date)

    def test_sale_that_reaches_a_tier_brings_it_at_once(self):
        topic = self.tell("topic_tier_changed_v1")
        at = self.now_text()
        self.sell(line("99.00"), ended_at=at)
        self.assertEqual(self.member.tier_id.code, "blue")
        self.sell(line("1.00"), ended_at=at)
        self.assertEqual(self.member.tier_id.code, "gold")
        self.sell(line("10.00"), ended_at=at)
        self.assertEqual(self.points, 120)
        [told] = self.told(topic)
        self.assertEqual((told["from_tier"], told["tier"]), ("blue", "gold"))

    def test_return_of_what_reached_a_tier_does_not_take_it_at_once(self):
        at = self.now_text()
        sale = self.sell(line("100.00"), ended_at=at)
        one = {**line("100.00", "-1"), "of": 1}
        self.take_goods_back(sale, one, ended_at=at)
        self.assertEqual((self.points, self.member.tier_id.code), (0, "gold"))

    def test_tier_is_lost_after_its_time_and_its_grace(self):
        self.program.tier_grace_days = 10
        tiering = self.env["retail.loyalty.tiering"]
        self.sell(line("100.00"), ended_at=self.now_text())
        until = self.member.tier_until_date
        days = (until - self.program._day(self.ledger._now())).days
        for later, code in ((days, "gold"), (days + 10, "gold"), (days + 12, "blue")):
            with self.later(days=later):
                tiering._cron_assess()
            self.assertEqual(self.member.tier_id.code, code, later)

    def test_tier_may_go_by_money_spent(self):
        self.program.write(
            {"tier_basis": "spend", "currency_id": self.program.currency_id.id}
        )
        self.rule.points = 0
        self.sell(line("60.00"), ended_at=self.now_text())
        sale = self.sell(line("60.00"), ended_at=self.now_text())
        currency = self.program.currency_id == self.euro
        self.assertEqual(self.member.tier_id.code, "gold" if currency else "blue")
        self.assertFalse(self.points)
        self.assertEqual(self.accrual_of(sale).state, "done")

    def test_program_of_a_platform_leaves_tiers_to_it(self):
        self.program.backend_id = base.make_backend(self.env, "loy", kind="loyalty")
        self.assertFalse(self.program._tier_policy())

    # --- warnings ---------------------------------------------------------------------

    def test_member_is_warned_once_per_step(self):
        topic = self.tell("topic_points_expiring_v1")
        self.program.write({"warning_days": "30 7", "tz": "UTC"})
        start = self.ledger._now().replace(hour=0, minute=0, second=0)
        self.give(40, expires_at=start + timedelta(days=61))
        warnings = self.env["retail.loyalty.warning"]
        seen = []
        for day in (0, 29, 30, 31, 53, 54, 60, 62):
            with self.later(days=day):
                warnings._cron_warn()
                warnings._cron_warn()
            seen.append(len(self.told(topic)))
        self.assertEqual(seen, [0, 0, 1, 1, 2, 2, 2, 2])
        first, second = self.told(topic)
        self.assertEqual((first["points"], first["days_left"]), (40, 30))
        self.assertEqual(second["days_left"], 7)
        self.assertEqual(first["last_date"], str((start + timedelta(days=60)).date()))
