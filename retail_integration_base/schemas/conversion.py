"""From the documents' shared parts to the canonical transaction.

Lives here: field by field copies, no rule and no arithmetic. Called by the
``to_transaction`` methods of the documents only.
"""

from __future__ import annotations

from .parts import Customer, OriginalRef, SaleLine, Totals
from .transaction_document import (
    TransactionCustomer,
    TransactionDiscount,
    TransactionLine,
    TransactionOriginal,
    TransactionTax,
    TransactionTotals,
)


def line_of(n: int, line: SaleLine) -> TransactionLine:
    """Return line number ``n`` of the transaction."""
    return TransactionLine(
        n=n,
        qty=line.qty,
        unit_price=line.unit_price,
        total=line.total,
        kind=line.kind,
        sku=line.sku,
        gtin=line.gtin,
        description=line.description,
        discounts=[
            TransactionDiscount(
                amount=discount.amount,
                code=discount.code,
                promotion_id=discount.promotion.id if discount.promotion else None,
                promotion_version=(
                    discount.promotion.version if discount.promotion else None
                ),
            )
            for discount in line.discounts
        ],
        taxes=[
            TransactionTax(tax.amount, tax.code, tax.title, tax.rate)
            for tax in line.taxes
        ],
    )


def original_of(original: OriginalRef | None) -> TransactionOriginal | None:
    """Return where a returned line was sold, if the sender said so."""
    if original is None:
        return None
    return TransactionOriginal(
        store=original.store,
        register=original.register_code,
        sequence=original.sequence,
        business_date=original.business_date,
        order=original.order,
        line=original.line,
        line_id=original.line_id,
    )


def customer_of(customer: Customer | None) -> TransactionCustomer:
    """Return the customer's keys; all empty for an anonymous sale."""
    if customer is None:
        return TransactionCustomer()
    consents = customer.consents.model_dump() if customer.consents else {}
    return TransactionCustomer(
        loyalty_id=customer.loyalty_id,
        email=customer.email,
        phone=customer.phone,
        card_token=customer.card_token,
        external_id=customer.external_id,
        consents={name: given for name, given in consents.items() if given is not None},
    )


def totals_of(totals: Totals) -> TransactionTotals:
    """Return the sums as the sender gave them."""
    return TransactionTotals(
        grand=totals.grand,
        subtotal=totals.subtotal,
        discount=totals.discount,
        tax=totals.tax,
        shipping=totals.shipping,
    )
