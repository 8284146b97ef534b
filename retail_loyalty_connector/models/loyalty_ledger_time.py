"""``retail.loyalty.ledger``: what time does by itself, a batch per transaction.

The crons' own transactions are READ COMMITTED: the SQL takes the account's row first
and skips rows in use, so that a busy till is neither waited for nor overtaken, and a
batch never ends in a serialization failure.
"""

from collections.abc import Callable

from odoo import api, models

BATCH = 500
#: rounds of one run; the cron comes again soon
ROUNDS_MAX = 200
OWN_BALANCE = """
    SELECT own.posted + coalesce((
        SELECT sum(CASE entry.credit_account_id WHEN own.id
                   THEN entry.points ELSE -entry.points END)
          FROM retail_loyalty_entry AS entry
         WHERE entry.program_id = own.program_id
           AND own.id IN (entry.debit_account_id, entry.credit_account_id)
           AND (own.balanced_until IS NULL OR entry.recorded_at >= own.balanced_until)
    ), 0)::bigint
      FROM retail_loyalty_account AS own WHERE own.id = %s AND own.kind <> 'member'
"""


class RetailLoyaltyLedger(models.AbstractModel):
    _inherit = "retail.loyalty.ledger"

    @api.model
    def _cron_expire_holds(self) -> None:
        """Let go of holds whose time is over."""
        self._in_batches(lambda ledger: ledger._expire_holds(BATCH))

    @api.model
    def _cron_daily(self) -> None:
        """Sum up the own accounts, verify what is new, anchor the chains."""
        self._balance_own_accounts()
        self._anchor()

    @api.model
    def _cron_mature(self) -> None:
        """Let points mature and expire."""
        self._in_batches(lambda ledger: ledger._mature_pending(BATCH))
        self._in_batches(lambda ledger: ledger._expire_lots(BATCH))

    def _in_batches(self, work: Callable[[models.BaseModel], int]) -> None:
        """Do ``work`` in transactions of its own until nothing is left to do."""
        for _round in range(ROUNDS_MAX):
            with self.env.registry.cursor() as cr:
                self.env["retail.gate"]._read_committed(cr)
                if work(self.with_env(self.env(cr=cr))) < BATCH:
                    return

    # --- the program's own accounts ---------------------------------------------------

    @api.model
    def _balance_own_accounts(self) -> None:
        """Sum the own accounts up to now, so that their balance stays quick to ask."""
        self.env.cr.execute("SELECT retail_loyalty_balance_own(%s)", (self._now(),))
        self._forget()

    @api.model
    def _own_balance(self, account: models.BaseModel) -> int:
        """Return the points on a program's own account; credits are positive."""
        self.env.cr.execute(OWN_BALANCE, (account.id,))
        return self.env.cr.fetchone()[0]
