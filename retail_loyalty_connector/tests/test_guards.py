"""What the database refuses, whoever asks; and how tampering shows all the same."""

import psycopg2

from odoo.exceptions import AccessError
from odoo.service.model import get_public_method
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.retail_integration_base.tests.factories import make_user

from . import factories as make
from .common import LoyaltyCase

TABLES = (
    "account",
    "entry",
    "hold",
    "lot",
    "lot_use",
    "pending",
    "refusal",
    "reversal",
)


@tagged("post_install", "-at_install")
class TestGuards(LoyaltyCase):
    def refused(self, error: type, query: str, *values: object) -> None:
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(error),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(query, values)

    def test_entries_are_not_changed_not_deleted_not_truncated(self):
        self.give(100)
        denied = psycopg2.errors.InsufficientPrivilege
        self.refused(denied, "UPDATE retail_loyalty_entry SET ref = 'else'")
        self.refused(denied, "DELETE FROM retail_loyalty_entry")
        self.refused(denied, "TRUNCATE retail_loyalty_entry CASCADE")

    def test_nothing_that_entries_stand_on_is_deleted(self):
        accrual = self.give(100)
        self.capture(self.reserve(10))
        self.reverse(accrual, 10)
        self.take(1000)
        self.give(1, matures_at=self.ledger._now())
        for table in TABLES:
            with self.subTest(table=table):
                denied = psycopg2.errors.InsufficientPrivilege
                self.refused(denied, f"DELETE FROM retail_loyalty_{table}")
                self.refused(denied, f"TRUNCATE retail_loyalty_{table} CASCADE")

    def test_balance_is_not_taken_below_the_floor_by_any_statement(self):
        self.give(100)
        for query in (
            "UPDATE retail_loyalty_account SET posted = -1 WHERE id = %s",
            "UPDATE retail_loyalty_account SET held = 101 WHERE id = %s",
            "UPDATE retail_loyalty_account SET held = -1 WHERE id = %s",
        ):
            self.refused(psycopg2.errors.CheckViolation, query, self.account.id)

    def test_entry_that_does_not_follow_its_chain_is_not_inserted(self):
        self.give(100)
        columns = (
            "content_hash, program_id, account_id, kind, debit_account_id,"
            " credit_account_id, points, amount, balance_after, effective_at,"
            " recorded_at, previous_hash"
        )
        self.refused(
            psycopg2.errors.InsufficientPrivilege,
            f"INSERT INTO retail_loyalty_entry (uuid, sequence, entry_hash, {columns})"
            f" SELECT %s, sequence + 1, %s, {columns} FROM retail_loyalty_entry"
            " WHERE account_id = %s",
            make.new_uuid(),
            "f" * 64,
            self.account.id,
        )

    def test_amount_that_does_not_balance_is_not_stored(self):
        self.give(100)
        self.env.cr.execute(
            "ALTER TABLE retail_loyalty_entry DISABLE TRIGGER"
            " retail_loyalty_entry_keep_row"
        )
        for column in ("points", "amount"):
            self.refused(
                psycopg2.errors.CheckViolation,
                f"UPDATE retail_loyalty_entry SET {column} = {column} + 1",
            )

    def test_tampering_behind_the_triggers_is_found_where_it_begins(self):
        for points in (10, 20, 30):
            self.give(points)
        self.env.cr.execute(
            "ALTER TABLE retail_loyalty_entry DISABLE TRIGGER"
            " retail_loyalty_entry_keep_row"
        )
        self.env.cr.execute(
            "UPDATE retail_loyalty_entry SET ref = 'else'"
            " WHERE account_id = %s AND sequence = 2",
            (self.account.id,),
        )
        with mute_logger(
            "odoo.addons.retail_loyalty_connector.models.loyalty_ledger_check"
        ):
            (finding,) = self.ledger._verify()
            (same,) = self.ledger._verify(self.account)
        self.assertEqual(finding, same)
        self.assertEqual(finding.stream, f"loyalty-account-{self.account.id}")
        self.assertEqual(finding.sequence, 2)

    def test_p4_nobody_writes_points_or_history_through_odoo(self):
        self.give(100)
        people = [
            make_user(self.env, group, group)
            for group in (
                "group_user",
                "group_auditor",
                "group_operator",
                "group_finance",
                "group_steward",
                "group_admin",
                "group_service",
            )
        ]
        for user in people:
            for model in ("account", "entry", "hold", "lot", "pending", "refusal"):
                records = self.env[f"retail.loyalty.{model}"].with_user(user)
                with self.subTest(user=user.login, model=model):
                    self.assertTrue(records.has_access("read"))
                    for operation in ("write", "create", "unlink"):
                        self.assertFalse(records.has_access(operation))
            with self.assertRaises(AccessError):
                self.account.with_user(user).write({"posted": 777})

    def test_p3_nobody_mints_points_by_a_remote_call(self):
        for name in ("_post", "_reserve", "_capture", "_reverse", "_transfer"):
            with self.assertRaises(AccessError):
                get_public_method(self.ledger, name)
        own = set(dir(type(self.ledger))) - set(dir(self.env.registry["base"]))
        self.assertEqual([name for name in own if not name.startswith("_")], [])

    def test_p8_ten_times_a_tenth_is_one(self):
        # In the program's smallest unit: points are integers everywhere.
        for _time in range(10):
            self.give(1)
        self.assertEqual(self.balance().posted, 10)
        with self.assertRaises(TypeError):
            make.accrual(self.account, 0.1)

    def test_p10_member_with_points_and_their_history_stay(self):
        self.give(100)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.member.unlink()
        self.assertEqual(len(self.own("entry")), 1)

    def test_p12_points_past_their_end_are_gone_and_an_entry_says_so(self):
        self.give(50, expires_at=make.after(self.ledger._now(), days=1))
        with self.later(days=2):
            self.assertEqual(self.balance().available, 0)
            self.assertEqual(self.ledger._expire_lots(), 1)
        entry = self.own("entry", ("kind", "=", "expiry"))
        self.assertEqual((entry.amount, self.balance().posted), (-50, 0))
        self.assert_rules()

    def test_p1_orders_confirmed_together_never_overdraw(self):
        self.give(100)
        answers = self.ledger._post([make.spending(self.account, 100) for _ in "ab"])
        self.assertEqual([one.state for one in answers], ["posted", "refused"])
        self.assertEqual(self.balance().posted, 0)

    def test_p2_points_that_one_till_reserved_are_no_other_tills(self):
        self.give(100)
        self.assertEqual(self.reserve(100).state, "open")
        self.assertEqual(self.reserve(100).state, "refused")
        self.assertEqual(self.take(1).state, "refused")
