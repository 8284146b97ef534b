"""``/retail/v1/loyalty/transactions``: a sale or return whose points are to move.

It goes the way of every sale (decision 78): kept here, booked by a lane, points and
sale in one transaction. The answer says where to look.
"""

import json
from typing import Any
from urllib.parse import quote

from odoo import http

from odoo.addons.retail_integration_base.controllers.api import Call, Reply, operation
from odoo.addons.retail_integration_base.models.gateway import Door
from odoo.addons.retail_integration_base.schemas.api_examples import RECEIPT_EXAMPLE
from odoo.addons.retail_integration_base.tools.error_api import NotFound
from odoo.addons.retail_integration_base.tools.error_base import RetailError
from odoo.addons.retail_integration_base.tools.errors import (
    BackendPaused,
    Conflict,
    EnvironmentMismatch,
    PayloadInvalid,
    UnknownTopic,
)

from ..schemas.api_loyalty_common import MEMBER_ID
from ..schemas.api_loyalty_transaction import TransactionBody, TransactionReceipt
from .loyalty_common import PATH, TAG, member_of

EVENTS = "/retail/v1/events"
EXAMPLE = {
    "id": "sale-12-9-1",
    "type": "retail.pos.receipt.v1",
    "member_id": MEMBER_ID,
    "data": RECEIPT_EXAMPLE,
}
KEPT = {
    "id": "sale-12-9-1",
    "status": "accepted",
    "event": f"{EVENTS}/sale-12-9-1",
    "correlation_id": "2f6c0e7b5a3d4e0f8b1c9d7e6a5f4c3b",
}


class RetailLoyaltyTransactionsController(http.Controller):
    @operation(
        "POST",
        f"{PATH}/transactions",
        summary="Tell a sale or return",
        description="The same as sending the document to your backend's events, for "
        "callers who know the member. 202 means kept: points move when it is booked, "
        "in the same transaction, usually within a second. What it will earn says a "
        "quote. Repeat it with the same `id` until you get an answer below 500.",
        tag=TAG,
        scope="events:write",
        body=TransactionBody,
        answers={202: TransactionReceipt, 200: TransactionReceipt},
        errors=[NotFound, Conflict, UnknownTopic, EnvironmentMismatch],
        examples={"body": {"receipt": EXAMPLE}, "answer": {"kept": KEPT}},
    )
    def tell(self, call: Call) -> Reply | RetailError:
        """Keep a canonical document."""
        gateway, body = call.env["retail.gateway"], call.body
        event = {
            "specversion": "1.0",
            "id": body.id,
            "source": f"loyalty/{call.backend.code}",
            "type": body.type,
            "data": _data(call),
        }
        ((receipt,), _single) = gateway._receive_events(
            _door(call), json.dumps(event).encode(), ndjson=False
        )
        if receipt.verdict == "conflict":
            # Returned: the exception that was opened is to stay.
            return Conflict(f"Message {body.id} is known with other content.")
        answer = TransactionReceipt(
            id=body.id,
            status=receipt.verdict,
            event=f"{EVENTS}/{quote(body.id, safe='')}",
            correlation_id=receipt.correlation_id,
        )
        accepted = receipt.verdict == "accepted"
        return Reply(
            answer, status=202 if accepted else 200, headers={"Location": answer.event}
        )


def _door(call: Call) -> Door:
    """Return the door of the caller's backend.

    :raises BackendPaused, EnvironmentMismatch: it takes nothing now, or not here
    """
    door = call.env["retail.gateway"]._get_door(call.key.backend_id)
    if not door.runs_here:
        raise EnvironmentMismatch(
            "A message for production reached a server that is not production."
        )
    if not door.is_open:
        raise BackendPaused("This connection is paused; send it again later.")
    return door


def _data(call: Call) -> dict[str, Any]:
    """Return the document with the member's number in it.

    :raises NotFound: no such member. :raises PayloadInvalid: it names another one
    """
    data = call.raw["data"]
    if call.body.member_id is None:
        return data
    member = member_of(call, call.body.member_id)
    customer = data.get("customer") or {}
    if not isinstance(customer, dict):
        return data
    numbers = [None, member.number, *member._absorbed().mapped("number")]
    if customer.get("loyalty_id") not in numbers:
        raise PayloadInvalid("/data/customer/loyalty_id", "names another member")
    return {**data, "customer": {**customer, "loyalty_id": member.number}}
