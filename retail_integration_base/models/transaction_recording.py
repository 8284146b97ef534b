"""``retail.transaction``: recording a batch of sales.

Set-based: three INSERT statements for any number of receipts, because one ORM create
per line costs more than all other work of a message. Feature modules that need to act
in the same database transaction extend ``_after_record``.
"""

from collections.abc import Sequence
from decimal import Decimal

from psycopg2.extras import execute_values

from odoo import api, models

from ..schemas.transaction_document import TransactionDocument, TransactionOriginal
from ..tools.clock import to_naive, utc_now
from ..tools.sums import computed_totals
from .handler_transaction import Prepared

Pair = tuple[models.BaseModel, Prepared]

TRANSACTION_COLUMNS = (
    "uuid, content_hash, ref, external_ref, kind, channel, backend_id, company_id,"
    " store_id, register, sequence, business_date, occurred_at, received_at,"
    " is_offline, operator, partner_id, identity_id, currency_id,"
    " amount_subtotal, amount_discount, amount_tax, amount_shipping, amount_total,"
    " amount_rounding, inbox_event_id, correlation_id, is_unreferenced, create_uid,"
    " create_date, write_uid, write_date"
)
LINE_COLUMNS = (
    "transaction_id, company_id, position, line_ref, kind, sku, gtin, description,"
    " product_id, qty, currency_id, price_unit, amount_discount, amount_tax,"
    " amount_total, tax_codes, original_ref, promotion_ref"
)
TENDER_COLUMNS = (
    "transaction_id, company_id, tender_type, external_type, currency_id, amount,"
    " reference, status"
)


class RetailTransaction(models.Model):
    _inherit = "retail.transaction"

    @api.model
    def _record(self, pairs: Sequence[Pair]) -> "RetailTransaction":
        """Record the sales of ``pairs`` (message, prepared document), once each.

        Idempotent by the caller: a uuid that is recorded already must not be given.

        :return: the new transactions, in the order of ``pairs``
        """
        if not pairs:
            return self.browse()
        self.check_access("create")
        self.env.flush_all()
        customers = self._match_customers(pairs)
        rows = [
            self._prepare_transaction_row(event, prepared, customers[event.id])
            for event, prepared in pairs
        ]
        inserted = self._insert("retail_transaction", TRANSACTION_COLUMNS, rows)
        ids = dict(inserted)
        self._insert(
            "retail_transaction_line",
            LINE_COLUMNS,
            [
                row
                for event, prepared in pairs
                for row in _prepare_line_rows(ids[prepared.uuid], event, prepared)
            ],
        )
        self._insert(
            "retail_transaction_tender",
            TENDER_COLUMNS,
            [
                row
                for event, prepared in pairs
                for row in _prepare_tender_rows(ids[prepared.uuid], event, prepared)
            ],
        )
        recorded = self.browse(ids[prepared.uuid] for _event, prepared in pairs)
        recorded._after_record(pairs)
        recorded._emit_recorded(pairs, customers)
        return recorded

    def _after_record(self, pairs: Sequence[Pair]) -> None:
        """Act on new transactions in the transaction that records them.

        Extended by feature modules (loyalty accrues here); must not call out.
        """

    def _insert(
        self, table: str, columns: str, rows: list[tuple]
    ) -> list[tuple[int, str]]:
        if not rows:
            return []
        with_uuid = table == "retail_transaction"
        return execute_values(
            self.env.cr._obj,
            f"INSERT INTO {table} ({columns}) VALUES %s"  # nosec B608 # names of ours only
            + (" RETURNING uuid, id" if with_uuid else ""),
            rows,
            page_size=1000,
            fetch=with_uuid,
        )

    # --- customers ------------------------------------------------------------

    def _match_customers(
        self, pairs: Sequence[Pair]
    ) -> dict[int, tuple[int | None, int | None]]:
        """Return ``message id -> (identity id, partner id)``.

        The strongest known key decides (R11); an unknown customer's keys are kept
        without a partner, for a later match.
        """
        company_id = pairs[0][0].company_id.id
        identities = self.env["retail.identity"]._ensure(
            company_id,
            (
                key
                for _e, prepared in pairs
                for key in prepared.resolution.identity_keys
            ),
        )
        matched = {}
        for event, prepared in pairs:
            own = [identities[key] for key in prepared.resolution.identity_keys]
            known = [identity for identity in own if identity.partner_id]
            best = (known or own or [None])[0]
            matched[event.id] = (
                best.id if best else None,
                best.partner_id.id or None if best else None,
            )
        return matched

    # --- rows -----------------------------------------------------------------

    def _prepare_transaction_row(
        self,
        event: models.BaseModel,
        prepared: Prepared,
        customer: tuple[int | None, int | None],
    ) -> tuple:
        document, resolution = prepared.document, prepared.resolution
        identity_id, partner_id = customer
        now = to_naive(utc_now())
        return (
            prepared.uuid,
            prepared.content_hash,
            document.ref,
            document.external_ref,
            document.kind,
            document.channel,
            event.backend_id.id,
            event.company_id.id,
            resolution.store_id,
            document.register,
            document.sequence,
            resolution.business_date,
            to_naive(document.occurred_at),
            event.received_at,
            document.offline,
            document.operator,
            partner_id,
            identity_id,
            resolution.currency_id,
            *_amounts(document),
            event.id,
            event.correlation_id,
            _is_unreferenced(document),
            self.env.uid,
            now,
            self.env.uid,
            now,
        )


def _is_unreferenced(document: TransactionDocument) -> bool:
    """Tell whether something is taken back without saying from which sale."""
    return any(
        line.kind == "item" and line.qty < 0 and line.original is None
        for line in document.lines
    )


def _amounts(document: TransactionDocument) -> tuple[Decimal | None, ...]:
    # From the lines: a sender may leave sums out, and those sent were checked.
    totals = computed_totals(document)
    return (
        totals.subtotal,
        totals.discount,
        totals.tax,
        totals.shipping,
        totals.grand,
        document.rounding,
    )


def _prepare_line_rows(
    transaction_id: int, event: models.BaseModel, prepared: Prepared
) -> list[tuple]:
    resolution = prepared.resolution
    return [
        (
            transaction_id,
            event.company_id.id,
            line.n,
            line.line_id,
            line.kind,
            line.sku,
            line.gtin,
            line.description,
            resolution.products.get(line.n),
            line.qty,
            resolution.currency_id,
            line.unit_price,
            line.discount_amount,
            line.tax_amount,
            line.total,
            " ".join(resolution.taxes.get(line.n, ())) or None,
            _original_label(line.original),
            line.promotion_id,
        )
        for line in prepared.document.lines
    ]


def _prepare_tender_rows(
    transaction_id: int, event: models.BaseModel, prepared: Prepared
) -> list[tuple]:
    resolution = prepared.resolution
    return [
        (
            transaction_id,
            event.company_id.id,
            tender_type,
            tender.type,
            resolution.currency_id,
            tender.amount,
            tender.reference,
            "settled" if tender.settled else "authorised",
        )
        for tender, tender_type in zip(
            prepared.document.tenders, resolution.tenders, strict=True
        )
    ]


def _original_label(original: TransactionOriginal | None) -> str | None:
    """Return where a returned line was sold, for people: 12/1/88#2 or order#line."""
    if original is None:
        return None
    head = original.order or "/".join(
        str(part)
        for part in (original.store, original.register, original.sequence)
        if part is not None
    )
    line = original.line_id or original.line
    return f"{head}#{line}" if line else head
