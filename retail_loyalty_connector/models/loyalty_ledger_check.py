"""``retail.loyalty.ledger``: whether the chains hold, and their anchors.

Every member account has a hash chain. Once a night the heads that moved are kept as an
anchor, and its digest is written outside the database, beside the anchors of the audit
chains and in the same form. The rules of verifying are pure (``tools/ledger_chain.py``)
and shared with ``setup/verify-ledger``.
"""

import logging
from collections.abc import Iterator

from odoo import api, models

from odoo.addons.retail_integration_base.models.audit_stream_check import (
    anchor_file,
    append_durably,
)
from odoo.addons.retail_integration_base.tools.audit_chain import (
    Anchor,
    Finding,
    anchor_line,
)
from odoo.addons.retail_integration_base.tools.clock import to_rfc3339, utc_now

from ..tools import ledger_chain
from ..tools.ledger_chain import GENESIS_HASH, LEDGER_STREAM, Head, Start

PAGE_ROWS = 5_000
HEADS = """
    SELECT id, last_sequence, last_hash, posted FROM retail_loyalty_account
     WHERE kind = 'member' AND id > %s ORDER BY id LIMIT %s
"""
ROWS = f"""
    SELECT {", ".join(ledger_chain.COLUMNS)} FROM retail_loyalty_entry
     WHERE (account_id, sequence) > (%s, %s)
     ORDER BY account_id, sequence LIMIT %s
"""  # nosec B608 # names of ours only
ANCHORED = """
    SELECT head.account_id, head.sequence, head.entry_hash, anchor.anchored_at
      FROM retail_loyalty_anchor_head AS head
      JOIN retail_loyalty_anchor AS anchor ON anchor.number = head.anchor_number
"""
# Accounts that moved since they were anchored, and where that was.
MOVED = """
    SELECT account.id, account.last_sequence, account.last_hash, account.posted,
           coalesce(last.sequence, 0), coalesce(last.entry_hash, %s),
           coalesce(entry.balance_after, 0)
      FROM retail_loyalty_account AS account
      LEFT JOIN LATERAL (
          SELECT head.sequence, head.entry_hash FROM retail_loyalty_anchor_head AS head
           WHERE head.account_id = account.id
           ORDER BY head.anchor_number DESC LIMIT 1) AS last ON true
      LEFT JOIN retail_loyalty_entry AS entry
        ON entry.account_id = account.id AND entry.sequence = last.sequence
     WHERE account.kind = 'member' AND account.id > %s
       AND account.last_sequence <> coalesce(last.sequence, 0)
     ORDER BY account.id LIMIT %s
"""

_logger = logging.getLogger(__name__)


