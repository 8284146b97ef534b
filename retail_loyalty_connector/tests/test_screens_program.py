"""The screens on which a program is set up, tried out, and its failures solved."""

from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests.test_screens import Page, ScreensCase

from . import factories as make


@tagged("post_install", "-at_install", "retail_browser")
class TestScreensProgram(ScreensCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        euro = cls.env.ref("base.EUR")
        euro.active = True
        cls.program = make.make_program(cls.env, "friends", currency_id=euro.id)
        make.make_rule(cls.program)
        make.make_rule(
            cls.program, name="A visit", points=20, basis="visit", cap_day=20
        )
        make.make_campaign(cls.program, date_from="2026-11-01", date_to="2026-11-30")
        make.make_worth(cls.program, euro)
        for code, threshold, factor in (("blue", 0, 1), ("gold", 1500, 1.5)):
            make.make_tier(cls.program, code, threshold, factor=factor)
        cls.member = make.make_member(cls.env, cls.program)
        cls.member.enrolled_at = "2026-01-01"
        cls.env.flush_all()

    def test_program_says_in_plain_words_what_it_promises(self):
        path = f"retail-loyalty-programs/{self.program.id}"
        rules = "div[name=rule_ids] .o_data_row"
        try_out = (
            "[...document.querySelectorAll('button')]"
            ".find((b) => b.textContent.trim() === 'Try it out').click();"
        )
        self._look_through(
            Page("loyalty_program", path, rules),
            Page(
                "loyalty_program_when",
                path,
                rules,
                do="document.querySelector('a[name=when]').click();",
            ),
            Page("loyalty_quote_box", path, rules, do=try_out),
        )

    def test_failed_points_say_why_and_can_be_tried_again(self):
        card = self.env["retail.identity"].create({"kind": "card", "value": "tok_1234"})
        sales = self.env["retail.transaction"].search(
            [
                ("kind", "=", "sale"),
                ("channel", "=", "pos"),
                ("company_id", "=", card.company_id.id),
            ],
            limit=3,
        )
        sales.write({"identity_id": card.id, "partner_id": False})
        failed = self.env["retail.loyalty.accrual"]._record(sales, {})
        self.assertEqual(failed.mapped("reason"), ["unmatched"] * len(sales))
        self.member.enrolled_at = "2020-01-01"
        card.partner_id = self.member.partner_id
        self.env.flush_all()
        sale = failed[0].transaction_id
        self._look_through(
            Page("loyalty_failed", "retail-loyalty-failed", ".o_data_row"),
            Page("loyalty_accruals", "retail-loyalty-accruals", ".o_data_row"),
            Page("loyalty_programs", "retail-loyalty-programs", ".o_data_row"),
            Page(
                "loyalty_failed_one",
                f"retail-loyalty-failed/{failed[0].id}",
                "button[name=action_try_again]",
                do="document.querySelector('button[name=action_try_again]').click();",
            ),
            Page(
                "loyalty_settled",
                f"retail-loyalty-accruals/{self._settle(card).id}",
                "div[name=points_settled]",
            ),
        )
        sale.invalidate_recordset()
        self.assertEqual(sale.accrual_ids.state, "done")

    def _settle(self, card):
        """Return what a return meant whose points were paid for and owed in part."""
        [returned] = self.env["retail.transaction"].search(
            [("kind", "=", "return"), ("company_id", "=", card.company_id.id)], limit=1
        )
        return self.env["retail.loyalty.accrual"].create(
            {
                "transaction_id": returned.id,
                "program_id": self.program.id,
                "company_id": card.company_id.id,
                "member_id": self.member.id,
                "state": "done",
                "points": -100,
                "points_settled": 60,
                "amount_settled": 0.6,
                "points_owed": 10,
                "recorded_at": self.env["retail.loyalty.ledger"]._now(),
            }
        )
