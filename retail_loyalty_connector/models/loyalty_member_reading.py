"""``retail.loyalty.member``: a member and an account by the id that partners use.

Asked with every request of a till, so it is one indexed query, with the reader's record
rules in it. The id of a merged member finds whom it was merged into. Called
by the HTTP routes.
"""

from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL, Query

from ..tools.outcomes import Balance
from .loyalty_ledger_reading import BALANCE_COLUMNS

JOINS = (
    (
        "account",
        "retail_loyalty_account",
        SQL("account.member_id = retail_loyalty_member.id"),
    ),
    ("wallet", "retail_loyalty_wallet", SQL("wallet.id = account.wallet_id")),
    ("program", "retail_loyalty_program", SQL("program.id = account.program_id")),
    ("currency", "res_currency", SQL("currency.id = program.currency_id")),
)
COLUMNS = (
    SQL("retail_loyalty_member.id"),
    SQL("retail_loyalty_member.uuid"),
    SQL("retail_loyalty_member.state"),
    SQL("program.id"),
    SQL("account.id"),
    SQL("wallet.code"),
    SQL("currency.name"),
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
        query = self._query_place(uuid, wallet)
        now = self.env["retail.loyalty.ledger"]._now()
        balance = SQL(BALANCE_COLUMNS.replace("%(now)s", "%s"), now)
        rows = self.env.execute_query(query.select(*COLUMNS, balance))
        if not rows:
            return None
        width = len(COLUMNS)
        place = Place(*rows[0][:width])
        if place.member_state == "merged":
            return self._find_balance(self._uuid_today(uuid), wallet)
        return place, Balance(*rows[0][width:])

    @api.model
    def _find_place(self, uuid: str, wallet: str | None = None) -> Place | None:
        """Return the account of the member ``uuid``, or ``None`` if none is visible.

        :param wallet: code of the wallet; the program's first one without
        """
        rows = self.env.execute_query(self._query_place(uuid, wallet).select(*COLUMNS))
        place = Place(*rows[0]) if rows else None
        if place and place.member_state == "merged":
            return self._find_place(self._uuid_today(uuid), wallet)
        return place

    def _uuid_today(self, uuid: str) -> str:
        """Return the id of the member whom this one was merged into."""
        return self.search([("uuid", "=", uuid)], limit=1)._survivor().uuid

    def _query_place(self, uuid: str, wallet: str | None) -> Query:
        query = self._search([("uuid", "=", uuid)])
        for alias, table, link in JOINS:
            query.add_join("JOIN", alias, table, link)
        if wallet:
            query.add_where(SQL("wallet.code = %s", wallet))
        query.order = SQL("wallet.sequence, wallet.id")
        query.limit = 1
        return query
