"""``retail.resolver``: from the codes in documents to our records, a batch at a time.

Stores, currencies, products, taxes, tenders and customers of all documents of a batch
are looked up with one query each. What cannot be found is a ``MappingMissing`` for
the one document that needs it. Called by ``retail.handler.transaction``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import pytz

from odoo import api, models

from ..schemas.transaction_document import (
    TransactionDocument,
    TransactionLine,
    TransactionTax,
)
from ..tools import identity as normal
from ..tools.clock import as_utc
from ..tools.errors import CurrencyUnknown, MappingMissing, PayloadInvalid
from .identity import MATCH_ORDER

#: Lines of these kinds need a product; shipping and fees may go without.
PRODUCT_KINDS = ("item",)


@dataclass(frozen=True)
class Resolution:
    """What the codes of one document mean here; ids of records."""

    store_id: int
    currency_id: int
    currency_decimals: int
    business_date: date
    products: dict[int, int]
    taxes: dict[int, tuple[str, ...]]
    tenders: tuple[str, ...]
    identity_keys: tuple[tuple[str, str], ...]


@dataclass
class Tables:
    """Everything that was looked up for one batch."""

    stores: dict[str, models.BaseModel] = field(default_factory=dict)
    currencies: dict[str, models.BaseModel] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    maps: dict[tuple[str, date], dict[str, str]] = field(default_factory=dict)


class RetailResolver(models.AbstractModel):
    _name = "retail.resolver"
    _description = "Resolver of Codes"

    @api.model
    def _resolve_documents(
        self, backend: models.BaseModel, documents: Sequence[TransactionDocument]
    ) -> list[Resolution | MappingMissing | CurrencyUnknown]:
        """Return, in the order of ``documents``, what each one's codes mean or the
        first one that means nothing here."""
        tables = Tables(
            stores=self._find_stores(backend, {d.store_code for d in documents}),
            currencies=self._find_currencies({d.currency for d in documents}),
            products=self._find_products(backend, documents),
        )
        verdicts: list[Resolution | MappingMissing | CurrencyUnknown] = []
        for document in documents:
            try:
                verdicts.append(self._resolve(backend, document, tables))
            except (MappingMissing, CurrencyUnknown) as error:
                verdicts.append(error)
        return verdicts

    def _resolve(
        self, backend: models.BaseModel, document: TransactionDocument, tables: Tables
    ) -> Resolution:
        store = tables.stores.get(document.store_code)
        if store is None:
            raise MappingMissing("store", document.store_code)
        currency = tables.currencies.get(document.currency)
        if currency is None:
            raise CurrencyUnknown(
                f"Currency {document.currency} is not active here.",
                context={"currency": document.currency},
            )
        day = document.business_date or _local_date(document, store.tz)
        tenders = self._maps(backend, "tender", day, tables)
        return Resolution(
            store_id=store.id,
            currency_id=currency.id,
            currency_decimals=currency.decimal_places,
            business_date=day,
            products={
                line.n: product_id
                for line in document.lines
                if (product_id := _product_of(line, tables.products))
            },
            taxes={
                line.n: self._tax_codes(backend, line, day, tables)
                for line in document.lines
                if line.taxes
            },
            tenders=tuple(tenders.get(t.type, t.type) for t in document.tenders),
            identity_keys=self._identity_keys(backend, document),
        )

    # --- lookups --------------------------------------------------------------------

    def _find_stores(
        self, backend: models.BaseModel, codes: set[str]
    ) -> dict[str, models.BaseModel]:
        linked = self.env["retail.external.id"]._find_records(backend, "store", codes)
        stores = self.env["retail.store"]
        found = stores.search(
            [("company_id", "=", backend.company_id.id), ("code", "in", list(codes))]
        )
        by_code = {store.code: store for store in found}
        return by_code | {code: stores.browse(id_) for code, id_ in linked.items()}

    def _find_currencies(self, codes: set[str]) -> dict[str, models.BaseModel]:
        found = self.env["res.currency"].search([("name", "in", list(codes))])
        return {currency.name: currency for currency in found}

    def _find_products(
        self, backend: models.BaseModel, documents: Sequence[TransactionDocument]
    ) -> dict[str, int]:
        """Return ``sku or barcode -> product id``; an explicit link beats both."""
        codes = {
            code
            for document in documents
            for line in document.lines
            for code in (line.sku, line.gtin)
            if code
        }
        if not codes:
            return {}
        found = (
            self.env["product.product"]
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("company_id", "in", [backend.company_id.id, False]),
                    "|",
                    ("default_code", "in", list(codes)),
                    ("barcode", "in", list(codes)),
                ],
                ["default_code", "barcode", "active"],
                order="id desc",
            )
            # The last one counts: what is in use before what is archived (a sale of
            # it happened all the same), the older of two before the newer.
            .sorted("active")
        )
        by_barcode = {p.barcode: p.id for p in found if p.barcode}
        by_sku = {p.default_code: p.id for p in found if p.default_code}
        linked = self.env["retail.external.id"]._find_records(backend, "product", codes)
        return by_barcode | by_sku | linked

    def _maps(
        self, backend: models.BaseModel, kind: str, day: date, tables: Tables
    ) -> dict[str, str]:
        """Return the value map of ``kind`` on ``day``; one query per kind and day."""
        if (kind, day) not in tables.maps:
            tables.maps[kind, day] = self.env["retail.value.map"]._find_values(
                backend, kind, day
            )
        return tables.maps[kind, day]

    def _tax_codes(
        self,
        backend: models.BaseModel,
        line: TransactionLine,
        day: date,
        tables: Tables,
    ) -> tuple[str, ...]:
        known = self._maps(backend, "tax", day, tables)
        codes = []
        for tax in line.taxes:
            name = tax_name(tax)
            if name not in known:
                raise MappingMissing("tax", name)
            codes.append(known[name])
        return tuple(codes)

    # --- customers ------------------------------------------------------------------

    def _identity_keys(
        self, backend: models.BaseModel, document: TransactionDocument
    ) -> tuple[tuple[str, str], ...]:
        """Return the customer's keys, normalised, strongest first.

        A key that is no phone number or address recognises nobody: it is left out, the
        sale is recorded all the same.
        """
        customer = document.customer
        region = backend.company_id.country_id.code or None
        keys: dict[str, str] = {}
        if customer.loyalty_id:
            keys["loyalty"] = customer.loyalty_id
        if customer.external_id:
            keys["external"] = f"{backend.code}:{customer.external_id}"
        for kind, value, normalise in (
            ("card", customer.card_token, normal.normalise_card),
            ("email", customer.email, normal.normalise_email),
            (
                "phone",
                customer.phone,
                lambda text: normal.normalise_phone(text, region=region),
            ),
        ):
            if value:
                try:
                    keys[kind] = normalise(value)
                except PayloadInvalid:
                    continue
        return tuple((kind, keys[kind]) for kind in MATCH_ORDER if kind in keys)


def tax_name(tax: TransactionTax) -> str:
    """Return what a tax is called in value maps: its code, or its title and rate."""
    if tax.code:
        return tax.code
    return " ".join(str(part) for part in (tax.title, tax.rate) if part is not None)


def _product_of(line: TransactionLine, products: dict[str, int]) -> int | None:
    for code in (line.sku, line.gtin):
        if code and code in products:
            return products[code]
    if line.kind in PRODUCT_KINDS:
        raise MappingMissing("sku", line.sku or line.gtin or f"line {line.n}")
    return None


def _local_date(document: TransactionDocument, tz: str) -> date:
    return as_utc(document.occurred_at).astimezone(pytz.timezone(tz)).date()
