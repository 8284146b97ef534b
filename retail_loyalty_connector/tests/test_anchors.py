"""Anchors: what was sound one night cannot be rewritten unseen; own accounts add up."""

import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.retail_integration_base.models.audit_stream_check import (
    ANCHOR_FILE,
    ANCHOR_VARIABLE,
)

from ..tools import ledger_chain
from . import factories as make
from .common import LoyaltyCase

CHECK_LOGGER = "odoo.addons.retail_loyalty_connector.models.loyalty_ledger_check"


@tagged("post_install", "-at_install")
class TestAnchors(LoyaltyCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        variable = patch.dict(os.environ, {ANCHOR_VARIABLE: folder.name})
        variable.start()
        self.addCleanup(variable.stop)
        self.file = Path(folder.name, ANCHOR_FILE)

    def unlock(self, *tables: str) -> None:
        """Do what whoever owns the database can do."""
        for table in tables:
            self.env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")

    def rewrite(self) -> None:
        """Change the member's last entry and every hash that covers it."""
        self.unlock("retail_loyalty_entry")
        self.env.cr.execute(
            "UPDATE retail_loyalty_entry SET points = 900, amount = 900,"
            " balance_after = balance_after - amount + 900 WHERE account_id = %s"
            " AND sequence = (SELECT last_sequence FROM retail_loyalty_account"
            "                  WHERE id = %s)",
            (self.account.id, self.account.id),
        )
        (row,) = list(self.ledger._rows((self.account.id, 0), self.account.id))[-1:]
        digest = ledger_chain.entry_hash(
            row[0], ledger_chain.content_text(row[len(ledger_chain.LINK) :])
        )
        balance = row[ledger_chain.BALANCE]
        self.env.cr.execute(
            "UPDATE retail_loyalty_entry SET entry_hash = %s"
            " WHERE account_id = %s AND sequence = %s",
            (digest, self.account.id, row[ledger_chain.SEQUENCE]),
        )
        self.env.cr.execute(
            "UPDATE retail_loyalty_account SET last_hash = %s, posted = %s"
            " WHERE id = %s",
            (digest, balance, self.account.id),
        )
        self.env.invalidate_all()

    @mute_logger(CHECK_LOGGER)
    def test_rewritten_history_is_found_by_its_anchor(self):
        self.give(10)
        self.give(20)
        self.assertTrue(self.ledger._anchor())
        self.assertEqual(self.ledger._verify(self.account), [])
        self.rewrite()
        (finding,) = self.ledger._verify(self.account)
        self.assertEqual(finding.sequence, 2)
        self.assertIn("history was rewritten", finding.reason)

    @mute_logger(CHECK_LOGGER)
    def test_rewritten_anchor_is_found_by_the_line_outside(self):
        self.give(10)
        self.ledger._anchor()
        self.rewrite()
        self.unlock("retail_loyalty_anchor", "retail_loyalty_anchor_head")
        self.env.cr.execute(
            "UPDATE retail_loyalty_anchor_head SET entry_hash = account.last_hash"
            "  FROM retail_loyalty_account AS account"
            " WHERE account.id = account_id AND account.id = %s",
            (self.account.id,),
        )
        self.assertEqual(self.ledger._verify(self.account), [])
        broken = ledger_chain.verify_anchors(self.ledger._anchors(), [])
        self.assertIn("not those that were anchored", broken.reason)
        previous = ledger_chain.GENESIS_HASH
        for number, _digest, heads in list(self.ledger._anchors()):
            digest = ledger_chain.anchor_digest(previous, heads)
            self.env.cr.execute(
                "UPDATE retail_loyalty_anchor SET digest = %s WHERE number = %s",
                (digest, number),
            )
            previous = digest
        self.assertIsNone(ledger_chain.verify_anchors(self.ledger._anchors(), []))
        (finding,) = self.ledger._verify()
        self.assertEqual(finding.stream, ledger_chain.LEDGER_STREAM)
        self.assertIn("outside names another digest", finding.reason)

    def test_every_column_of_an_entry_is_in_its_hash(self):
        self.env.cr.execute(
            "SELECT attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped"
            " AND attrelid = 'retail_loyalty_entry'::regclass"
        )
        columns = {name for (name,) in self.env.cr.fetchall()}
        self.assertEqual(columns - set(ledger_chain.COLUMNS), {"id"})

    def test_only_what_moved_is_anchored_again(self):
        other = make.make_member(self.env, self.program)._account()
        self.give(10)
        self.give(10, other)
        self.ledger._anchor()
        self.assertEqual(self.ledger._anchor(), 0)
        self.give(5)
        self.assertEqual(self.ledger._anchor(), 1)
        self.assertEqual(len(self.file.read_text("utf-8").splitlines()), 2)
        self.assertEqual(self.ledger._verify(), [])

    @mute_logger(CHECK_LOGGER)
    def test_broken_chain_is_not_anchored(self):
        self.give(10)
        self.unlock("retail_loyalty_entry")
        self.env.cr.execute(
            "UPDATE retail_loyalty_entry SET ref = 'else' WHERE account_id = %s",
            (self.account.id,),
        )
        self.assertEqual(self.ledger._anchor(), 0)
        self.assertFalse(self.file.exists())

    def test_own_accounts_mirror_what_members_have(self):
        self.give(100)
        self.capture(self.reserve(30))
        wallet = self.account.wallet_id
        accounts = self.env["retail.loyalty.account"]

        def own() -> dict[str, int]:
            return {
                kind: self.ledger._own_balance(accounts._own(wallet, kind))
                for kind in ("issue", "redemption", "expiry")
            }

        expected = {"issue": -100, "redemption": 30, "expiry": 0}
        self.assertEqual(own(), expected)
        self.ledger._balance_own_accounts()
        self.assertEqual(own(), expected)
        with self.later(days=1):
            self.give(7)
            expected["issue"] -= 7
            self.assertEqual(own(), expected)

    def test_sums_of_own_accounts_stop_before_open_transactions(self):
        self.give(100)
        issue = self.account._own(self.account.wallet_id, "issue")
        with self.later(days=2):
            self.ledger._balance_own_accounts()
            self.assertEqual(self.ledger._own_balance(issue), -100)
        # This test's transaction is open and older than the ledger's clock says.
        self.assertLess(issue.balanced_until, self.ledger._now())
