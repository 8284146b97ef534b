"""``retail.loyalty.member``: the entries of a member, page by page, newest first.

Each with its sale, store and channel, the receipt that goods came back of, and how the
points came about. Pages go by the entries' numbers, so that the hundred-thousandth is
found as quickly as the first. Asked by ``static/src/member_360`` and the statement.
"""

from datetime import datetime
from typing import Any, NamedTuple

from odoo import api, models

from odoo.addons.retail_integration_base.tools.clock import to_rfc3339

PAGE = 20
PAGE_MAX = 100
TIMELINE = """
    SELECT entry.id, entry.sequence, entry.kind, entry.amount, entry.balance_after,
           entry.effective_at, entry.channel, entry.ref, entry.reason, store.name,
           sale.id, sale.ref, sale.kind, before.id, before.ref,
           entry.reverses_id, accrual.id, accrual.parts
      FROM retail_loyalty_entry AS entry
      LEFT JOIN retail_store AS store ON store.id = entry.store_id
      LEFT JOIN retail_transaction AS sale ON sale.id = entry.transaction_id
      LEFT JOIN retail_loyalty_entry AS original ON original.id = entry.reverses_id
      LEFT JOIN retail_transaction AS before ON before.id = original.transaction_id
      LEFT JOIN retail_loyalty_accrual AS accrual
        ON accrual.transaction_id = sale.id AND accrual.program_id = entry.program_id
     WHERE entry.account_id = %s AND entry.sequence < %s
     ORDER BY entry.sequence DESC LIMIT %s
"""
#: above every number that an entry can have
END = 2**62


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    @api.readonly
    def action_timeline(
        self, account_id: int, before: int | None = None, limit: int = PAGE
    ) -> dict[str, Any]:
        """Return a page of entries and where the next one begins.

        :param account_id: one of this member's
        :param before: ``next`` of the page above; the newest without
        :return: ``items`` and ``next``, which is ``None`` on the last page
        :raises AccessError: not the reader's to see
        """
        self.ensure_one()
        self.check_access("read")
        mine = account_id in self.sudo().account_ids.ids
        limit = max(1, min(limit, PAGE_MAX))
        self.env.cr.execute(
            TIMELINE, (account_id if mine else 0, before or END, limit + 1)
        )
        rows = [Row(*row) for row in self.env.cr.fetchall()]
        shown = rows[:limit]
        named = {id_ for row in shown for id_ in (row.sale_id, row.original_id)}
        open_ones = self._visible_sales(named)
        return {
            "items": [_item(row, open_ones) for row in shown],
            "next": shown[-1].number if len(rows) > limit else None,
        }

    def _visible_sales(self, ids: set[int | None]) -> set[int]:
        """Return the sales that the reader may open: not those of other companies."""
        wanted = [id_ for id_ in ids if id_]
        sales = self.env["retail.transaction"].browse(wanted)
        return set(sales._filtered_access("read").ids)


class Row(NamedTuple):
    """One line of ``TIMELINE``."""

    id: int
    number: int
    kind: str
    points: int
    balance: int
    effective_at: datetime
    channel: str | None
    ref: str | None
    reason: str | None
    store: str | None
    sale_id: int | None
    sale_ref: str | None
    sale_kind: str | None
    original_id: int | None
    original_ref: str | None
    reverses_id: int | None
    accrual_id: int | None
    parts: list | None


def _item(row: Row, visible: set[int]) -> dict[str, Any]:
    sale = _sale(row.sale_id, row.sale_ref, visible)
    # Of goods that came back: the receipt they were sold with.
    original = _sale(row.original_id, row.original_ref, visible)
    return {
        "id": row.id,
        "number": row.number,
        "kind": row.kind,
        "points": row.points,
        "balance": row.balance,
        "at": to_rfc3339(row.effective_at),
        "where": row.store or "",
        "channel": row.channel or "",
        "ref": row.ref or "",
        "reason": row.reason or "",
        "is_reversal": bool(row.reverses_id),
        "sale": sale,
        "sale_kind": row.sale_kind,
        "original": original if original != sale else None,
        "accrual_id": row.accrual_id,
        "parts": [
            {"points": points, "name": name, "why": why}
            for points, name, why in row.parts or ()
        ],
    }


def _sale(id_: int | None, ref: str | None, visible: set[int]) -> dict[str, Any] | None:
    return {"id": id_, "ref": ref} if id_ in visible else None
