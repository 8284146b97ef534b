"""``retail.loyalty.engine``: what a return or an exchange would do to points.

The return is posted as if it had come, and taken back to a savepoint: where points are
missing depends on lots that ended, holds, pending points and merges, and nobody but the
ledger knows all of that (decision 99). So a quote is the posting, not like it. Called
by the HTTP route of quotes; nothing of it stays.
"""

import uuid as uuids
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from odoo import api, fields, models

from odoo.addons.retail_integration_base.models.resolver import Resolution
from odoo.addons.retail_integration_base.schemas.transaction_document import (
    TransactionDocument,
    TransactionTender,
)
from odoo.addons.retail_integration_base.tools.clock import to_naive

from ..tools.basket import SETTLEMENT_TENDER
from ..tools.redemption import RedemptionTerms
from ..tools.return_quote import ReturnQuote
from ..tools.settlement import reduction
from ..tools.sold_documents import read_sold
from .loyalty_accrual_original import named_originals

NOBODYS = ("nobodys_sale", "the goods were sold to nobody who is a member")


class RetailLoyaltyEngine(models.AbstractModel):
    _inherit = "retail.loyalty.engine"

    @api.model
    def _quote_return(
        self,
        backend: models.BaseModel,
        program: models.BaseModel,
        document: TransactionDocument,
        resolution: Resolution,
        member: models.BaseModel | None = None,
    ) -> ReturnQuote:
        """Return what posting this return or exchange would do.

        Where the program reduces refunds and the document does not say what was kept,
        the answer is that of a refund reduced as far as it goes.

        :param member: who brings the goods; points follow who bought them
        """
        found, short = self._play_return(backend, program, document, resolution, member)
        terms = program.sudo()._terms().redemption_in(document.currency)
        said = SETTLEMENT_TENDER in resolution.tenders
        if said or terms is None or program.sudo().spent_policy != "reduce_refund":
            return found
        missing = short.get(terms.wallet, 0)
        _points, kept = reduction(missing, found.refund_money, terms)
        if not kept:
            return found
        tender = TransactionTender(SETTLEMENT_TENDER, -kept)
        reduced, _short = self._play_return(
            backend,
            program,
            replace(document, tenders=[*document.tenders, tender]),
            replace(resolution, tenders=(*resolution.tenders, SETTLEMENT_TENDER)),
            member,
        )
        # Not where the till could not tell it so: goods were sold in another currency.
        return found if reduced.why else reduced

    def _play_return(
        self,
        backend: models.BaseModel,
        program: models.BaseModel,
        document: TransactionDocument,
        resolution: Resolution,
        member: models.BaseModel | None,
    ) -> tuple[ReturnQuote, Mapping[str, int]]:
        """Post it and take it back; return what happened, and what was short."""
        savepoint = self.env.cr.savepoint()
        try:
            draft = self._draft(backend, document, resolution, member)
            rows = (
                self.env["retail.loyalty.accrual"]
                .sudo()
                ._record(draft, {draft.id: named_originals(document)})
            )
            own = rows.filtered(lambda row: row.program_id == program)
            row = (own or rows)[:1]
            found, buyer = _read(row), row.member_id
            short = (row.settlement or {}).get("short", {})
        except ValueError as error:
            # More points than the ledger counts, for instance: posting ends here too.
            return ReturnQuote(why=("not_computable", str(error))), {}
        finally:
            savepoint.close(rollback=True)
        terms = program.sudo()._terms().redemption_in(document.currency)
        available = self._available(buyer, terms)
        return replace(found, available=available), short

    def _available(
        self, member: models.BaseModel, terms: RedemptionTerms | None
    ) -> int:
        accounts = member.sudo()._survivor().account_ids
        if terms:
            accounts = accounts.filtered(lambda one: one.wallet_id.code == terms.wallet)
        ledger = self.env["retail.loyalty.ledger"]
        return ledger._balance(accounts[0]).available if accounts else 0

    def _draft(
        self,
        backend: models.BaseModel,
        document: TransactionDocument,
        resolution: Resolution,
        member: models.BaseModel | None,
    ) -> models.BaseModel:
        """Return a record of the document; it must not outlive its savepoint."""
        common = {
            "company_id": backend.company_id.id,
            "currency_id": resolution.currency_id,
        }
        values = {
            **common,
            "uuid": str(uuids.uuid4()),
            "content_hash": "quote",
            "ref": document.ref,
            "kind": document.kind,
            "channel": document.channel,
            "backend_id": backend.id,
            "store_id": resolution.store_id,
            "business_date": resolution.business_date,
            "occurred_at": to_naive(document.occurred_at),
            "received_at": fields.Datetime.now(),
            "partner_id": member.sudo().partner_id.id if member else False,
            "line_ids": [
                (0, 0, {**common, **_line_values(line, resolution)})
                for line in document.lines
            ],
            "tender_ids": [
                (0, 0, {**common, "tender_type": type_, **_tender_values(tender)})
                for tender, type_ in zip(
                    document.tenders, resolution.tenders, strict=True
                )
            ],
        }
        return self.env["retail.transaction"].sudo().create(values)


def _line_values(line: Any, resolution: Resolution) -> dict[str, Any]:
    return {
        "position": line.n,
        "line_ref": line.line_id,
        "kind": line.kind,
        "product_id": resolution.products.get(line.n),
        "qty": float(line.qty),
        "amount_discount": float(line.discount_amount),
        "amount_tax": float(line.tax_amount),
        "amount_total": float(line.total),
        "original_ref": "named" if line.original else False,
    }


def _tender_values(tender: TransactionTender) -> dict[str, Any]:
    return {
        "amount": float(tender.amount),
        "reference": tender.reference,
        "status": "settled" if tender.settled else "authorised",
    }


def _read(row: models.BaseModel) -> ReturnQuote:
    """Return what a posted row says; its failure where it failed."""
    if not row:
        return ReturnQuote(why=NOBODYS)
    buyer = row.member_id._survivor().uuid or None
    if row.state in ("failed", "skipped"):
        reasons = dict(row._fields["reason"].selection)
        detail = f": {row.detail}" if row.detail else ""
        return ReturnQuote(buyer, why=(row.reason, f"{reasons[row.reason]}{detail}"))
    if not row.settlement:
        # Nobody's goods came back; the new ones are a sale.
        return ReturnQuote(buyer, granted=read_sold(row.sold).earned())
    net = row.settlement["net"]
    points_amount, money = map(Decimal, row.settlement["refund"])
    return ReturnQuote(
        member_uuid=buyer,
        taken={wallet: -n for wallet, n in net.items() if n < 0},
        granted={wallet: n for wallet, n in net.items() if n > 0},
        cancelled=row.settlement["cancelled"],
        restored=row.points_restored,
        missing=sum(row.settlement["short"].values()) + row.points_written_off,
        settled=row.points_settled,
        kept=Decimal(row.settlement["kept"]),
        owed=row.points_owed,
        written_off=row.points_written_off,
        refund_points=points_amount,
        refund_money=money,
    )
