"""``retail.loyalty.member``: the entries of a member, page by page, newest first.

Each with its sale, store and channel, the receipt that goods came back of, and how the
points came about. A member whom others were merged into has their entries as well: they
stand on accounts of their own, and are merged here by the time they were recorded.
Pages go by the entries' numbers on each account, so that the hundred-thousandth is
found as quickly as the first. Asked by ``static/src/member_360`` and the statement.
"""

import heapq
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from odoo import api, models

from odoo.addons.retail_integration_base.tools.clock import to_rfc3339

PAGE = 20
PAGE_MAX = 100
TIMELINE = """
    SELECT entry.id, entry.account_id, member.number, entry.sequence,
           entry.recorded_at, entry.kind, entry.amount, entry.balance_after,
           entry.effective_at, entry.channel, entry.ref, entry.reason, store.name,
           sale.id, sale.ref, sale.kind, before.id, before.ref,
           entry.reverses_id, accrual.id, accrual.parts
      FROM unnest(%s::integer[], %s::bigint[]) AS place (account_id, number)
     CROSS JOIN LATERAL (
           SELECT * FROM retail_loyalty_entry AS own
            WHERE own.account_id = place.account_id AND own.sequence < place.number
            ORDER BY own.sequence DESC LIMIT %s
           ) AS entry
      JOIN retail_loyalty_account AS account ON account.id = entry.account_id
      JOIN retail_loyalty_member AS member ON member.id = account.member_id
      LEFT JOIN retail_store AS store ON store.id = entry.store_id
      LEFT JOIN retail_transaction AS sale ON sale.id = entry.transaction_id
      LEFT JOIN retail_loyalty_entry AS original ON original.id = entry.reverses_id
      LEFT JOIN retail_transaction AS before ON before.id = original.transaction_id
      LEFT JOIN retail_loyalty_accrual AS accrual
        ON accrual.transaction_id = sale.id AND accrual.program_id = entry.program_id
     ORDER BY entry.account_id, entry.sequence DESC
"""
#: above every number that an entry can have
END = 2**62


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    @api.readonly
    def action_timeline(
        self,
        account_id: int,
        before: Sequence[Sequence[int]] | None = None,
        limit: int = PAGE,
    ) -> dict[str, Any]:
        """Return a page of entries and where the next one begins.

        :param account_id: one of this member's; those that were merged into it go along
        :param before: ``next`` of the page above; the newest without
        :return: ``items`` and ``next``, which is ``None`` on the last page. ``balance``
            is what the member and all merged into them had together after an entry.
        :raises AccessError: not the reader's to see
        """
        self.ensure_one()
        self.check_access("read")
        limit = max(1, min(limit, PAGE_MAX))
        found = self._lived(account_id, dict(before or ()), limit + 1)
        shown = found[:limit]
        named = {id_ for row, _had in shown for id_ in (row.sale_id, row.original_id)}
        open_ones = self._visible_sales(named)
        more = len(found) > limit
        return {
            "items": [_item(row, had, self.number, open_ones) for row, had in shown],
            "next": self._places(before, [row for row, _had in shown], more),
        }

    def _lived(
        self, account_id: int, before: dict[int, int], limit: int
    ) -> list[tuple["Row", int]]:
        """Return entries of an account and those merged into it, newest first.

        :param before: account id -> number below which to begin
        :return: each with what all accounts together had after it
        """
        accounts = self._accounts_of(account_id).ids
        places = [before.get(id_, END) for id_ in accounts]
        self.env.cr.execute(TIMELINE, (accounts, places, limit))
        lives: dict[int, list[Row]] = {id_: [] for id_ in accounts}
        for values in self.env.cr.fetchall():
            row = Row(*values)
            lives[row.account_id].append(row)
        had = {id_: rows[0].balance if rows else 0 for id_, rows in lives.items()}
        found = []
        # Within an account the numbers say what came first, between accounts the time.
        together = heapq.merge(*lives.values(), key=_moment, reverse=True)
        for row in islice(together, limit):
            found.append((row, sum(had.values())))
            had[row.account_id] = row.balance - row.points
        return found

    def _accounts_of(self, account_id: int) -> models.BaseModel:
        """Return a member's account and those of the same wallet that it absorbed."""
        member = self.sudo()
        own = member.account_ids.filtered(lambda one: one.id == account_id)
        if not own or not member.absorbed_ids:
            return own
        absorbed = member._absorbed().account_ids
        return own | absorbed.filtered(lambda one: one.wallet_id == own.wallet_id)

    @api.model
    def _places(
        self,
        before: Sequence[Sequence[int]] | None,
        shown: list["Row"],
        more: bool,
    ) -> list[list[int]] | None:
        """Return the number that each account has come to, for the page below."""
        if not more:
            return None
        places = dict(before or ()) | {row.account_id: row.number for row in shown}
        return [list(place) for place in sorted(places.items())]

    def _visible_sales(self, ids: set[int | None]) -> set[int]:
        """Return the sales that the reader may open: not those of other companies."""
        wanted = [id_ for id_ in ids if id_]
        sales = self.env["retail.transaction"].browse(wanted)
        return set(sales._filtered_access("read").ids)


class Row(NamedTuple):
    """One line of ``TIMELINE``."""

    id: int
    account_id: int
    member: str
    number: int
    recorded_at: datetime
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


def _moment(row: Row) -> tuple[datetime, int]:
    return row.recorded_at, row.id


def _item(row: Row, had: int, member: str, visible: set[int]) -> dict[str, Any]:
    sale = _sale(row.sale_id, row.sale_ref, visible)
    # Of goods that came back: the receipt they were sold with.
    original = _sale(row.original_id, row.original_ref, visible)
    return {
        "id": row.id,
        "number": row.number,
        "kind": row.kind,
        "points": row.points,
        "balance": had,
        # Who they were then, where that is somebody else.
        "member": row.member if row.member != member else "",
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
