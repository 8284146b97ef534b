"""The retailer of the demo: company, stores, products, maps, people, partners.

Idempotent: it runs before every story, on an empty database and on one that has seen
many days. Runs inside Odoo's shell (``seed_script``); the partners' systems are in
``seed_backends``.
"""

from __future__ import annotations

from typing import Any

from tests.simulators.catalogue import CATALOGUE
from tests.simulators.receipts import customer_document

from . import seed_backends, seed_books, seed_loyalty
from .records import ensure
from .setting import (
    FINANCE,
    KNOWN_CUSTOMERS,
    OPERATOR,
    PLAYS_PARAMETER,
    STORES,
    TIME_ZONE,
    WEBSHOP,
)

TAXES = {
    "V21": "VAT-21",
    "V6": "VAT-6",
    # Webshops name a tax by title and rate, tills by a code.
    "VAT 21% 0.21": "VAT-21",
    "VAT 6% 0.06": "VAT-6",
}
TENDERS = {"card": "card", "cash": "cash", "card_gateway": "card_online"}
VALID_FROM = "2020-01-01"
#: A small shop with strict finance.
FOUR_EYES_AMOUNT = 1


def seed(env: Any) -> dict[str, Any]:
    """Create what is missing; return the demo's backends for access.json."""
    _seed_company(env)
    people = _seed_people(env)
    _seed_stores(env)
    _seed_products(env)
    _seed_maps(env)
    _seed_customers(env)
    _seed_categories(env)
    play = _count_play(env)
    backends = seed_backends.seed(env, people)
    seed_loyalty.seed(env, play)
    seed_books.seed(env)
    return backends


def _seed_company(env: Any) -> None:
    for name in ("EUR", "USD"):
        env.ref(f"base.{name}").active = True
    company = env.company
    wanted = {
        "name": "Acme Retail",
        "country_id": env.ref("base.be").id,
        "currency_id": env.ref("base.EUR").id,
    }
    if company.name != wanted["name"]:
        company.write(wanted)


def _seed_people(env: Any) -> dict[str, Any]:
    """Return the users by login; they are roles, and their password is their login."""
    admin = env.ref("base.user_admin")
    # Nobody reads mail in a demo: notifications stay on the screen.
    admin.write(
        {
            "notification_type": "inbox",
            "tz": TIME_ZONE,
            "group_ids": [(4, env.ref("queue_job.group_queue_job_manager").id)],
        }
    )
    people = {"admin": admin}
    for login, name, group in (
        (OPERATOR, "Operator", "group_operator"),
        (FINANCE, "Finance", "group_finance"),
    ):
        people[login] = ensure(
            env(context={**env.context, "no_reset_password": True}),
            "res.users",
            {"login": login},
            {
                "name": name,
                "password": login,
                "notification_type": "inbox",
                "tz": TIME_ZONE,
                "group_ids": [(4, env.ref(f"retail_integration_base.{group}").id)],
            },
        )
    return people


def _seed_categories(env: Any) -> None:
    """Let every wrong sum of the demo be worth a second person."""
    category = env.ref("retail_integration_base.exception_category_amount")
    category.write({"four_eyes": "above", "four_eyes_amount": FOUR_EYES_AMOUNT})


def _seed_stores(env: Any) -> None:
    for code, name in {**STORES, WEBSHOP: "Webshop"}.items():
        ensure(env, "retail.store", {"code": code}, {"name": name, "tz": TIME_ZONE})


def _seed_products(env: Any) -> None:
    for item in CATALOGUE:
        ensure(
            env,
            "product.product",
            {"default_code": item.sku},
            {
                "name": item.description,
                "barcode": item.gtin,
                "list_price": float(item.price),
            },
        )


def _seed_maps(env: Any) -> None:
    for kind, values in (("tax", TAXES), ("tender", TENDERS)):
        for external, internal in values.items():
            ensure(
                env,
                "retail.value.map",
                {"kind": kind, "external_value": external, "backend_id": False},
                {
                    "internal_value": internal,
                    "valid_from": VALID_FROM,
                    "state": "approved",
                },
            )


def _seed_customers(env: Any) -> None:
    """Make a few of the customers known whom the tills and the shop will name."""
    for number in KNOWN_CUSTOMERS:
        keys = customer_document(number)
        partner = ensure(
            env,
            "res.partner",
            {"ref": keys["loyalty_id"]},
            {"name": f"Customer {keys['loyalty_id']}", "email": keys.get("email")},
        )
        # Not by phone: the numbers that may be made up are not in anybody's use, so
        # none of them is a phone number to Odoo.
        for name, kind in {"loyalty_id": "loyalty", "email": "email"}.items():
            if name in keys:
                identity = ensure(
                    env, "retail.identity", {"kind": kind, "value": keys[name]}, {}
                )
                identity.partner_id = partner


def _count_play(env: Any) -> int:
    """Number this day: tills and shop go on counting where the last one ended."""
    parameters = env["ir.config_parameter"].sudo()
    plays = int(parameters.get_param(PLAYS_PARAMETER, "0")) + 1
    parameters.set_param(PLAYS_PARAMETER, str(plays))
    return plays
