"""Who may set programs up, and who sees what sales meant."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests import factories as base

from . import factories as make
from .common_sales import SalesCase, line

PROMISES = ("rule", "campaign", "tier", "redemption.terms")
TRACES = ("accrual", "cap.use", "warning")


@tagged("post_install", "-at_install")
class TestProgramAccess(SalesCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        make.make_campaign(cls.program)
        make.make_tier(cls.program, "blue", 0)
        cls.program.write({"cap_day": 100, "warning_days": "30", "tz": "UTC"})

    def fill(self) -> None:
        """Let every kind of row come about."""
        self.sell(line("10.00"))
        soon = make.after(self.ledger._now(), days=3)
        self.give(5, expires_at=soon)
        self.env["retail.loyalty.warning"]._cron_warn()

    def rows(self, name: str):
        return self.env[f"retail.loyalty.{name}"].search(
            [("company_id", "=", self.env.company.id)]
        )

    def test_auditor_reads_all_of_own_company_and_a_stranger_nothing(self):
        self.fill()
        auditor = base.make_user(self.env, "auditor", "group_auditor")
        company = self.env["res.company"].create({"name": "Other"})
        stranger = base.make_user(
            self.env,
            "stranger",
            "group_admin",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for name in PROMISES + TRACES:
            rows = self.rows(name)
            with self.subTest(name):
                self.assertTrue(rows)
                self.assertEqual(rows.with_user(auditor).search([]) & rows, rows)
                own = [("id", "in", rows.ids)]
                self.assertFalse(rows.with_user(stranger).search(own))

    def test_stewards_change_promises_and_nobody_changes_what_sales_meant(self):
        self.fill()
        operator = base.make_user(self.env, "operator", "group_operator")
        steward = base.make_user(self.env, "steward", "group_steward")
        admin = base.make_user(self.env, "admin2", "group_admin")
        for name in PROMISES:
            row = self.rows(name)[:1]
            with self.subTest(name):
                row.with_user(steward).write({"program_id": self.program.id})
                with self.assertRaises(AccessError):
                    row.with_user(operator).write({"program_id": self.program.id})
        for name in TRACES:
            row = self.rows(name)[:1]
            with self.subTest(name), self.assertRaises(AccessError):
                row.with_user(admin).write({"company_id": False})

    def test_stranger_cannot_press_buttons_of_failures(self):
        self.member.state = "suspended"
        accrual = self.accrual_of(self.sell(line("10.00")))
        company = self.env["res.company"].create({"name": "Other"})
        stranger = base.make_user(
            self.env,
            "stranger",
            "group_admin",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        viewer = base.make_user(self.env, "viewer", "group_user")
        for user in (stranger, viewer):
            for button in ("action_try_again", "action_dismiss", "action_let_owe"):
                with self.subTest(button), self.assertRaises(AccessError):
                    getattr(accrual.with_user(user), button)()
