"""Pages of a partner's list: how one is asked for and what an answer must look like.

Lives here: the canonical poll contract (``docs/api.md``, "What we poll"), as pure
functions. Lives elsewhere: the HTTP call (connectors), what is done with the items
(``retail.paged.run`` and its heirs).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from .clock import parse_rfc3339, to_rfc3339
from .errors import MalformedBody, PageInvalid, PagesEndless
from .strict_json import loads

ITEMS_MAX = 1000
CURSOR_CHARS_MAX = 2000


@dataclass(frozen=True)
class PageQuery:
    """Which page of which list.

    :param since: items that changed at or after this moment, inclusive
    :param until: and before this one; ``None`` for no end
    :param begin: what came into being before is not asked for, where a list can tell
    """

    resource: str
    cursor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 200
    begin: datetime | None = None


@dataclass(frozen=True)
class Page:
    """One page; ``next_cursor`` is ``None`` on the last one.

    ``as_of`` is the partner's clock when the list began, if it tells.
    """

    items: list[Any]
    next_cursor: str | None = None
    as_of: datetime | None = None


def page_url(base_url: str, query: PageQuery) -> str:
    """Return the address of a page by the canonical contract."""
    parameters = {
        "limit": str(query.limit),
        "since": to_rfc3339(query.since) if query.since else None,
        "until": to_rfc3339(query.until) if query.until else None,
        "cursor": query.cursor,
    }
    given = {name: value for name, value in parameters.items() if value}
    return f"{base_url.rstrip('/')}/{query.resource.strip('/')}?{urlencode(given)}"


def parse_page(body: bytes) -> Page:
    """Return the page that ``body`` holds: ``{"items": […], "next_cursor": …}``.

    :raises PageInvalid: anything else.
    """
    try:
        parsed = loads(body)
    except MalformedBody as error:
        raise PageInvalid(f"the page is not strict JSON: {error.message}") from error
    items = parsed.get("items") if isinstance(parsed, dict) else None
    if not isinstance(items, list):
        raise PageInvalid("the page has no list 'items'")
    if len(items) > ITEMS_MAX:
        raise PageInvalid(f"the page has {len(items)} items, {ITEMS_MAX} at most")
    cursor = parsed.get("next_cursor")
    if cursor is not None and not (
        isinstance(cursor, str) and 0 < len(cursor) <= CURSOR_CHARS_MAX
    ):
        raise PageInvalid(
            f"'next_cursor' must be null or a text of up to {CURSOR_CHARS_MAX}"
        )
    return Page(items, cursor, _moment(parsed.get("as_of")))


def next_mark(page_number: int, cursor: str | None, mark: str | None) -> str | None:
    """Return the cursor to watch for from now on (Brent's cycle detection).

    One remembered cursor finds a cycle of any length: it moves on at each power of
    two, so that it lies inside the cycle sooner or later.

    :param page_number: of the page just read, from 1
    :param cursor: that leads on from it
    :raises PagesEndless: the cursor was seen before
    """
    if cursor is not None and cursor == mark:
        raise PagesEndless(
            f"page {page_number} leads back to an earlier page; the list has no end"
        )
    is_power_of_two = page_number & (page_number - 1) == 0
    return cursor if is_power_of_two else mark


def _moment(text: Any) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_rfc3339(text)
    except (TypeError, ValueError) as error:
        raise PageInvalid("'as_of' is not an RFC 3339 time") from error
