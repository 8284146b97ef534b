"""``/retail/v1/subscriptions/<id>/deliveries``: what was sent, and sending it again."""

from odoo import http
from odoo.models import BaseModel as Records

from ..schemas.api_subscription import (
    STATUS,
    Delivery,
    DeliveryAttempt,
    DeliveryPage,
    DeliveryParameters,
    DeliveryPlace,
    Redelivery,
    RedeliveryRequest,
    SubscriptionPlace,
    TestEvent,
)
from ..schemas.api_subscription_examples import (
    DELIVERY,
    MESSAGE_ID,
    REDELIVERED,
    REDELIVERY,
    REDELIVERY_COUNT,
)
from ..tools.clock import to_naive, to_rfc3339
from ..tools.error_api import NotFound
from ..tools.errors import SubscriptionStateWrong
from .api import Call, Reply, operation
from .paging import Domain, page_of, page_reply
from .subscriptions import FACTS, ONE, find

MODEL = "retail.outbox.event"


class RetailDeliveriesController(http.Controller):
    @operation(
        "GET",
        f"{ONE}/deliveries",
        summary="List recent deliveries",
        places=SubscriptionPlace,
        parameters=DeliveryParameters,
        answers={200: DeliveryPage},
        examples={"answer": {"one": {"items": [DELIVERY], "next": None}}},
        **FACTS,
    )
    def deliveries(self, call: Call) -> Reply:
        """Return one page of a subscription's messages with their attempts."""
        domain = Domain("subscription_id", "=", find(call).id)
        if call.query.status:
            states = [
                ours for ours, word in STATUS.items() if word == call.query.status
            ]
            domain &= Domain("state", "in", states)
        return page_reply(call, DeliveryPage, page_of(call, MODEL, domain), _delivery)

    @operation(
        "POST",
        f"{ONE}/deliveries/{{message_id}}/redeliver",
        summary="Send one message again",
        description="It keeps its `webhook-id`.",
        places=DeliveryPlace,
        answers={202: Delivery},
        errors=[SubscriptionStateWrong],
        examples={"answer": {"on its way": REDELIVERED}},
        idempotent=True,
        **FACTS,
    )
    def redeliver_one(self, call: Call) -> Delivery:
        """Send one message again."""
        message = call.env[MODEL].search(
            Domain("subscription_id", "=", find(call).id)
            & Domain("event_key", "=", call.places.message_id)
        )
        if not message:
            raise NotFound("This subscription has no message of this id.")
        if message.state not in ("sent", "dead") or not message.sudo().payload:
            raise SubscriptionStateWrong(
                "Only a delivered or failed message whose content is still kept can "
                "be sent again."
            )
        message.sudo().action_replay()
        return _delivery(message)

    @operation(
        "POST",
        f"{ONE}/redeliver",
        summary="Send messages of a time again",
        description="At most 1,000 in one call, the oldest first; each keeps its "
        "`webhook-id`.",
        places=SubscriptionPlace,
        body=RedeliveryRequest,
        answers={202: Redelivery},
        examples={"body": {"a day": REDELIVERY}, "answer": {"all": REDELIVERY_COUNT}},
        idempotent=True,
        **FACTS,
    )
    def redeliver(self, call: Call) -> Redelivery:
        """Send what failed, or everything, of a time again."""
        until = call.body.until
        count, more = find(call)._redeliver(
            to_naive(call.body.since),
            to_naive(until) if until else None,
            what=call.body.what,
        )
        return Redelivery(count=count, more=more)

    @operation(
        "POST",
        f"{ONE}/test",
        summary="Send a test event",
        description="A `retail.ping.v1`, signed and sent as every message is.",
        places=SubscriptionPlace,
        answers={202: TestEvent},
        errors=[SubscriptionStateWrong],
        examples={"answer": {"on its way": {"id": MESSAGE_ID}}},
        idempotent=True,
        **FACTS,
    )
    def test(self, call: Call) -> TestEvent:
        """Send a test event."""
        return TestEvent(id=find(call)._partner_send_test().event_key)


def _delivery(message: Records) -> Delivery:
    record = message.sudo()
    return Delivery(
        id=record.event_key,
        type=record.topic_id.name,
        status=STATUS.get(record.state, record.state),
        created_at=to_rfc3339(record.created_at),
        finished_at=_moment(record.finished_at),
        next_attempt_at=_moment(record.next_attempt_at),
        attempts=[_attempt(one) for one in record.attempt_ids.sorted("id")],
        correlation_id=record.correlation_id,
    )


def _attempt(attempt: Records) -> DeliveryAttempt:
    return DeliveryAttempt(
        number=attempt.number,
        started_at=to_rfc3339(attempt.started_at),
        outcome=attempt.outcome,
        http_status=attempt.http_status or None,
        latency_ms=attempt.latency_ms,
        code=attempt.error_code or None,
        answer=attempt.response_excerpt or None,
    )


def _moment(value: object) -> str | None:
    return to_rfc3339(value) if value else None
