"""``retail.connector.platform``: lists of platforms, for polls and reconciliations.

A platform that lists everybody's movements is read as it is. Any other is read member
by member, those whom we know there, so that each platform has the same two lists:
``movements`` and ``balances``. Pages may overlap; an item's id tells what was seen.
"""

from typing import Any

from odoo import api, models

from odoo.addons.retail_integration_base.tools.errors import ConfigurationError
from odoo.addons.retail_integration_base.tools.paging import Page, PageQuery

from ..tools.platform import Refusal
from ..tools.platform_news import document_of
from ..tools.platform_orders import MovementQuery

MOVEMENTS = "movements"
BALANCES = "balances"
#: members asked one after the other for one page
MEMBERS_PER_PAGE = 20


class RetailConnectorPlatform(models.AbstractModel):
    _inherit = "retail.connector.platform"

    @api.model
    def _fetch_page(self, backend: models.BaseModel, query: PageQuery) -> Page:
        """Return a page of a platform's movements or balances, as plain items.

        :raises ConfigurationError: another list
        """
        if query.resource == BALANCES:
            return self._fetch_balances(backend, query)
        if query.resource != MOVEMENTS:
            raise ConfigurationError(
                f"{backend.name} has no list {query.resource!r}; it has "
                f"{MOVEMENTS!r} and {BALANCES!r}."
            )
        if backend._platform_client().capabilities.lists_all:
            found, cursor = self._movements(backend, query, None, query.cursor)
            return Page(found, cursor)
        return self._fetch_by_member(backend, query)

    def _movements(
        self,
        backend: models.BaseModel,
        query: PageQuery,
        member_ref: str | None,
        cursor: str | None,
    ) -> tuple[list[dict[str, Any]], str | None]:
        asked = MovementQuery(
            since=query.since, until=query.until, member_id=member_ref, cursor=cursor
        )
        page = backend._carry_out(backend._platform_client().transactions(asked))
        if isinstance(page, Refusal):
            if page.reason == "unknown_member":
                return [], None
            raise ConfigurationError(f"{backend.name}: {page.detail}")
        return [_item(document_of(one)) for one in page.items], page.next_cursor

    def _fetch_by_member(self, backend: models.BaseModel, query: PageQuery) -> Page:
        """Return a page of the members' movements; the cursor is member and page."""
        last_id, _bar, inner = (query.cursor or "0|").partition("|")
        items: list[dict[str, Any]] = []
        for member in self._known_members(backend, int(last_id), bool(inner)):
            found, following = self._movements(
                backend, query, member.platform_ref, inner or None
            )
            items += found
            if following:
                return Page(items, f"{member.id}|{following}")
            last_id, inner = str(member.id), ""
            if len(items) >= query.limit:
                return Page(items, f"{last_id}|")
        more = self._known_members(backend, int(last_id), False)
        return Page(items, f"{last_id}|" if more else None)

    def _fetch_balances(self, backend: models.BaseModel, query: PageQuery) -> Page:
        client = backend._platform_client()
        if client.capabilities.lists_balances:
            page = backend._carry_out(client.balances(query.cursor))
            known = self._known_refs(backend, [one.member_id for one in page.items])
            items = [
                {"member": one.member_id, "points": one.points}
                for one in page.items
                # Who never was here and has nothing there is nobody's matter.
                if one.points or one.member_id in known
            ]
            return Page(items, page.next_cursor)
        members = self._known_members(backend, int(query.cursor or 0), False)
        items = []
        for member in members:
            found = backend._carry_out(client.balance(member.platform_ref))
            if not isinstance(found, Refusal):
                items.append({"member": member.platform_ref, "points": found.points})
        is_last = len(members) < MEMBERS_PER_PAGE
        return Page(items, None if is_last else str(members[-1].id))

    def _known_refs(self, backend: models.BaseModel, refs: list[str]) -> set[str]:
        members = self.env["retail.loyalty.member"].sudo()
        found = members.search(
            [("program_id.backend_id", "=", backend.id), ("platform_ref", "in", refs)]
        )
        return set(found.mapped("platform_ref"))

    def _known_members(
        self, backend: models.BaseModel, after_id: int, with_it: bool
    ) -> models.BaseModel:
        return (
            self.env["retail.loyalty.member"]
            .sudo()
            .search(
                [
                    ("program_id.backend_id", "=", backend.id),
                    ("platform_ref", "!=", False),
                    ("id", ">=" if with_it else ">", after_id),
                ],
                order="id",
                limit=MEMBERS_PER_PAGE,
            )
        )


def _item(document: dict[str, Any]) -> dict[str, Any]:
    """Return a movement as a list to compare with names it."""
    return {**document, "id": document["movement"], "day": document["at"][:10]}
