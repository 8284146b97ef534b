"""From the canonical sale to what the engine works on: goods out, and goods back.

Lives here: the translation of a :class:`TransactionDocument`, of whatever channel.
Lives elsewhere: finding the articles' categories and the original sales (the models),
points (``tools/quote.py``, ``tools/returns.py``, ``tools/exchange.py``). Called where a
sale is recorded, and by quotes for a sale that is not recorded yet: one translation,
so that channels cannot differ here either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from odoo.addons.retail_integration_base.schemas.transaction_document import (
    TransactionDocument,
    TransactionLine,
    TransactionOriginal,
)

from .basket import Basket, BasketLine, BasketTender

#: Kinds of documents that move points.
KINDS = ("sale", "return", "exchange")


@dataclass(frozen=True, slots=True)
class Article:
    """What rules may ask of an article; ``categories`` with all above its own."""

    product: str = ""
    categories: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ReturnedGoods:
    """A line that takes back a line of an earlier sale; both numbers positive."""

    key: str
    original: TransactionOriginal
    qty: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ReadSale:
    """A document, taken apart.

    ``basket`` is what was sold; ``returned`` names the lines it takes back;
    ``unreferenced`` are goods that came back without their sale, as if they were sold:
    quoted like that, they say what their points may have been.
    """

    basket: Basket
    returned: tuple[ReturnedGoods, ...] = ()
    unreferenced: tuple[BasketLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """What a document does not say: the store's clock, the currency, the articles.

    ``articles`` by the line's SKU; ``reward_promotions`` are promotions that points
    have paid for: their lines are rewards.
    """

    time_zone: str = "UTC"
    decimals: int = 2
    articles: Mapping[str, Article] = field(default_factory=dict)
    reward_promotions: frozenset[str] = frozenset()


def read_sale(document: TransactionDocument, context: ReadingContext) -> ReadSale:
    """Return what was sold and what came back.

    Voided, suspended and training receipts hold nothing. Lines are named by their
    number. Articles that come back without their sale are ``unreferenced``; other
    lines below zero (deposits) stay in the basket and lower it.

    :raises zoneinfo.ZoneInfoNotFoundError: unknown time zone.
    """
    counts = document.kind in KINDS and not (document.training or document.suspended)
    lines = document.lines if counts else []
    sold, returned, unreferenced = [], [], []
    for line in lines:
        if line.qty < 0 and line.original is not None:
            goods = ReturnedGoods(str(line.n), line.original, -line.qty, -line.total)
            returned.append(goods)
        elif line.qty < 0 and line.kind == "item":
            unreferenced.append(_line(line, context, -1))
        else:
            sold.append(_line(line, context, 1))
    tenders = document.tenders if counts else []
    basket = Basket(
        lines=tuple(sold),
        local_at=document.occurred_at.astimezone(ZoneInfo(context.time_zone)),
        currency=document.currency,
        decimals=context.decimals,
        channel=document.channel,
        store=document.store_code,
        tenders=tuple(BasketTender(one.type, one.amount) for one in tenders),
    )
    return ReadSale(basket, tuple(returned), tuple(unreferenced))


def _line(line: TransactionLine, context: ReadingContext, sign: int) -> BasketLine:
    article = context.articles.get(line.sku or "", Article(line.sku or ""))
    return BasketLine(
        key=str(line.n),
        qty=sign * line.qty,
        amount=sign * line.total,
        amount_tax=sign * line.tax_amount,
        amount_discount=sign * line.discount_amount,
        kind=line.kind,
        product=article.product,
        categories=article.categories,
        is_reward=line.promotion_id in context.reward_promotions,
    )
