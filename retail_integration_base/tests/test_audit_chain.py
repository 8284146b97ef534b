"""The audit chain: a break is found, anchors hold, retention keeps it whole."""

import json
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.audit_stream_check import ANCHOR_VARIABLE
from ..tools import audit_chain
from .common_audit import STREAM_LOGGER, AuditCase


@tagged("post_install", "-at_install")
class TestAuditChain(AuditCase):
    def test_chain_of_many_entries_holds(self):
        chain = self.record(20)
        self.assertEqual(chain._verify(), [])
        note = chain.action_verify()["params"]
        self.assertEqual(note["type"], "success")
        self.assertIn("20", note["message"])

    def test_sql_and_python_compute_the_same_hash(self):
        entry = self.entries._record(
            "backend.tested", self.subject, details={"text": "naïve \\n 'x' \u2028"}
        )
        self.env.cr.execute(
            f"SELECT {', '.join(audit_chain.CONTENT)} FROM retail_audit_entry"
            " WHERE id = %s",
            [entry.id],
        )
        content = dict(zip(audit_chain.CONTENT, self.env.cr.fetchone(), strict=True))
        self.assertEqual(
            audit_chain.entry_hash(
                entry.previous_hash,
                entry.stream,
                entry.sequence,
                audit_chain.content_text(content),
            ),
            entry.entry_hash,
        )

    def test_every_changed_column_is_found_and_the_entry_named(self):
        self.record()
        for column in audit_chain.CONTENT:
            kind = self.entries._fields[column].type
            value = {"datetime": "2001-01-01", "integer": 7, "many2one": 7}.get(kind)
            with self.subTest(column), self.env.cr.savepoint() as savepoint:
                self.tamper(
                    f"UPDATE retail_audit_entry SET {column} = %s"
                    " WHERE sequence = 3 AND stream = %s",
                    7 if column == "res_id" else value or "x",
                    self.chain().name,
                )
                self.assertEqual(self.broken_at(), [3])
                savepoint.rollback()
        self.assertEqual(self.broken_at(), [])

    def test_removed_and_exchanged_entries_are_found(self):
        name = self.record().name
        where = "FROM retail_audit_entry WHERE stream = %s AND sequence"
        for statement, sequence in (
            (f"DELETE {where} = 3", 3),
            (f"DELETE {where} = 1", 1),
            (f"DELETE {where} = 5", 5),
            (f"DELETE {where} > 0", 1),
            (
                "UPDATE retail_audit_entry SET sequence = 6"
                " WHERE stream = %s AND sequence = 4",
                4,
            ),
        ):
            with self.subTest(statement), self.env.cr.savepoint() as savepoint:
                self.tamper(statement, name)
                self.assertEqual(self.broken_at(), [sequence])
                savepoint.rollback()

    def test_broken_chain_is_said_to_whoever_verifies(self):
        chain = self.record()
        self.tamper("UPDATE retail_audit_entry SET action = 'x' WHERE sequence = 2")
        with (
            self.assertLogs(STREAM_LOGGER, "ERROR"),
            self.assertRaisesRegex(UserError, f"RET-1801 {chain.name}, entry 2"),
        ):
            chain.action_verify()

    def test_chain_that_was_computed_anew_is_found_by_its_anchor(self):
        chain = self.record()
        self.env["retail.audit.stream"]._cron_anchor()
        self.record(2)
        self.forge(chain, 3)
        self.anchors.rename(self.anchors.with_suffix(".away"))
        self.assertEqual(self.broken_at(), [], "a perfect forgery")
        self.anchors.with_suffix(".away").rename(self.anchors)
        self.assertEqual(self.broken_at(), [5])

    def forge(self, chain, sequence):
        """Change an entry and compute all later hashes and the head again."""
        self.tamper(
            "UPDATE retail_audit_entry SET action = 'x' WHERE sequence = %s"
            " AND stream_id = %s",
            sequence,
            chain.id,
        )
        digest = audit_chain.GENESIS_HASH
        for row in list(chain._rows()):
            content = dict(zip(audit_chain.CONTENT, row[4:], strict=True))
            text = audit_chain.content_text(content)
            previous, digest = (
                digest,
                audit_chain.entry_hash(digest, row[0], row[1], text),
            )
            self.tamper(
                "UPDATE retail_audit_entry SET previous_hash = %s, entry_hash = %s"
                " WHERE stream = %s AND sequence = %s",
                *(previous, digest, row[0], row[1]),
            )
        self.tamper(
            "UPDATE retail_audit_stream SET last_hash = %s WHERE id = %s",
            *(digest, chain.id),
        )

    def test_end_that_was_cut_off_with_its_head_is_found_by_the_anchor(self):
        chain = self.record()
        self.env["retail.audit.stream"]._cron_anchor()
        self.tamper("DELETE FROM retail_audit_entry WHERE sequence > 3")
        self.tamper(
            "UPDATE retail_audit_stream SET last_sequence = 3, last_hash ="
            " (SELECT entry_hash FROM retail_audit_entry WHERE sequence = 3"
            " AND stream_id = %s) WHERE id = %s",
            *(chain.id, chain.id),
        )
        self.assertEqual(self.broken_at(), [4])