class RetailLoyaltyLedger(models.AbstractModel):
    _inherit = "retail.loyalty.ledger"

    # --- verifying --------------------------------------------------------------------

    @api.model
    def _verify(self, accounts: models.BaseModel | None = None) -> list[Finding]:
        """Return the first break of each chain; nothing if all hold.

        :param accounts: member accounts; all of the database, with the anchors, if none
        :raises ConfigurationError: the file of anchors outside cannot be read
        """
        if accounts:
            found = [
                finding
                for account in accounts.sudo()
                if (finding := self._verify_one(account))
            ]
        else:
            found = list(
                ledger_chain.verify_all(
                    self._heads(), self._rows((0, 0)), self._anchored()
                )
            )
            broken = ledger_chain.verify_anchors(self._anchors(), self._outside())
            found += [broken] if broken else []
        for finding in found:
            _logger.error("Loyalty chain %s is broken at entry %s: %s", *finding)
        return found

    def _verify_one(self, account: models.BaseModel) -> Finding | None:
        account.invalidate_recordset(flush=False)
        head = Head(
            account.id, account.last_sequence, account.last_hash, account.posted
        )
        rows = self._rows((account.id, 0), account.id)
        return ledger_chain.verify(head, rows, self._anchored(account.id))

    def _heads(self) -> Iterator[Head]:
        after = 0
        while True:
            self.env.cr.execute(HEADS, (after, PAGE_ROWS))
            rows = self.env.cr.fetchall()
            yield from (Head(*row) for row in rows)
            if len(rows) < PAGE_ROWS:
                return
            after = rows[-1][0]

    def _rows(self, after: tuple[int, int], only: int | None = None) -> Iterator[tuple]:
        """Yield entries after a place, by account and number; of one account only."""
        place = len(ledger_chain.LINK)
        while True:
            self.env.cr.execute(ROWS, (*after, PAGE_ROWS))
            rows = self.env.cr.fetchall()
            for row in rows:
                if only is not None and row[place] != only:
                    return
                yield row
            if len(rows) < PAGE_ROWS:
                return
            after = (rows[-1][place], rows[-1][place + 1])

    # --- anchors ----------------------------------------------------------------------

    @api.model
    def _anchor(self) -> int:
        """Verify what is new, keep the heads that moved; return how many.

        The digest goes to the folder that audit anchors go to, or by their mail. While
        a chain is broken nothing is anchored: an anchor says that all was sound.
        """
        if self._verify_moved():
            return 0
        self.env.cr.execute(
            "SELECT * FROM retail_loyalty_anchor(%s, %s)", (self._now(), GENESIS_HASH)
        )
        row = self.env.cr.fetchone()
        if not row:
            return 0
        number, digest, count = row
        at = to_rfc3339(utc_now().replace(microsecond=0))
        line = anchor_line(
            Anchor(self.env.cr.dbname, LEDGER_STREAM, number, digest, at)
        )
        path = anchor_file()
        if path:
            append_durably(path, line + "\n")
        self.env["retail.audit.stream"]._mail_anchors(line)
        _logger.info("Anchored %s loyalty accounts as number %s", count, number)
        return count

    def _verify_moved(self) -> list[Finding]:
        """Return the first break of each chain behind its last anchor."""
        found = []
        after = 0
        while True:
            self.env.cr.execute(MOVED, (GENESIS_HASH, after, PAGE_ROWS))
            moved = self.env.cr.fetchall()
            for row in moved:
                head, start = Head(*row[:4]), Start(*row[4:])
                rows = self._rows((head.account_id, start.sequence), head.account_id)
                finding = ledger_chain.verify(head, rows, (), start)
                if finding:
                    _logger.error("Loyalty chain %s is broken at %s: %s", *finding)
                    found.append(finding)
            if len(moved) < PAGE_ROWS:
                return found
            after = moved[-1][0]

    def _anchored(self, account_id: int | None = None) -> Iterator[Anchor]:
        """Yield the anchored heads, of one account or of all."""
        where = " WHERE head.account_id = %s" if account_id else ""
        self.env.cr.execute(ANCHORED + where, (account_id,) if account_id else ())
        for account, sequence, digest, at in self.env.cr.fetchall():
            name = ledger_chain.stream_name(account)
            yield Anchor(self.env.cr.dbname, name, sequence, digest, str(at))

    def _anchors(self) -> Iterator[tuple]:
        """Yield number, digest and heads of each anchor, oldest first."""
        self.env.cr.execute(
            "SELECT number, digest FROM retail_loyalty_anchor ORDER BY number"
        )
        for number, digest in self.env.cr.fetchall():
            self.env.cr.execute(
                "SELECT account_id, sequence, entry_hash"
                "  FROM retail_loyalty_anchor_head WHERE anchor_number = %s"
                " ORDER BY account_id",
                (number,),
            )
            yield number, digest, self.env.cr.fetchall()

    def _outside(self) -> list[Anchor]:
        """Return the ledger's lines from outside the database."""
        known = self.env["retail.audit.stream"]._read_anchors()
        return [anchor for anchor in known if anchor.stream == LEDGER_STREAM]
