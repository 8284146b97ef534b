"""``retail.loyalty.member``: a member and an account by the id that partners use.

Asked with every request of a till, so it is one indexed query of two tables, with the
reader's record rules in it; planning a longer one costs more than running it, and what
wallets are called is remembered. The id of a merged member finds whom it was merged
into. Called by the HTTP routes.
"""

from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..tools.outcomes import Balance
from .loyalty_ledger_reading import BALANCE_COLUMNS

ACCOUNT = SQL("account.member_id = retail_loyalty_member.id")
COLUMNS = (
    SQL("retail_loyalty_member.id"),
    SQL("retail_loyalty_member.uuid"),
    SQL("retail_loyalty_member.state"),
    SQL("account.program_id"),
    SQL("account.id"),
    SQL("account.wallet_id"),
)


class Place(NamedTuple):
    """Where a member's points are."""

    member_id: int
    member_uuid: str
    member_state: str
    program_id: int
    account_id: int
    wallet_code: str
    currency: str


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    @api.model
    def _find_balance(
        self, uuid: str, wallet: str | None = None
    ) -> tuple[Place, Balance] | None:
        """Return the account of a member and what is on it now, in one query.

        :param wallet: as ``_find_place`` takes it
        """
        now = self.env["retail.loyalty.ledger"]._now()
        balance = SQL(BALANCE_COLUMNS.replace("%(now)s", "%s"), now)
        found = self._find_account(uuid, wallet, balance)
        return found and (found[0], Balance(*found[1]))

    @api.model
    def _find_place(self, uuid: str, wallet: str | None = None) -> Place | None:
        """Return the account of the member ``uuid``, or ``None`` if none is visible.

        :param wallet: code of the wallet; the program's first one without
        """
        found = self._find_account(uuid, wallet)
        return found and found[0]

    def _find_account(
        self, uuid: str, wallet: str | None, *more: SQL
    ) -> tuple[Place, tuple] | None:
        """Return a member's account in a wallet, and the columns ``more`` of it."""
        query = self._search([("uuid", "=", uuid)])
        query.add_join("JOIN", "account", "retail_loyalty_account", ACCOUNT)
        rows = self.env.execute_query(query.select(*COLUMNS, *more))
        if rows and rows[0][2] == "merged":
            return self._find_account(self._uuid_today(uuid), wallet, *more)
        wallets = self.env["retail.loyalty.wallet"]
        facts = {row[5]: wallets.browse(row[5])._facts() for row in rows}
        asked = [row for row in rows if wallet in (None, facts[row[5]].code)]
        if not asked:
            return None
        row = min(asked, key=lambda one: facts[one[5]].rank)
        known = facts[row[5]]
        return Place(*row[:5], known.code, known.currency), row[len(COLUMNS) :]

    def _uuid_today(self, uuid: str) -> str:
        """Return the id of the member whom this one was merged into."""
        return self.search([("uuid", "=", uuid)], limit=1)._survivor().uuid