@tagged("post_install", "-at_install")
class TestAuditKeeping(AuditCase):
    def test_anchors_are_appended_once_per_head(self):
        self.record()
        streams = self.env["retail.audit.stream"]
        streams._cron_anchor()
        streams._cron_anchor()
        lines = self.anchors.read_text("utf-8").splitlines()
        self.assertEqual(len(lines), len(streams.search([])))
        self.record(1)
        streams._cron_anchor()
        again = self.anchors.read_text("utf-8").splitlines()
        self.assertEqual(again[:-1], lines)
        self.assertEqual(json.loads(again[-1])["sequence"], 6)
        self.assertFalse(self.chain()._verify())

    def test_anchors_are_mailed_where_somebody_wants_them(self):
        chain = self.record()
        self.env["ir.config_parameter"].set_param(
            "retail_integration_base.audit_anchor_email", "auditor@example.com"
        )
        self.env["retail.audit.stream"]._cron_anchor()
        mail = self.env["mail.mail"].search([("email_to", "=", "auditor@example.com")])
        self.assertIn(chain.last_hash, mail.body_html)

    def test_broken_chain_is_not_anchored(self):
        self.record()
        self.tamper("UPDATE retail_audit_entry SET action = 'x' WHERE sequence = 2")
        with self.assertLogs(STREAM_LOGGER, "ERROR"):
            self.env["retail.audit.stream"]._cron_anchor()
        self.assertNotIn(
            self.chain().name,
            self.anchors.read_text("utf-8") if self.anchors.exists() else "",
        )

    def test_without_anchors_the_verifier_says_what_it_cannot_see(self):
        chain = self.record()
        with patch.dict("os.environ", {ANCHOR_VARIABLE: ""}):
            note = chain.action_verify()["params"]
        self.assertEqual(note["type"], "warning")

    def test_removal_after_retention_keeps_the_chain_verifiable(self):
        chain = self.record()
        limit = self.entries._record("x.done", self.subject).recorded_at
        self.tamper(
            "UPDATE retail_audit_entry SET recorded_at = '2001-01-01'"
            " WHERE sequence <= 4 AND stream_id = %s",
            chain.id,
        )
        self.assertEqual(chain._remove_before(limit), 4)
        self.assertEqual(chain.checkpoint_sequence, 4)
        kept = self.entries.search([("stream_id", "=", chain.id)], order="sequence")
        self.assertEqual(kept.mapped("sequence"), [5, 6, 7])
        self.assertEqual(kept[-1].action, audit_chain.REMOVED)
        self.assertEqual(chain._verify(), [])
        self.assertEqual(chain._remove_before(limit), 0)

    def test_start_that_was_cut_off_is_found_with_its_checkpoint_moved(self):
        chain = self.record()
        self.tamper(
            "UPDATE retail_audit_stream SET checkpoint_sequence = 2, checkpoint_hash ="
            " (SELECT entry_hash FROM retail_audit_entry WHERE sequence = 2"
            " AND stream_id = %s) WHERE id = %s",
            *(chain.id, chain.id),
        )
        self.tamper("DELETE FROM retail_audit_entry WHERE sequence <= 2")
        self.assertEqual(self.broken_at(), [2])
