"""Talon.One and Voucherify are told as Square is: both ledgers agree, in storms too."""

from typing import Any

from odoo.tests import tagged

from .common_platform import TOKEN, PlatformCase, simulated


@tagged("post_install", "-at_install")
class TestPlatformVendors(PlatformCase):
    def live(self, platform: Any) -> None:
        """Earn, spend and return goods while every third answer gets lost."""
        script = ["accept", "drop_after_accept", "garbage"] * 4
        platform.faults = self.faults.ScriptedFaults(script)
        earned = self.give(250)
        self.capture(self.reserve(100), 60)
        self.reverse(earned, 50)
        spent = self.take(40)
        self.reverse(spent)
        for _minute in range(12):
            self.tell()
        self.assertEqual(
            self.orders().mapped(lambda one: (one.state, one.moved)),
            [("done", n) for n in (250, -60, -50, -40, 40)],
        )
        self.assertEqual(self.balance().posted, 140)

    def test_talon_one_has_what_the_ledger_has(self):
        platform = simulated("loyalty.talon_one").TalonOnePlatform(TOKEN)
        self.run_by("talon_one", platform, platform_program="5")
        self.live(platform)
        self.assertEqual(self.member.platform_ref, self.member.number)
        self.assertEqual(platform.application.balance(self.member.number), 140)

    def test_voucherify_has_what_the_ledger_has(self):
        platform = simulated("loyalty.voucherify").VoucherifyPlatform(TOKEN)
        platform.cards[self.member.number] = 0
        self.run_by("voucherify", platform, platform_application="app")
        self.live(platform)
        self.assertEqual(platform.cards[self.member.number], 140)
