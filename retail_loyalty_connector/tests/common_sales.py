"""Sales of members: a till that reports them, a program that gives points for them."""

from typing import Any

from odoo.models import BaseModel

from odoo.addons.retail_integration_base.tests import factories as base
from odoo.addons.retail_integration_base.tests.common import RetailCase

from . import factories as make
from .common import LoyaltyData


class SalesCase(LoyaltyData, RetailCase):
    """One point per euro, 100 points are 1.00; the member's number is on receipts."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls._make_program()
        cls.program.write({"tz": "Europe/Brussels"})
        cls.euro = cls.env.ref("base.EUR")
        cls.rule = make.make_rule(cls.program)
        cls.worth = make.make_worth(cls.program, cls.euro)
        cls.member.enrolled_at = "2026-01-01"
        cls.poster = base.make_product(cls.env, "POSTER")

    def sell(self, *lines: dict, **values: Any) -> BaseModel:
        """Report a receipt of the member and return its transaction."""
        values.setdefault("customer", {"loyalty_id": self.member.number})
        document = base.make_receipt(list(lines) or [line()], **values)
        return self.record(base.make_event(document))

    def record(self, event: dict) -> BaseModel:
        """Bring a message in, work it and return what it recorded."""
        found = self.receive(event)
        self.work()
        self.assertEqual(found.state, "done", found.error_message)
        return found.transaction_ids

    def take_goods_back(
        self, sale: BaseModel, *lines: dict, **values: Any
    ) -> BaseModel:
        """Report a return of lines that name the lines of ``sale`` by ``n``."""
        for one in lines:
            one["original"] = {
                "store": "12",
                "register": sale.register,
                "sequence": sale.sequence,
                "line": one.pop("of"),
            }
        values.setdefault("type", "return")
        values.setdefault("customer", {})
        return self.sell(*lines, **values)

    def accrual_of(self, transaction: BaseModel) -> BaseModel:
        """Return the one row that says what a sale meant."""
        accrual = self.env["retail.loyalty.accrual"].search(
            [("transaction_id", "=", transaction.id)]
        )
        self.assertEqual(len(accrual), 1)
        return accrual

    @property
    def points(self) -> int:
        """What the member has."""
        return self.balance().posted


def line(price: str = "10.00", qty: str = "1", **values: Any) -> dict[str, Any]:
    """Return a receipt line whose price holds no tax, so that it is what is paid."""
    return {**base.line(values.pop("sku", "MUG"), qty, price, "0"), **values}
