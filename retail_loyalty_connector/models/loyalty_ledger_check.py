"""``retail.loyalty.ledger``: whether the chains hold, their anchors, own balances.

Every member account has a hash chain; its heads are written once a night outside the
database, beside the anchors of the audit chains and in the same form.
"""

import logging
from collections.abc import Iterator

from odoo import api, models

from odoo.addons.retail_integration_base.tools.audit_chain import Anchor, Finding

from ..tools import ledger_chain
from ..tools.ledger_chain import Head

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

_logger = logging.getLogger(__name__)


class RetailLoyaltyLedger(models.AbstractModel):
    _inherit = "retail.loyalty.ledger"

    @api.model
    def _verify(self, accounts: models.BaseModel | None = None) -> list[Finding]:
        """Return the first break of each chain; nothing if all hold.

        :param accounts: member accounts; all of the database without any
        """
        anchors = self._anchors()
        if accounts:
            found = [
                finding
                for account in accounts.sudo()
                if (finding := self._verify_one(account, anchors))
            ]
        else:
            found = list(ledger_chain.verify_all(self._heads(), self._rows(), anchors))
        for finding in found:
            _logger.error("Loyalty chain %s is broken at entry %s: %s", *finding)
        return found

    def _verify_one(
        self, account: models.BaseModel, anchors: list[Anchor]
    ) -> Finding | None:
        name = ledger_chain.stream_name(account.id)
        account.invalidate_recordset(flush=False)
        head = Head(
            account.id, account.last_sequence, account.last_hash, account.posted
        )
        rows = self._rows((account.id, 0), account.id)
        own = [anchor for anchor in anchors if anchor.stream == name]
        return ledger_chain.verify(head, rows, own)

    def _heads(self) -> Iterator[Head]:
        after = 0
        while True:
            self.env.cr.execute(HEADS, (after, PAGE_ROWS))
            rows = self.env.cr.fetchall()
            yield from (Head(*row) for row in rows)
            if len(rows) < PAGE_ROWS:
                return
            after = rows[-1][0]

    def _rows(
        self, after: tuple[int, int] = (0, 0), only: int | None = None
    ) -> Iterator[tuple]:
        """Yield entries from a place on, by account and number; of one account only."""
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

    @api.model
    def _anchors(self) -> list[Anchor]:
        """Return the anchors of these chains that are kept outside the database."""
        prefix = ledger_chain.stream_name(0).removesuffix("0")
        known = self.env["retail.audit.stream"]._read_anchors()
        return [anchor for anchor in known if anchor.stream.startswith(prefix)]
