"""``retail.transaction``: telling subscribers that a sale was recorded.

Builds ``retail.transaction.recorded.v1`` from the document that was recorded, without
reading it back. Holds no personal data.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from odoo import models

from ..schemas.transaction_document import TransactionLine, TransactionOriginal
from ..schemas.transaction_recorded import TOPIC as RECORDED_TOPIC
from ..tools.clock import to_rfc3339, utc_now
from ..tools.money import format_amount
from .handler_transaction import Prepared
from .outbox_event import Emission


class RetailTransaction(models.Model):
    _inherit = "retail.transaction"

    def _emit_recorded(
        self,
        pairs: Sequence[tuple[models.BaseModel, Prepared]],
        customers: dict[int, tuple[int | None, int | None]],
    ) -> int:
        """Tell subscribers about these sales; return how many messages are new."""
        if not self.env["retail.outbox.event"]._has_subscribers(RECORDED_TOPIC):
            return 0
        return self.env["retail.outbox.event"]._emit(
            RECORDED_TOPIC,
            [
                Emission(
                    key=prepared.uuid,
                    partition_key=event.partition_key,
                    data=_recorded_data(prepared, bool(customers[event.id][1])),
                    company_id=event.company_id.id,
                    subject=f"transaction/{prepared.uuid}",
                    correlation_id=event.correlation_id,
                    causation_id=event.event_key,
                    res_model=self._name,
                    res_id=transaction.id,
                )
                for transaction, (event, prepared) in zip(self, pairs, strict=True)
            ],
        )


def _recorded_data(prepared: Prepared, customer_matched: bool) -> dict:
    """Return the document that subscribers get; a test holds it against its schema."""
    document, resolution = prepared.document, prepared.resolution
    decimals = resolution.currency_decimals
    data = {
        "uuid": prepared.uuid,
        "kind": document.kind,
        "channel": document.channel,
        "store": document.store_code,
        "register": document.register,
        "sequence": document.sequence,
        "ref": document.ref,
        "external_ref": document.external_ref,
        "business_date": resolution.business_date.isoformat(),
        "occurred_at": to_rfc3339(document.occurred_at),
        "recorded_at": to_rfc3339(utc_now()),
        "currency": document.currency,
        "tax_included": document.tax_included,
        "offline": document.offline,
        "totals": {
            name: format_amount(amount, decimals)
            for name in ("subtotal", "discount", "tax", "shipping", "grand")
            if (amount := getattr(document.totals, name)) is not None
        },
        "rounding": format_amount(document.rounding, decimals),
        "lines": [
            _recorded_line(line, resolution.taxes.get(line.n, ()), decimals)
            for line in document.lines
        ],
        "tenders": [
            {"type": tender_type, "amount": format_amount(tender.amount, decimals)}
            for tender, tender_type in zip(
                document.tenders, resolution.tenders, strict=True
            )
        ],
        "customer": {"matched": customer_matched},
    }
    return {name: value for name, value in data.items() if value is not None}


def _recorded_line(
    line: TransactionLine, tax_codes: tuple[str, ...], decimals: int
) -> dict:
    values = {
        "n": line.n,
        "kind": line.kind,
        "sku": line.sku,
        "gtin": line.gtin,
        "qty": str(line.qty),
        "unit_price": str(line.unit_price),
        "discount": format_amount(line.discount_amount, decimals),
        "tax": format_amount(line.tax_amount, decimals),
        "total": format_amount(line.total, decimals),
        "taxes": [
            {
                "code": code,
                "amount": format_amount(tax.amount, decimals),
                **({"rate": str(tax.rate)} if tax.rate is not None else {}),
            }
            for tax, code in zip(line.taxes, tax_codes, strict=True)
        ],
        "original": _recorded_original(line.original),
    }
    return {name: value for name, value in values.items() if value is not None}


def _recorded_original(original: TransactionOriginal | None) -> dict | None:
    """Return where a returned line was sold, as the sender said it."""
    if original is None:
        return None
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asdict(original).items()
        if value is not None
    }
