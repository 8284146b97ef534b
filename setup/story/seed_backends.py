"""The systems around the demo's retailer: tills, a webshop, two subscribers.

Each gets a secret for what it sends, a secret for what it is sent, and an API key.
Secrets survive a restart of the demo; a key is shown once, so each start issues a new
one. Runs inside Odoo's shell, called by ``seed``.
"""

from __future__ import annotations

import base64
import secrets
from typing import Any

from odoo.tools import config

from .setting import (
    ANALYTICS,
    FINANCE,
    LOYALTY,
    OLD_SKU,
    OPERATOR,
    PARTNER_PORTS,
    SHOP,
    TILLS,
    WEBSHOP,
)

KEY_NAME = "Demo"
#: What a key may do beyond sending events.
SCOPES = {
    TILLS: ("events:write", "loyalty:read", "loyalty:enrol", "loyalty:redeem"),
}
SCHEME_OF = {SHOP: "shopify"}
SCHEME = "standard-webhooks"
SECRET_BYTES = 32
SUBSCRIPTION = "retail.transaction.recorded.v1"


def seed(env: Any, people: dict[str, Any]) -> dict[str, Any]:
    """Create the backends that are missing; return how to reach each of them."""
    base_url = f"http://localhost:{config['http_port']}"
    env["ir.config_parameter"].sudo().set_param("web.base.url", base_url)
    backends = {code: _ensure(env, people, code) for code in _values()}
    # The story's person maps this one; a day that is played again starts without.
    env["retail.external.id"].search(
        [("backend_id.code", "=", TILLS), ("external_id", "=", OLD_SKU)]
    ).unlink()
    return {code: _access(backend, base_url) for code, backend in backends.items()}


def _values() -> dict[str, dict[str, Any]]:
    """Return what makes each backend what it is."""
    subscriber = {
        "connector": "retail.connector.generic",
        "phase_events": True,
        # Short, so that the story shows in seconds what takes minutes in real life.
        "retry_base_s": 1,
        "retry_cap_s": 5,
        "breaker_open_s": 2,
        "timeout_connect_s": 2,
        "timeout_read_s": 5,
        "deadline_s": 10,
    }
    return {
        TILLS: {
            "name": "Tills, region North",
            "kind": "pos",
            "connector": "retail.connector.generic",
        },
        SHOP: {
            "name": "Webshop EU",
            "kind": "webshop",
            "connector": "retail.connector.shopify",
            "external_store_code": WEBSHOP,
        },
        ANALYTICS: {"name": "Insights", "kind": "analytics", **subscriber},
        LOYALTY: {"name": "Loyalty Lab", "kind": "loyalty", **subscriber},
    }


def _ensure(env: Any, people: dict[str, Any], code: str) -> Any:
    backend = env["retail.backend"].search([("code", "=", code)])
    if not backend:
        values = _values()[code]
        if code in PARTNER_PORTS:
            values["subscription_ids"] = [(0, 0, _subscription(env, code))]
            # The guard against calls into our own network has to know.
            values |= {"plain_http": True, "private_networks": "127.0.0.0/8"}
        backend = env["retail.backend"].create(
            {
                "code": code,
                "signature_scheme_id": _scheme(env, code).id,
                # Sums are finance's business, article numbers the operator's.
                "steward_id": people[FINANCE if code == SHOP else OPERATOR].id,
                "engineer_id": people["admin"].id,
                **values,
            }
        )
    for purpose in ("webhook_in", "webhook_out"):
        _ensure_secret(backend, purpose)
    if backend.state != "active":
        backend.action_activate()
    return backend


def _subscription(env: Any, code: str) -> dict[str, Any]:
    topic = env["retail.topic"].search([("name", "=", SUBSCRIPTION)])
    return {
        "name": "All sales",
        "url": f"http://127.0.0.1:{PARTNER_PORTS[code]}/events",
        "topic_ids": [(6, 0, topic.ids)],
    }


def _scheme(env: Any, code: str) -> Any:
    wanted = SCHEME_OF.get(code, SCHEME)
    return env["retail.signature.scheme"].search([("code", "=", wanted)])


def _ensure_secret(backend: Any, purpose: str) -> None:
    if _credential(backend, purpose):
        return
    random = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    form = backend.signature_scheme_id.secret_form
    backend.env["retail.credential"].create(
        {
            "backend_id": backend.id,
            "purpose": purpose,
            "secret": f"whsec_{random}" if form == "whsec_base64" else random,
        }
    )


def _credential(backend: Any, purpose: str) -> Any:
    return backend.credential_ids.filtered(
        lambda one: one.active and one.purpose == purpose
    )[:1]


def _access(backend: Any, base_url: str) -> dict[str, Any]:
    """Return what a client needs to be, or to stand in for, this partner."""
    keys = backend.env["retail.api.key"]
    keys.search([("backend_id", "=", backend.id), ("name", "=", KEY_NAME)]).unlink()
    _key, text = keys._issue(backend, KEY_NAME, *SCOPES.get(backend.code, ()))
    address = f"{base_url}/retail/v1/backends/{backend.code}"
    return {
        "code": backend.code,
        "name": backend.name,
        "connector": backend.connector,
        "signature_scheme": backend.signature_scheme_id.code,
        "webhook_secret": _clear(backend, "webhook_in"),
        "api_key": text,
        "events_url": f"{address}/events",
        "webhook_url": f"{address}/webhook",
        "delivery_secret": _clear(backend, "webhook_out"),
    }


def _clear(backend: Any, purpose: str) -> str:
    return _credential(backend, purpose)._reveal()[0].value
