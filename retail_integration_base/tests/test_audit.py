"""Audit entries: what one says, that it stays, and who reads it."""

import json

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools import correlation
from . import factories as make
from .common_audit import AuditCase


@tagged("post_install", "-at_install")
class TestAuditEntries(AuditCase):
    def test_entry_says_who_what_and_in_which_story(self):
        boss = make.make_user(self.env, "boss", "group_finance")
        clerk = make.make_user(self.env, "clerk", "group_operator")
        with correlation.bind("story-1"):
            entry = (
                self.entries.with_user(clerk)
                .sudo()
                ._record(
                    "exception.written_off",
                    self.subject,
                    details={"reason": "too old"},
                    approved_by=boss,
                )
            )
        self.assertEqual(entry.user_name, "clerk")
        self.assertEqual(entry.approved_by_name, "boss")
        self.assertEqual(entry.res_model, "res.company")
        self.assertEqual(entry.res_id, self.subject.id)
        self.assertEqual(entry.res_name, self.subject.display_name)
        self.assertEqual(entry.company_id, self.subject)
        self.assertEqual(entry.correlation_id, "story-1")
        self.assertEqual(entry.origin, "system")
        self.assertEqual(json.loads(entry.details), {"reason": "too old"})
        self.assertTrue(entry.recorded_at)

    def test_entry_reads_as_words_for_whoever_looks(self):
        store = make.make_store(self.env, "77")
        entry = self.env["retail.audit.entry"].search(
            [("res_model", "=", "retail.store"), ("res_id", "=", store.id)]
        )
        self.assertEqual(entry.action, "store.created")
        self.assertEqual(entry.action_text, "Store: created")
        self.assertEqual(entry.who_text, "System")

    def test_records_make_one_entry_each_in_their_companys_chain(self):
        other = self.env["res.company"].create({"name": "Other"})
        first, second = self.entries._record("company.counted", self.subject | other)
        self.assertNotEqual(first.stream_id, second.stream_id)
        self.assertEqual(second.company_id, other)
        by_backend = self.entries._record("backend.tested", self.backend)
        self.assertEqual(by_backend.company_id, self.backend.company_id)
        self.assertEqual(self.entries._record("system.started").stream, "shared")

    def test_details_keep_dates_decimals_and_records(self):
        entry = self.entries._record(
            "value_map.changed",
            details={"map": self.store, "rate": make.Decimal("0.210"), "x": [1, None]},
        )
        self.assertEqual(
            json.loads(entry.details),
            {"map": [f"retail.store,{self.store.id}"], "rate": "0.210", "x": [1, None]},
        )

    def test_entry_outlives_its_user(self):
        leaver = make.make_user(self.env, "leaver", "group_operator")
        entry = self.entries.with_user(leaver).sudo()._record("x.done", self.subject)
        leaver.unlink()
        self.env.invalidate_all()
        self.assertEqual(entry.read(["user_name", "user_id"])[0]["user_name"], "leaver")
        self.assertFalse(self.chain()._verify())

    def test_entry_opens_its_record_while_it_exists(self):
        entry = self.entries._record("store.changed", self.store)
        self.assertEqual(entry.action_open_record()["res_id"], self.store.id)
        self.store.unlink()
        with self.assertRaises(UserError):
            entry.action_open_record()

    def test_the_database_refuses_to_change_remove_or_put_in_entries(self):
        chain = self.record()
        for statement in (
            "UPDATE retail_audit_entry SET action = 'nothing.happened'",
            "DELETE FROM retail_audit_entry",
            "TRUNCATE retail_audit_entry",
            "INSERT INTO retail_audit_entry (stream_id, stream, sequence,"
            " previous_hash, entry_hash, recorded_at, action, origin)"
            f" VALUES ({chain.id}, '{chain.name}', 99, '', '', now(), 'x', 'system')",
            "UPDATE retail_audit_stream SET last_hash = ''",
            "UPDATE retail_audit_stream SET last_sequence = last_sequence + 2",
            "UPDATE retail_audit_stream SET checkpoint_sequence = last_sequence",
            "DELETE FROM retail_audit_stream",
            "TRUNCATE retail_audit_stream CASCADE",
        ):
            with (
                self.subTest(statement),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.InsufficientPrivilege),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)
        self.assertEqual(chain._verify(), [])

    def test_only_auditors_security_and_administrators_read(self):
        entry = self.entries._record("backend.tested", self.backend)
        for group in ("group_auditor", "group_security", "group_admin"):
            user = make.make_user(self.env, f"reader-{group}", group)
            self.assertTrue(entry.with_user(user).read(["action"]))
        finance = make.make_user(self.env, "finance", "group_finance")
        with self.assertRaises(AccessError):
            entry.with_user(finance).read(["action"])
