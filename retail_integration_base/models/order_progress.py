"""``retail.order.progress``: how far an order has come, as its systems tell it.

One row per order, whether or not the order itself has been recorded yet. Written by
``retail.handler.order`` and by ``retail.transaction`` when the order comes; how
messages add up is in ``tools/order_progress.py``. Feature modules extend
``_after_change``.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from psycopg2.extras import Json

from odoo import api, fields, models

from ..tools.clock import to_naive
from ..tools.order_progress import (
    Progress,
    cancelled_of,
    handed_over_at,
    is_all_cancelled,
    merge,
    progress_document,
    read_progress,
)

INSERT = """
    INSERT INTO retail_order_progress (company_id, store_id, channel, external_ref,
           document, changed_at)
    VALUES (%s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC')
        ON CONFLICT (company_id, store_id, channel, external_ref) DO NOTHING
 RETURNING id
"""


class Place(NamedTuple):
    """Where an order was placed, and its number there."""

    store_id: int
    channel: str
    external_ref: str


class RetailOrderProgress(models.Model):
    _name = "retail.order.progress"
    _description = "Progress of an Order"
    _log_access = False
    _order = "id desc"
    _rec_name = "external_ref"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    store_id = fields.Many2one("retail.store", required=True, readonly=True)
    channel = fields.Char(required=True, readonly=True)
    external_ref = fields.Char(string="Order", required=True, readonly=True)
    transaction_id = fields.Many2one(
        "retail.transaction",
        string="Recorded as",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Empty: the order itself has not come yet.",
    )
    document = fields.Json(readonly=True)
    paid_at = fields.Datetime(string="Paid", readonly=True)
    fulfilled_at = fields.Datetime(
        string="Handed over",
        readonly=True,
        help="When the customer had all that was not cancelled.",
    )
    cancelled_at = fields.Datetime(
        string="Cancelled",
        readonly=True,
        help="From then on nothing more was handed over.",
    )
    changed_at = fields.Datetime(string="Last news", required=True, readonly=True)
    pieces = fields.Text(string="By line", compute="_compute_pieces")

    _order_uniq = models.Constraint(
        "UNIQUE (company_id, store_id, channel, external_ref)",
        "The progress of this order is known already.",
    )

    @api.depends("document")
    def _compute_pieces(self) -> None:
        for row in self:
            row.pieces = "\n".join(
                self.env._(
                    "%(line)s: %(fulfilled)s handed over, %(cancelled)s cancelled",
                    line=name,
                    fulfilled=count.fulfilled,
                    cancelled=count.cancelled,
                )
                for name, count in row._progress().lines.items()
            )

    def _progress(self) -> Progress:
        """Return what is known of the order."""
        self.ensure_one()
        return read_progress(self.document)

    def _cancelled(self) -> dict[str, Decimal]:
        """Return the pieces that will never be handed over, by line of the order.

        Charges (shipping, fees) are gone with the last piece only.
        """
        self.ensure_one()
        progress = self._progress()
        whole = is_all_cancelled(progress)
        found = {}
        for line in self.transaction_id.line_ids.filtered(lambda one: one.qty > 0):
            name, qty = line.line_ref or "", Decimal(str(line.qty))
            if whole or line.kind == "item":
                found[name] = qty if whole else cancelled_of(progress, name, qty)
        return {name: qty for name, qty in found.items() if name and qty}

    @api.model
    def _receive(self, said: Sequence[tuple[Place, Progress]]) -> list[bool]:
        """Add what messages say to what is known; tell which of them were news.

        Two systems that speak of one order at a time: the second is replayed.
        """
        rows = self.sudo()
        changed, news = rows.browse(), []
        for place, progress in said:
            row = rows._get_row(place)
            known = row._progress()
            merged = merge(known, progress)
            news.append(merged != known)
            if merged != known:
                row.write(
                    {
                        "document": progress_document(merged),
                        "changed_at": fields.Datetime.now(),
                    }
                )
                changed |= row
        changed._look_for_orders()
        changed._conclude()
        return news

    def _get_row(self, place: Place) -> "RetailOrderProgress":
        row = self.search(
            [
                ("company_id", "=", self.env.company.id),
                ("store_id", "=", place.store_id),
                ("channel", "=", place.channel),
                ("external_ref", "=", place.external_ref),
            ]
        )
        if row:
            return row
        nothing = Json(progress_document(Progress()))
        self.env.cr.execute(INSERT, (self.env.company.id, *place, nothing))
        return self.browse(self.env.cr.fetchone()[0])

    def _look_for_orders(self) -> None:
        """Find the recorded orders of rows that have none."""
        for row in self.filtered(lambda one: not one.transaction_id):
            row.transaction_id = (
                self.env["retail.transaction"]
                .sudo()
                .search(
                    [
                        ("company_id", "=", row.company_id.id),
                        ("store_id", "=", row.store_id.id),
                        ("channel", "=", row.channel),
                        ("external_ref", "=", row.external_ref),
                        ("kind", "=", "sale"),
                    ],
                    limit=1,
                )
            )

    def _conclude(self) -> None:
        """Work out what the totals mean for the order, and let others act on it."""
        for row in self:
            progress = row._progress()
            ordered = {
                line.line_ref: Decimal(str(line.qty))
                for line in row.transaction_id.line_ids
                if line.kind == "item" and line.qty > 0 and line.line_ref
            }
            row.write(
                {
                    "paid_at": _naive(progress.paid_at),
                    "fulfilled_at": _naive(handed_over_at(progress, ordered))
                    if row.transaction_id
                    else _naive(progress.fulfilled_at),
                    "cancelled_at": _naive(progress.cancelled_at),
                }
            )
        self.filtered("transaction_id")._after_change()

    def _after_change(self) -> None:
        """Act on orders that came further, in the transaction that notes it.

        Extended by feature modules; repeating it must change nothing.
        """


def _naive(moment: object) -> object:
    return to_naive(moment) if moment else False
