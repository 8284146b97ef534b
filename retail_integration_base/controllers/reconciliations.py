"""``/retail/v1/reconciliations``: a partner posts its list, we compare.

Begin, send parts, finish; a lost thread is picked up at ``next_part``. Keeping and
comparing is the work of ``retail.reconciliation.run``.
"""

from odoo import http
from odoo.http import request
from odoo.models import BaseModel as Records

from ..schemas.api_reconciliation import (
    PART_BODY,
    PART_EXAMPLE,
    PART_ITEMS_MAX,
    ComparisonResult,
    ListFinish,
    ListPlace,
    PartPlace,
    PostedList,
    Reconciliation,
    ReconciliationColumn,
    ReconciliationPage,
    ReconciliationParameters,
    ReconciliationPlace,
)
from ..tools.clock import to_rfc3339
from ..tools.error_api import NotFound
from ..tools.errors import ListIncomplete, ListNotOpen, PartOutOfOrder
from ..tools.posted_list import read_items
from .api import Call, Reply, operation
from .dispatcher import JSON_TYPES, NDJSON_TYPES, media_type, read_body
from .paging import Domain, page_of, page_reply

PATH = "/retail/v1/reconciliations"
LISTS = f"{PATH}/{{rule}}/lists"
ONE = f"{LISTS}/{{id}}"
PART_BYTES_MAX = 8 * 1024 * 1024
RULES = "retail.reconciliation.rule"
RUNS = "retail.reconciliation.run"
FACTS = {"tag": "Reconciliations", "scope": "reconciliations:post"}


def postable(call: Call) -> Domain:
    """Restrict to what the caller's backend is expected to post."""
    return (
        Domain("backend_id", "=", call.key.backend_id)
        & Domain("origin", "=", "post")
        & Domain("state", "=", "active")
    )


def find_list(call: Call) -> Records:
    """Return the list that the path names, one of the caller's own."""
    found = call.env[RUNS].search(
        Domain("backend_id", "=", call.key.backend_id)
        & Domain("is_posted", "=", True)
        & Domain("rule_id", "=", call.places.rule)
        & Domain("correlation_id", "=", call.places.id)
    )
    if not found:
        raise NotFound("You have no list of this id.")
    return found.sudo()


class RetailReconciliationsController(http.Controller):
    @operation(
        "GET",
        PATH,
        summary="See which lists we compare",
        description="What you may post, which columns an item has, when it is due.",
        parameters=ReconciliationParameters,
        answers={200: ReconciliationPage},
        **FACTS,
    )
    def reconciliations(self, call: Call) -> Reply:
        """Return one page of the reconciliations that wait for the caller's list."""
        found = page_of(call, RULES, postable(call))
        return page_reply(call, ReconciliationPage, found, _reconciliation)

    @operation(
        "POST",
        LISTS,
        summary="Begin a list",
        description="One list of a reconciliation is open at a time. One that is not "
        "finished within a day after its last part is given up.",
        places=ReconciliationPlace,
        answers={201: PostedList},
        errors=[ListNotOpen],
        idempotent=True,
        **FACTS,
    )
    def begin(self, call: Call) -> Reply:
        """Open a list for parts."""
        rule = call.env[RULES].search(
            postable(call) & Domain("id", "=", call.places.rule)
        )
        if not rule:
            raise NotFound("You have no reconciliation of this id to post to.")
        run = call.env[RUNS].sudo()._begin_posting(rule.sudo())
        address = LISTS.format(rule=rule.id)
        return Reply(
            _posted(run), headers={"Location": f"{address}/{run.correlation_id}"}
        )

    @operation(
        "GET",
        ONE,
        summary="See where a list stands",
        places=ListPlace,
        answers={200: PostedList},
        **FACTS,
    )
    def posted_list(self, call: Call) -> PostedList:
        """Return a list's state, and what the comparison found."""
        return _posted(find_list(call))

    @operation(
        "POST",
        f"{ONE}/parts/{{number}}",
        summary="Send a part of a list",
        description=f"An array of up to {PART_ITEMS_MAX} items, or lines of them "
        "(`application/x-ndjson`). A part with a wrong item is not kept at all. Send "
        "parts one after the other; if an answer is lost, repeat the part with the "
        "same `Idempotency-Key`.",
        places=PartPlace,
        body=PART_BODY,
        body_types=JSON_TYPES[:1],
        answers={200: PostedList},
        errors=[ListNotOpen, PartOutOfOrder],
        idempotent=True,
        examples={"body": {"sales": PART_EXAMPLE}},
        extra={"max_content_length": PART_BYTES_MAX},
        **FACTS,
    )
    def part(self, call: Call) -> PostedList:
        """Keep one part."""
        run = find_list(call)
        httprequest = request.httprequest
        raw = read_body(httprequest, PART_BYTES_MAX, (*JSON_TYPES[:1], *NDJSON_TYPES))
        items, count = read_items(
            raw,
            run.rule_id._spec(),
            ndjson=media_type(httprequest) in NDJSON_TYPES,
            items_max=PART_ITEMS_MAX,
        )
        run._add_part(call.places.number, items, count)
        return _posted(run)

    @operation(
        "POST",
        f"{ONE}/finish",
        summary="Finish a list",
        description="The comparison follows; ask for the list to see what it found.",
        places=ListPlace,
        body=ListFinish,
        answers={200: PostedList},
        errors=[ListNotOpen, ListIncomplete],
        idempotent=True,
        **FACTS,
    )
    def finish(self, call: Call) -> PostedList:
        """Take the list as whole."""
        run = find_list(call)
        run._finish_posting(call.body.items)
        return _posted(run)

    @operation(
        "DELETE",
        ONE,
        summary="Give up a list",
        description="What was sent is forgotten; begin another one.",
        places=ListPlace,
        answers={204: None},
        errors=[ListNotOpen],
        **FACTS,
    )
    def close(self, call: Call) -> None:
        """Forget an open list."""
        find_list(call)._close_posting()


def _reconciliation(rule: Records) -> Reconciliation:
    return Reconciliation(
        id=rule.id,
        name=rule.name,
        columns=[
            ReconciliationColumn(name=one.path_there, kind=one.kind, role=one.role)
            for one in rule.sudo()._spec()
        ],
        days=rule.lookback_days,
        due_at=to_rfc3339(rule.next_run_at) if rule.next_run_at else None,
    )


def _posted(run: Records) -> PostedList:
    return PostedList(
        id=run.correlation_id,
        status=_status_of(run),
        next_part=run.page_count + 1,
        items=run.item_count,
        unreadable=run.unreadable_count,
        since=str(run.since_at.date()) if run.since_at else None,
        until=str(run.until_at.date()) if run.until_at else None,
        reason=run.error_message or None,
        result=_result_of(run) if run.state == "done" else None,
    )


def _status_of(run: Records) -> str:
    if run.state == "running":
        return "comparing" if run.is_read else "open"
    return {"done": "compared", "stopped": "closed"}.get(run.state, "failed")


def _result_of(run: Records) -> ComparisonResult:
    return ComparisonResult(
        agree=run.matched_count,
        missing_here=run.missing_here_count,
        missing_there=run.missing_there_count,
        differ=run.differs_count,
        duplicates_here=run.duplicate_here_count,
        duplicates_there=run.duplicate_there_count,
    )
