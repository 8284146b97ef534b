"""The goods that the simulated tills and webshops sell.

Lives here: what an article is, and a small default assortment. Not here: documents
(``documents``). Tests and the demo create products in Odoo from the same list.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Item:
    """One article.

    :param price: of one, as the till shows it: with tax where tax is included.
    :param tax_rate: a fraction, 0.21 is 21 %.
    :param by_weight: sold in kilograms with three decimals.
    """

    sku: str
    description: str
    price: Decimal
    tax_rate: Decimal
    gtin: str | None = None
    by_weight: bool = False

    @property
    def tax_code(self) -> str:
        """The sender's name of the tax: ``V21``."""
        return f"V{(self.tax_rate * 100).normalize():f}"


def gtin13(number: int) -> str:
    """Return an EAN-13 of the range for use inside a company, with its check digit.

    Source: GS1 General Specifications, prefix 200-299 and §7.9 (check digits).
    """
    digits = f"2{number:011d}"
    weighted = sum(
        int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(digits)
    )
    return f"{digits}{-weighted % 10}"


def _item(number: int, sku: str, text: str, price: str, rate: str) -> Item:
    weighed = sku.startswith("KG-")
    return Item(sku, text, Decimal(price), Decimal(rate), gtin13(number), weighed)


CATALOGUE: tuple[Item, ...] = (
    _item(1001, "MUG-BLUE", "Mug, blue", "9.95", "0.21"),
    _item(1002, "MUG-RED", "Mug, red", "9.95", "0.21"),
    _item(1003, "TEE-S", "T-shirt, S", "19.90", "0.21"),
    _item(1004, "TEE-M", "T-shirt, M", "19.90", "0.21"),
    _item(1005, "TEE-L", "T-shirt, L", "19.90", "0.21"),
    _item(1006, "BAG-TOTE", "Tote bag", "12.50", "0.21"),
    _item(1007, "BOOK-COFFEE", "Book about coffee", "24.00", "0.06"),
    _item(1008, "BEANS-250", "Coffee beans, 250 g", "7.45", "0.06"),
    _item(1009, "BEANS-1000", "Coffee beans, 1 kg", "23.95", "0.06"),
    _item(1010, "GRINDER", "Coffee grinder", "89.00", "0.21"),
    _item(1011, "KETTLE", "Kettle", "54.99", "0.21"),
    _item(1012, "KG-NUTS", "Nuts, loose", "18.75", "0.06"),
)
