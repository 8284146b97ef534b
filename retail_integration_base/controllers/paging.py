"""One page of a list, found by position and not by counting rows.

Lives here: the search behind every list. Lives elsewhere: the cursor's word
(``tools/api_cursor.py``), shapes (``schemas.api_common``).
"""

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from odoo.fields import Domain
from odoo.http import request

from ..tools import api_cursor
from .api import Call, Reply


class Found(NamedTuple):
    """The records of one page, and where the next one begins."""

    records: Any
    next: str | None


def page_of(call: Call, model: str, domain: Domain, place: str = "id") -> Found:
    """Return the records of ``call``'s page, newest first.

    The position is the id: it neither shifts when rows come in meanwhile nor gets slow
    on late pages.

    :param domain: the filters of ``call.query``, and whose records are to be seen
    :param place: a number that grows, unique within ``domain``, if not the id
    """
    query = call.query
    filters = {"list": call.operation.path, **_filters(query)}
    if query.cursor:
        domain &= Domain(place, "<", api_cursor.read(query.cursor, filters))
    found = call.env[model].search(domain, order=f"{place} desc", limit=query.limit + 1)
    records = found[: query.limit]
    last = records[-1:][place] if len(found) > query.limit else None
    return Found(records, api_cursor.write(last, filters) if last else None)


def page_reply(
    call: Call, page: type, found: Found, as_item: Callable[[Any], Any]
) -> Reply:
    """Return ``found`` as the list's answer, with the next address in ``Link``."""
    content = page(items=[as_item(one) for one in found.records], next=found.next)
    if found.next is None:
        return Reply(content)
    query = {**request.httprequest.args.to_dict(), "cursor": found.next}
    path = request.httprequest.path
    return Reply(content, headers={"Link": f'<{path}?{urlencode(query)}>; rel="next"'})


def _filters(query: Any) -> dict[str, object]:
    values = query.model_dump(exclude={"cursor", "limit"}, mode="json")
    return {name: value for name, value in values.items() if value is not None}
