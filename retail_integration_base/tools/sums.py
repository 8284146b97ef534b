"""Do the sums of a sale add up? To the last unit of the currency, no tolerance.

Lives here: the arithmetic between lines, totals and tenders. Lives elsewhere: single
amounts (``tools/money.py``), what happens to a document that fails (its handler).

The rules, the same for receipts and orders:

* line: ``qty × unit_price − discounts (+ taxes unless included) = total``, rounded half
  up to the currency;
* ``subtotal`` = goods after discounts without tax, ``shipping`` likewise for shipping,
  ``tax`` = all taxes, ``discount`` = all discounts, ``grand`` = sum of line totals =
  ``subtotal + tax + shipping``;
* tenders of a receipt sum to ``grand + rounding``; payments of an order, which may be
  captured later, must not exceed it.
"""

from __future__ import annotations

from decimal import Decimal

from ..schemas.transaction_document import (
    ZERO,
    TransactionDocument,
    TransactionLine,
    TransactionTotals,
)
from . import money
from .errors import AmountMismatch


def check_sums(document: TransactionDocument, decimals: int) -> None:
    """Refuse a document whose sums do not add up.

    :param decimals: decimals of the document's currency.
    :raises AmountMismatch: names the first wrong sum; ``context`` has ``sum``,
        ``expected`` (from the parts) and ``found`` (as sent).
    """
    for line in document.lines:
        _check_line(line, document.tax_included, decimals)
    computed = computed_totals(document)
    for name in ("subtotal", "discount", "tax", "shipping", "grand"):
        found = getattr(document.totals, name)
        if found is not None:
            _check(f"totals.{name}", getattr(computed, name), found, decimals)
    _check_tenders(document, decimals)


def computed_totals(document: TransactionDocument) -> TransactionTotals:
    """Return the totals as the lines make them."""
    goods = [line for line in document.lines if line.kind != "shipping"]
    shipping = [line for line in document.lines if line.kind == "shipping"]
    return TransactionTotals(
        subtotal=sum((line.net_amount for line in goods), ZERO),
        discount=sum((line.discount_amount for line in document.lines), ZERO),
        tax=sum((line.tax_amount for line in document.lines), ZERO),
        shipping=sum((line.net_amount for line in shipping), ZERO),
        grand=sum((line.total for line in document.lines), ZERO),
    )


def _check_line(line: TransactionLine, tax_included: bool, decimals: int) -> None:
    where = f"line {line.n}"
    for discount in line.discounts:
        _check_decimals(f"{where} discount", discount.amount, decimals)
    for tax in line.taxes:
        _check_decimals(f"{where} tax", tax.amount, decimals)
    expected = line.qty * line.unit_price - line.discount_amount
    if not tax_included:
        expected += line.tax_amount
    rounded = money.quantize(expected, decimals)
    _check(f"{where} total", rounded, line.total, decimals)


def _check_tenders(document: TransactionDocument, decimals: int) -> None:
    for position, tender in enumerate(document.tenders, start=1):
        _check_decimals(f"tender {position}", tender.amount, decimals)
    _check_decimals("rounding", document.rounding, decimals)
    due = document.totals.grand + document.rounding
    paid = sum((tender.amount for tender in document.tenders), ZERO)
    if document.paid_in_full:
        _check("tenders", due, paid, decimals)
    elif paid > max(due, ZERO):
        raise _mismatch("tenders", due, paid, decimals)


def _check(name: str, expected: Decimal, found: Decimal, decimals: int) -> None:
    _check_decimals(name, found, decimals)
    if expected != found:
        raise _mismatch(name, expected, found, decimals)


def _check_decimals(name: str, amount: Decimal, decimals: int) -> None:
    if not money.is_exact(amount, decimals):
        raise AmountMismatch(
            f"{name} is {amount}, but the currency has {decimals} decimals",
            context={
                "sum": name,
                "expected": str(money.quantize(amount, decimals)),
                "found": str(amount),
            },
        )


def _mismatch(
    name: str, expected: Decimal, found: Decimal, decimals: int
) -> AmountMismatch:
    wanted = money.format_amount(money.quantize(expected, decimals), decimals)
    sent = money.format_amount(found, decimals)
    return AmountMismatch(
        f"{name}: the parts make {wanted}, the document says {sent}",
        context={"sum": name, "expected": wanted, "found": sent},
    )
