"""Test cases to build on: a program with a member, and the ledger's rules."""

from contextlib import AbstractContextManager
from unittest.mock import patch

from odoo.models import BaseModel
from odoo.tests import TransactionCase

from odoo.addons.retail_integration_base.tools.clock import to_naive, utc_now

from ..tools.outcomes import Balance, Held, Posted
from . import factories as make

#: each query finds what must not exist; see docs/loyalty.md
RULES = {
    "a balance is the sum of its entries": """
        SELECT a.id FROM retail_loyalty_account a
          LEFT JOIN retail_loyalty_entry e ON e.account_id = a.id
         WHERE a.kind = 'member' GROUP BY a.id
        HAVING a.posted <> coalesce(sum(e.amount), 0) OR a.last_sequence <> count(e.id)
    """,
    "lots hold the positive balance": """
        SELECT a.id FROM retail_loyalty_account a
          LEFT JOIN retail_loyalty_lot l ON l.account_id = a.id
         WHERE a.kind = 'member' GROUP BY a.id
        HAVING greatest(a.posted, 0) <> coalesce(sum(l.remaining), 0)
    """,
    "a lot is what its uses left": """
        SELECT l.id FROM retail_loyalty_lot l
          LEFT JOIN retail_loyalty_lot_use u ON u.lot_id = l.id GROUP BY l.id
        HAVING l.remaining <> l.points - coalesce(sum(u.points), 0)
    """,
    "held is the sum of open holds": """
        SELECT a.id FROM retail_loyalty_account a
          LEFT JOIN retail_loyalty_hold h ON h.account_id = a.id AND h.state = 'open'
         WHERE a.kind = 'member' GROUP BY a.id
        HAVING a.held <> coalesce(sum(h.points), 0)
    """,
    "pending is the sum of pending rows": """
        SELECT a.id FROM retail_loyalty_account a
          LEFT JOIN retail_loyalty_pending p
            ON p.account_id = a.id AND p.state = 'pending'
         WHERE a.kind = 'member' GROUP BY a.id
        HAVING a.pending <> coalesce(sum(p.amount - p.cancelled), 0)
    """,
    "a captured hold has one entry of its points": """
        SELECT h.id FROM retail_loyalty_hold h
          LEFT JOIN retail_loyalty_entry e
            ON e.hold_id = h.id AND e.reverses_id IS NULL
         GROUP BY h.id
        HAVING h.captured <> coalesce(sum(e.points), 0)
            OR count(e.id) <> (h.state = 'captured')::int
    """,
    "reversals sum up to what the original counts, and never above it": """
        SELECT o.id FROM retail_loyalty_entry o
          LEFT JOIN retail_loyalty_entry r ON r.reverses_id = o.id
          LEFT JOIN retail_loyalty_reversal c ON c.entry_id = o.id
         GROUP BY o.id, c.reversed
        HAVING coalesce(sum(r.points), 0) <> coalesce(c.reversed, 0)
            OR coalesce(sum(r.points), 0) > o.points
    """,
    "an entry moves lots as far as it moves the positive balance": """
        SELECT e.id FROM retail_loyalty_entry e
          LEFT JOIN (SELECT entry_id, sum(points) AS points
                       FROM retail_loyalty_lot GROUP BY 1) l ON l.entry_id = e.id
          LEFT JOIN (SELECT entry_id, sum(points) AS points
                       FROM retail_loyalty_lot_use GROUP BY 1) u ON u.entry_id = e.id
         WHERE coalesce(l.points, 0) - coalesce(u.points, 0)
            <> greatest(e.balance_after, 0) - greatest(e.balance_after - e.amount, 0)
    """,
    "what came back of a payment is noted where it was taken": """
        SELECT o.id FROM retail_loyalty_entry o
          JOIN retail_loyalty_reversal c ON c.entry_id = o.id
          JOIN retail_loyalty_lot_use u ON u.entry_id = o.id
         WHERE o.amount < 0 GROUP BY o.id, c.reversed
        HAVING sum(u.restored) <> least(sum(u.points), c.reversed)
    """,
    "nobody is below the floor but by force": """
        SELECT id FROM retail_loyalty_account
         WHERE kind = 'member' AND posted - held < floor AND forced_debt = 0
    """,
    "debit equals credit": """
        SELECT program_id FROM (
            SELECT program_id, debit_account_id AS account_id, -points AS amount
              FROM retail_loyalty_entry
             UNION ALL
            SELECT program_id, credit_account_id, points FROM retail_loyalty_entry
        ) AS sides GROUP BY program_id HAVING sum(amount) <> 0
    """,
    "one side of an entry is a member's, the other is its wallet's own": """
        SELECT e.id FROM retail_loyalty_entry e
          JOIN retail_loyalty_account m ON m.id = e.account_id
          JOIN retail_loyalty_account o
            ON o.id IN (e.debit_account_id, e.credit_account_id) AND o.id <> m.id
         WHERE m.kind <> 'member' OR o.kind = 'member' OR o.wallet_id <> m.wallet_id
    """,
}
#: all of them at once: each broken rule, with the rows that break it
BROKEN = " UNION ALL ".join(
    f"SELECT $${rule}$$, array_agg(id) FROM ({query}) AS broken(id) HAVING count(*) > 0"
    for rule, query in RULES.items()
)


