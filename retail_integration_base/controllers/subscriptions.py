"""``/retail/v1/subscriptions``: partners say what they want to be told, and where."""

from odoo import http
from odoo.models import BaseModel as Records

from ..schemas.api_subscription import (
    RotationRequest,
    Subscription,
    SubscriptionChange,
    SubscriptionPage,
    SubscriptionParameters,
    SubscriptionPlace,
    SubscriptionRequest,
    SubscriptionWithSecret,
)
from ..schemas.api_subscription_examples import (
    CHANGE,
    CHANGED,
    PAUSED,
    REQUEST,
    ROTATION,
    SUBSCRIPTION,
    WITH_SECRET,
)
from ..tools.clock import to_rfc3339
from ..tools.error_api import NotFound
from ..tools.errors import SubscriptionRefused, SubscriptionStateWrong
from .api import Call, Reply, operation
from .paging import Domain, page_of, page_reply

PATH = "/retail/v1/subscriptions"
ONE = f"{PATH}/{{id}}"
MODEL = "retail.subscription"
FACTS = {"tag": "Subscriptions", "scope": "subscriptions:manage"}


def own(call: Call) -> Domain:
    """Restrict to the subscriptions of the caller's backend."""
    return Domain("backend_id", "=", call.key.backend_id)


def find(call: Call) -> Records:
    """Return the caller's own subscription that the path names."""
    found = call.env[MODEL].search(own(call) & Domain("uuid", "=", call.places.id))
    if not found:
        raise NotFound("You have no subscription of this id.")
    return found


class RetailSubscriptionsController(http.Controller):
    @operation(
        "GET",
        PATH,
        summary="List your subscriptions",
        parameters=SubscriptionParameters,
        answers={200: SubscriptionPage},
        examples={"answer": {"one": {"items": [SUBSCRIPTION], "next": None}}},
        **FACTS,
    )
    def subscriptions(self, call: Call) -> Reply:
        """Return one page of the caller's subscriptions."""
        found = page_of(call, MODEL, own(call))
        return page_reply(
            call, SubscriptionPage, found, lambda one: Subscription(**_facts(one))
        )

    @operation(
        "POST",
        PATH,
        summary="Make a subscription",
        description="The answer holds the secret that its messages are signed with. "
        "Nothing else ever shows it; the same request with the same `Idempotency-Key` "
        "gets the same answer for 24 hours.",
        body=SubscriptionRequest,
        answers={201: SubscriptionWithSecret},
        errors=[SubscriptionRefused],
        examples={"body": {"sales": REQUEST}, "answer": {"made": WITH_SECRET}},
        idempotent=True,
        secret_answer=True,
        **FACTS,
    )
    def create_subscription(self, call: Call) -> SubscriptionWithSecret:
        """Make a subscription and answer its secret."""
        subscription, secret = call.env[MODEL]._partner_create(
            call.backend, call.body.name, call.body.url, call.body.topics
        )
        return SubscriptionWithSecret(**_facts(subscription), secret=secret)

    @operation(
        "GET",
        ONE,
        summary="Get one subscription",
        places=SubscriptionPlace,
        answers={200: Subscription},
        examples={"answer": {"active": SUBSCRIPTION}},
        **FACTS,
    )
    def subscription(self, call: Call) -> Subscription:
        """Return one subscription."""
        return Subscription(**_facts(find(call)))

    @operation(
        "PATCH",
        ONE,
        summary="Change a subscription",
        description="Messages that wait go to the new address.",
        places=SubscriptionPlace,
        body=SubscriptionChange,
        answers={200: Subscription},
        errors=[SubscriptionRefused],
        examples={"body": {"new address": CHANGE}, "answer": {"changed": CHANGED}},
        **FACTS,
    )
    def change(self, call: Call) -> Subscription:
        """Change name, address or topics."""
        found = find(call)
        found._partner_change(call.body.name, call.body.url, call.body.topics)
        return Subscription(**_facts(found))

    @operation(
        "DELETE",
        ONE,
        summary="Close a subscription",
        description="Messages that wait are cancelled.",
        places=SubscriptionPlace,
        answers={204: None},
        **FACTS,
    )
    def close(self, call: Call) -> None:
        """Close a subscription; its messages stay readable for us only."""
        find(call).sudo().active = False

    @operation(
        "POST",
        f"{ONE}/pause",
        summary="Pause a subscription",
        description="Messages are kept and wait.",
        places=SubscriptionPlace,
        answers={200: Subscription},
        errors=[SubscriptionStateWrong],
        examples={"answer": {"paused": PAUSED}},
        **FACTS,
    )
    def pause(self, call: Call) -> Subscription:
        """Keep messages until it is resumed."""
        found = find(call)
        found._partner_pause()
        return Subscription(**_facts(found))

    @operation(
        "POST",
        f"{ONE}/resume",
        summary="Resume a subscription",
        description="What waited is sent first, in its order.",
        places=SubscriptionPlace,
        answers={200: Subscription},
        errors=[SubscriptionStateWrong],
        examples={"answer": {"active": SUBSCRIPTION}},
        **FACTS,
    )
    def resume(self, call: Call) -> Subscription:
        """Send again."""
        found = find(call)
        found._partner_resume()
        return Subscription(**_facts(found))

    @operation(
        "POST",
        f"{ONE}/rotate-secret",
        summary="Change the secret",
        description="The answer holds the new secret. Nothing else ever shows it; the "
        "same request with the same `Idempotency-Key` gets the same answer for 24 "
        "hours.",
        places=SubscriptionPlace,
        body=RotationRequest,
        answers={200: SubscriptionWithSecret},
        examples={"body": {"a day": ROTATION}, "answer": {"changed": WITH_SECRET}},
        idempotent=True,
        secret_answer=True,
        **FACTS,
    )
    def rotate(self, call: Call) -> SubscriptionWithSecret:
        """Make a new secret; the old one signs beside it for a while."""
        found = find(call)
        secret = found.sudo()._renew_secret(call.body.overlap_s)
        return SubscriptionWithSecret(**_facts(found), secret=secret)


def _facts(subscription: Records) -> dict:
    record = subscription.sudo()
    return {
        "id": record.uuid,
        "name": record.name,
        "url": record.url or None,
        "topics": sorted(record.topic_ids.mapped("name")),
        "status": record.state,
        "reason": record.state_reason or None,
        "delivering": record._is_served(),
        "signature_scheme": record.backend_id.signature_scheme_id.code,
        "last_success_at": _moment(record.last_success_at),
        "failing_since": _moment(record.failing_since_at),
    }


def _moment(value: object) -> str | None:
    return to_rfc3339(value) if value else None
