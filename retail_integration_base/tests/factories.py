"""``make_*``: the smallest valid thing of each kind, plus what a test cares about.

Documents are plain dicts as they travel; amounts are computed from quantity, price and
tax so that the sums hold unless a test breaks them on purpose.
"""

import json
from decimal import Decimal
from itertools import count
from typing import Any

from odoo.api import Environment
from odoo.models import BaseModel

from ..tools.money import format_amount, quantize

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
_numbers = count(1)


def make_store(env: Environment, code: str = "12", **values: Any) -> BaseModel:
    """Return a store of the current company."""
    return env["retail.store"].create(
        {"code": code, "name": f"Store {code}", "tz": "Europe/Brussels", **values}
    )


def make_product(env: Environment, sku: str, **values: Any) -> BaseModel:
    """Return a product with that SKU."""
    return env["product.product"].create(
        {"name": sku.title(), "default_code": sku, **values}
    )


def make_user(env: Environment, login: str, *groups: str, **values: Any) -> BaseModel:
    """Return an internal user with groups of this module (or full external ids)."""
    ids = ["base.group_user"]
    ids += [g if "." in g else f"retail_integration_base.{g}" for g in groups]
    return (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            {
                "name": login.title(),
                "login": login,
                "group_ids": [(6, 0, [env.ref(xmlid).id for xmlid in ids])],
                **values,
            }
        )
    )


def make_backend(
    env: Environment,
    code: str,
    secret: str = SECRET,
    *,
    event_url: str | None = None,
    subscribed_topic_ids: list | None = None,
    **values: Any,
) -> BaseModel:
    """Return an active backend that verifies and signs with ``secret``.

    :param event_url: gives it a subscription to that address, for
        ``subscribed_topic_ids`` (commands).
    """
    if event_url:
        subscription = {"url": event_url, "topic_ids": subscribed_topic_ids or []}
        values["subscription_ids"] = [(0, 0, subscription)]
    scheme = env.ref("retail_integration_base.scheme_standard_webhooks")
    return env["retail.backend"].create(
        {
            "name": code.title(),
            "code": code,
            "state": "active",
            "signature_scheme_id": scheme.id,
            # Partners of tests listen on this machine.
            "plain_http": True,
            "private_networks": "127.0.0.0/8",
            "credential_ids": [
                (0, 0, {"purpose": purpose, "secret": secret})
                for purpose in ("webhook_in", "webhook_out")
            ],
            **values,
        }
    )


def make_subscription(
    backend: BaseModel, url: str, *topics: BaseModel, **values: Any
) -> BaseModel:
    """Return a subscription of ``backend`` to those topics."""
    ids = [topic.id for topic in topics]
    return backend.env["retail.subscription"].create(
        {
            "backend_id": backend.id,
            "url": url,
            "topic_ids": [(6, 0, ids)],
            **values,
        }
    )


def make_tax_map(env: Environment, code: str = "V21", **values: Any) -> BaseModel:
    """Return the map that makes the tax ``code`` known."""
    return env["retail.value.map"].create(
        {
            "kind": "tax",
            "external_value": code,
            "internal_value": f"VAT-{code}",
            "valid_from": "2020-01-01",
            "state": "approved",
            **values,
        }
    )


def line(
    sku: str = "MUG", qty: str = "1", price: str = "10.00", rate: str = "0.21"
) -> dict[str, Any]:
    """Return a receipt line; the tax comes on top of the price."""
    net = quantize(Decimal(qty) * Decimal(price), 2)
    tax = quantize(net * Decimal(rate), 2)
    return {
        "sku": sku,
        "qty": qty,
        "unit_price": price,
        "taxes": [{"code": "V21", "rate": rate, "amount": format_amount(tax, 2)}],
        "total": format_amount(net + tax, 2),
    }


def make_receipt(
    lines: list[dict] | None = None, sequence: int | None = None, **values: Any
) -> dict[str, Any]:
    """Return the document of a receipt that was paid by card."""
    lines = lines or [line()]
    tax = sum(Decimal(one["taxes"][0]["amount"]) for one in lines)
    grand = sum(Decimal(one["total"]) for one in lines)
    return {
        "store": "12",
        "register": "3",
        "sequence": next(_numbers) if sequence is None else sequence,
        "business_date": "2026-11-20",
        "type": "sale",
        "currency": "EUR",
        "ended_at": "2026-11-20T10:31:02Z",
        "lines": [{"n": n, **one} for n, one in enumerate(lines, start=1)],
        "tenders": [{"type": "card", "amount": format_amount(grand, 2)}],
        "totals": {
            "subtotal": format_amount(grand - tax, 2),
            "tax": format_amount(tax, 2),
            "grand": format_amount(grand, 2),
        },
        **values,
    }


def make_order(
    lines: list[dict] | None = None, external_id: str | None = None, **values: Any
) -> dict[str, Any]:
    """Return the document of a web order that is not paid yet."""
    lines = lines or [line()]
    external_id = external_id or str(5_000_000 + next(_numbers))
    tax = sum(Decimal(one["taxes"][0]["amount"]) for one in lines)
    grand = sum(Decimal(one["total"]) for one in lines)
    return {
        "order": {
            "ref": f"#{external_id}",
            "external_id": external_id,
            "channel": "web",
            "store": "12",
            "placed_at": "2026-11-20T10:31:02Z",
            "currency": "EUR",
            "lines": [{"id": f"li_{n}", **one} for n, one in enumerate(lines, start=1)],
            "totals": {
                "subtotal": format_amount(grand - tax, 2),
                "tax": format_amount(tax, 2),
                "grand": format_amount(grand, 2),
            },
            **values,
        }
    }


def make_event(
    data: dict | None = None,
    event_id: str | None = None,
    topic: str = "retail.pos.receipt.v1",
    **values: Any,
) -> dict[str, Any]:
    """Return the envelope around ``data`` (a receipt unless given)."""
    return {
        "specversion": "1.0",
        "id": event_id or f"evt-{next(_numbers)}",
        "source": "pos/test",
        "type": topic,
        "data": make_receipt() if data is None else data,
        **values,
    }


def as_body(*events: dict) -> bytes:
    """Return one event, or a list of several, as request body."""
    return json.dumps(events[0] if len(events) == 1 else list(events)).encode()
