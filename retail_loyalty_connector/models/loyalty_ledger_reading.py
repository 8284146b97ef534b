"""``retail.loyalty.ledger``: balances, now and at a time in the past, and statements.

Reads only. A balance never sums up entries: the account's row holds it, and each entry
the balance after it.
"""

from datetime import datetime
from typing import NamedTuple

from odoo import api, models

from ..tools.outcomes import Balance

# Held points stand on the lots that expire first: what is due beyond them is gone, even
# before the nightly job says so.
BALANCE_COLUMNS = """
           account.posted, account.held, account.pending,
           account.posted - account.held - greatest(0, coalesce(
               (SELECT sum(lot.remaining) FROM retail_loyalty_lot AS lot
                 WHERE lot.account_id = account.id AND lot.is_open
                   AND lot.expires_at <= %(now)s), 0) - account.held)::bigint,
           account.version
"""
BALANCE = f"""
    SELECT {BALANCE_COLUMNS}
      FROM retail_loyalty_account AS account WHERE account.id = %(account)s
"""  # nosec B608 # columns of ours only
# The last entry that was known then; sequence follows the order of recording.
BALANCE_RECORDED = """
    SELECT balance_after FROM retail_loyalty_entry
     WHERE account_id = %(account)s AND recorded_at <= %(at)s
     ORDER BY sequence DESC LIMIT 1
"""
# What happened late may have been recorded in any order.
BALANCE_EFFECTIVE = """
    SELECT coalesce(sum(amount), 0)::bigint FROM retail_loyalty_entry
     WHERE account_id = %(account)s AND effective_at <= %(at)s
"""


class Statement(NamedTuple):
    """What happened on an account in a span of time.

    :param entries: ``retail.loyalty.entry`` by number
    """

    opening: int
    entries: models.BaseModel
    closing: int


class RetailLoyaltyLedger(models.AbstractModel):
    _inherit = "retail.loyalty.ledger"

    @api.model
    def _balance(self, account: models.BaseModel) -> Balance:
        """Return what is on a member's account now, in points."""
        self.env.cr.execute(BALANCE, {"account": account.id, "now": self._now()})
        return Balance(*self.env.cr.fetchone())

    @api.model
    def _balance_at(
        self, account: models.BaseModel, at: datetime, *, basis: str = "effective"
    ) -> int:
        """Return the posted points at the end of the second ``at`` (UTC).

        :param basis: ``effective``: by when things took place; ``recorded``: as the
            ledger said then, which later entries about earlier days never change (R16)
        """
        queries = {"effective": BALANCE_EFFECTIVE, "recorded": BALANCE_RECORDED}
        self.env.cr.execute(queries[basis], {"account": account.id, "at": at})
        row = self.env.cr.fetchone()
        return row[0] if row else 0

    @api.model
    def _statement(
        self, account: models.BaseModel, since: datetime, until: datetime
    ) -> Statement:
        """Return the entries recorded from ``since`` until before ``until``.

        The entries bridge the balances: opening plus all changes is closing.
        """
        entries = self.env["retail.loyalty.entry"].sudo()
        own = [("account_id", "=", account.id), ("recorded_at", "<", until)]
        before = entries.search(
            [("account_id", "=", account.id), ("recorded_at", "<", since)],
            order="sequence desc",
            limit=1,
        )
        found = entries.search(
            [*own, ("sequence", ">", before.sequence)], order="sequence"
        )
        opening = before.balance_after
        closing = found[-1:].balance_after if found else opening
        return Statement(opening, found, closing)
