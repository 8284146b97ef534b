"""Who sees which part of the ledger, and the button that verifies it."""

import os
import tempfile
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.retail_integration_base.models.audit_stream_check import (
    ANCHOR_VARIABLE,
)
from odoo.addons.retail_integration_base.tests.factories import make_user

from . import factories as make
from .common import LoyaltyCase

MODELS = (
    "account",
    "entry",
    "hold",
    "lot",
    "lot.use",
    "member",
    "pending",
    "program",
    "refusal",
    "reversal",
    "wallet",
)


@tagged("post_install", "-at_install")
class TestLedgerAccess(LoyaltyCase):
    def fill(self) -> None:
        """Let every kind of row come about."""
        accrual = self.give(100)
        self.give(5, matures_at=self.ledger._now())
        self.capture(self.reserve(10))
        self.reverse(accrual, 10)
        self.take(1000)

    def test_auditor_reads_everything_of_own_company(self):
        self.fill()
        auditor = make_user(self.env, "auditor", "group_auditor")
        for model in MODELS:
            with self.subTest(model=model):
                self.assertTrue(
                    self.env[f"retail.loyalty.{model}"].with_user(auditor).search([])
                )

    def test_other_company_sees_nothing(self):
        self.fill()
        company = self.env["res.company"].create({"name": "Other"})
        stranger = make_user(
            self.env,
            "stranger",
            "group_admin",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for model in MODELS:
            records = self.env[f"retail.loyalty.{model}"].search([])
            own = records.filtered(lambda r: r.company_id == self.env.company)
            with self.subTest(model=model):
                self.assertTrue(own)
                seen = records.with_user(stranger).search([("id", "in", own.ids)])
                self.assertFalse(seen)

    def test_program_of_a_group_is_seen_by_its_companies(self):
        program = make.make_program(self.env, company_id=False)
        account = make.make_member(self.env, program)._account()
        company = self.env["res.company"].create({"name": "Sister"})
        self.give(10, account, company_id=company.id)
        sister = make_user(
            self.env,
            "sister",
            "group_user",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        entries = self.env["retail.loyalty.entry"].with_user(sister)
        found = entries.search([("account_id", "=", account.id)])
        self.assertEqual(found.company_id, company)
        self.assertEqual(account.with_user(sister).posted, 10)

    def test_button_tells_that_the_ledger_holds_and_what_is_missing(self):
        self.give(10)
        user = make_user(self.env, "auditor", "group_auditor")
        told = self.program.with_user(user).action_verify()["params"]
        self.assertIn("1 entries on 1 accounts", told["message"])
        self.assertEqual(told["type"], "warning")
        with (
            tempfile.TemporaryDirectory() as folder,
            patch.dict(os.environ, {ANCHOR_VARIABLE: folder}),
        ):
            told = self.program.with_user(user).action_verify()["params"]
        self.assertEqual(told["type"], "success")

    @mute_logger("odoo.addons.retail_loyalty_connector.models.loyalty_ledger_check")
    def test_button_names_the_first_entry_that_does_not_fit(self):
        self.give(10)
        self.give(20)
        self.env.cr.execute("ALTER TABLE retail_loyalty_entry DISABLE TRIGGER USER")
        self.env.cr.execute(
            "UPDATE retail_loyalty_entry SET ref = 'else'"
            " WHERE account_id = %s AND sequence = 2",
            (self.account.id,),
        )
        with self.assertRaisesRegex(UserError, "RET-4007.*entry 2: its content"):
            self.program.action_verify()

    def test_debt_limit_of_the_program_moves_every_floor(self):
        self.give(10)
        self.program.debt_limit = 50
        self.assertEqual(self.account.floor, -50)
        self.take(40)
        self.program.debt_limit = 0
        self.assertEqual((self.account.floor, self.account.forced_debt), (0, 30))
        self.assertEqual(self.reserve(1).state, "refused")
        self.assert_rules()

    def test_new_wallet_opens_an_account_for_every_member(self):
        wallet = self.env["retail.loyalty.wallet"].create(
            {"program_id": self.program.id, "code": "stamps", "name": "Stamps"}
        )
        account = self.member._account(wallet)
        self.give(3, account)
        self.assertEqual((self.balance(account).posted, self.balance().posted), (3, 0))
        self.assert_rules()