class LedgerRules:
    """Checks that the ledger keeps its rules, whatever was done to it."""

    def assert_rules(self, statement: str = BROKEN) -> None:
        """Fail with each rule that some row breaks, and with each broken chain.

        :param statement: runs ``BROKEN``
        """
        self.env.cr.execute(statement)
        self.assertEqual(self.env.cr.fetchall(), [])
        self.assertEqual(self.env["retail.loyalty.ledger"]._verify(), [])


class LoyaltyData(LedgerRules):
    """A program in points, one member with an empty account."""

    @classmethod
    def _make_program(cls) -> None:
        cls.program = make.make_program(cls.env)
        cls.member = make.make_member(cls.env, cls.program)
        cls.account = cls.member._account()
        cls.ledger = cls.env["retail.loyalty.ledger"]

    # --- what a test asks of the ledger -----------------------------------------------

    def give(self, points: int, account: BaseModel | None = None, **values) -> Posted:
        """Post an accrual."""
        account = account or self.account
        return self.ledger._post([make.accrual(account, points, **values)])[0]

    def take(self, points: int, account: BaseModel | None = None, **values) -> Posted:
        """Spend without a hold."""
        account = account or self.account
        return self.ledger._post([make.spending(account, points, **values)])[0]

    def reserve(self, points: int, account: BaseModel | None = None, **values) -> Held:
        """Reserve points."""
        return self.ledger._reserve(
            make.hold_request(account or self.account, points, **values)
        )

    def capture(self, hold: Held, points: int | None = None) -> Held:
        """Spend what a hold reserved."""
        return self.ledger._capture(make.capture(hold.uuid, points))

    def reverse(
        self, original: Posted | Held | str, points: int | None = None, **values
    ) -> Posted:
        """Take back a posting."""
        uuid = original if isinstance(original, str) else make.entry_uuid(original)
        return self.ledger._reverse([make.reversal(uuid, points, **values)])[0]

    def balance(self, account: BaseModel | None = None) -> Balance:
        """Return what the member has."""
        return self.ledger._balance(account or self.account)

    def own(self, model: str, *domain: tuple, order: str | None = None) -> BaseModel:
        """Return the account's records; races leave those of others behind."""
        return self.env[f"retail.loyalty.{model}"].search(
            [("account_id", "=", self.account.id), *domain], order=order
        )

    def lots(self, account: BaseModel | None = None) -> list[int]:
        """Return what is left in each lot, first to expire first."""
        lots = self.env["retail.loyalty.lot"].search(
            [("account_id", "=", (account or self.account).id), ("remaining", ">", 0)]
        )
        return lots.mapped("remaining")

    def later(self, **duration: float) -> AbstractContextManager:
        """Let the ledger's clock stand so much later than now."""
        return later(self.ledger, **duration)


def later(ledger: BaseModel, **duration: float) -> AbstractContextManager:
    """Let the ledger's clock stand so much later than now."""
    at = make.after(to_naive(utc_now()).replace(microsecond=0), **duration)
    return patch.object(type(ledger), "_now", lambda _self: at)


class LoyaltyCase(LoyaltyData, TransactionCase):
    """The ledger inside one test transaction."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls._make_program()
