"""Vendors' own webhooks: signed by hand as the vendor does, worked to the effect.

The order of ``shopify_order`` is written here; the one that Shopify publishes is read
from ``../shared`` beside the repository, where that exists.
"""

import base64
import hashlib
import hmac
import json
from pathlib import Path

from odoo.tests import tagged

from . import factories as make
from .common_http import GatewayCase

SECRET = "hush, hush"
#: Longer than an index takes, and not to be compressed into it either.
NOISE = "".join(hashlib.sha512(bytes([n])).hexdigest() for n in range(60))
SHARED_ORDER = Path(__file__).parents[3] / "shared/data/shopify/order.json"


def vat(price: str) -> list[dict]:
    """Return the tax of a line."""
    return [{"title": "VAT", "price": price, "rate": 0.21, "channel_liable": False}]


MUG = {
    "id": 1,
    "sku": "MUG",
    "name": "Mug",
    "quantity": 2,
    "price": "12.50",
    "taxable": True,
    "discount_allocations": [{"amount": "2.50"}],
    "tax_lines": vat("4.73"),
}
POSTER = {
    "id": 2,
    "sku": "POSTER",
    "name": "Poster",
    "quantity": 1,
    "price": "20.00",
    "taxable": True,
    "tax_lines": vat("4.20"),
}
SHIPPING = {"code": "std", "title": "Std", "price": "4.95", "tax_lines": vat("1.04")}


def shopify_order(**values: object) -> dict:
    """Return an order with a discount, shipping and three taxes, as it is sent."""
    return {
        "id": 5726128734520,
        "name": "#1042",
        "created_at": "2026-11-20T23:30:00-05:00",
        "updated_at": "2026-11-20T23:30:01-05:00",
        "currency": "EUR",
        "financial_status": "paid",
        "payment_gateway_names": ["shopify_payments"],
        "email": "Ada@Example.com",
        "customer": {"id": 207119551, "email": "ada@example.com"},
        "source_name": "web",
        "taxes_included": False,
        "test": False,
        "total_discounts": "2.50",
        "subtotal_price": "42.50",
        "total_tax": "9.97",
        "total_price": "57.42",
        "total_outstanding": "0.00",
        "line_items": [dict(MUG), dict(POSTER)],
        "shipping_lines": [dict(SHIPPING)],
        **values,
    }


class WebhookCase(GatewayCase):
    """A webshop at the door of the backend ``webshop``."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        make.make_product(cls.env, "POSTER")
        make.make_tax_map(cls.env, "VAT 0.21")
        make.make_store(cls.env, "web", tz="America/New_York")
        cls.shop = make.make_backend(
            cls.env,
            "webshop",
            SECRET,
            connector="retail.connector.shopify",
            signature_scheme_id=cls.env.ref(
                "retail_integration_base.scheme_shopify"
            ).id,
            external_store_code="web",
        )

    def deliver(self, body: object, **headers: str) -> object:
        """Post ``body`` as the shop does; underscores in header names are hyphens."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        mac = hmac.new(SECRET.encode(), raw, hashlib.sha256).digest()
        sent = {
            "X-Shopify-Topic": "orders/create",
            "X-Shopify-Hmac-Sha256": base64.b64encode(mac).decode(),
            "X-Shopify-Event-Id": "event-1",
            "X-Shopify-Webhook-Id": "delivery-1",
            "X-Shopify-Shop-Domain": "demo.example",
            "X-Shopify-Triggered-At": "2026-11-21T04:30:02.123456789Z",
        }
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.post("webshop/webhook", raw, sent)


@tagged("post_install", "-at_install")
class TestShopifyWebhook(WebhookCase):
    def test_order_becomes_a_transaction(self):
        response = self.deliver(shopify_order())
        self.assertEqual(response.status_code, 202)
        self.assertEqual(response.json()["id"], "orders/create:5726128734520")
        event = self.stored(self.shop)
        self.assertEqual(event.topic_id.name, "retail.order.placed.v1")
        self.assertEqual(event.transport, "webhook")
        self.assertEqual(event.partition_key, "order:webshop/5726128734520")
        self.work(self.shop)
        self.assertEqual(event.state, "done", event.error_message)
        sale = event.transaction_ids
        self.assertEqual(sale.ref, "#1042")
        self.assertEqual(sale.external_ref, "5726128734520")
        self.assertEqual(sale.store_id.code, "web")
        self.assertEqual(sale.channel, "web")
        self.assertEqual(sale.currency_id.name, "EUR")
        self.assertEqual(
            [sale.amount_subtotal, sale.amount_shipping, sale.amount_tax],
            [42.50, 4.95, 9.97],
        )
        self.assertEqual(sale.amount_total, 57.42)
        self.assertEqual(sale.line_ids.mapped("kind"), ["item", "item", "shipping"])
        self.assertEqual(
            sale.line_ids.product_id.mapped("default_code"), ["MUG", "POSTER"]
        )
        self.assertEqual(set(sale.line_ids.mapped("tax_codes")), {"VAT-VAT 0.21"})
        self.assertEqual(sale.tender_ids.mapped("external_type"), ["shopify_payments"])
        self.assertEqual(sale.identity_id.kind, "external")

    def test_store_decides_the_business_date_of_an_order(self):
        self.deliver(shopify_order())
        self.work(self.shop)
        sale = self.stored(self.shop).transaction_ids
        self.assertEqual(str(sale.business_date), "2026-11-20")
        self.assertEqual(str(sale.occurred_at), "2026-11-21 04:30:00")

    def test_event_delivered_again_is_a_duplicate(self):
        self.deliver(shopify_order())
        self.work(self.shop)
        response = self.deliver(shopify_order(), X_Shopify_Webhook_Id="delivery-2")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json()["status"], "duplicate")
        self.assertEqual(self.work(self.shop), 0)
        self.assertEqual(len(self.stored(self.shop)), 1)

    def test_event_delivered_again_with_other_content_is_a_conflict(self):
        self.deliver(shopify_order())
        response = self.deliver(shopify_order(name="#1043"))
        self.assertProblem(response, 409, "RET-1301")
        self.assertEqual(self.stored(self.shop).exception_ids.code, "RET-1301")

    def test_same_order_under_two_events_is_recorded_once(self):
        self.deliver(shopify_order())
        again = self.deliver(shopify_order(), X_Shopify_Event_Id="event-2")
        self.assertEqual(again.json()["status"], "duplicate")
        self.work(self.shop)
        events = self.stored(self.shop)
        self.assertEqual(events.mapped("state"), ["done"])
        self.assertEqual(len(events.transaction_ids), 1)

    def test_unknown_topic_is_refused(self):
        for topic in ("orders/exploded", "", "x" * 500):
            with self.subTest(topic):
                response = self.deliver(shopify_order(), X_Shopify_Topic=topic)
                self.assertProblem(response, 422, "RET-1105")
        self.assertFalse(self.stored(self.shop))

    def test_tampered_body_is_refused(self):
        raw = json.dumps(shopify_order()).encode()
        mac = hmac.new(SECRET.encode(), raw, hashlib.sha256).digest()
        response = self.deliver(
            raw.replace(b"57.42", b"07.42"),
            X_Shopify_Hmac_Sha256=base64.b64encode(mac).decode(),
        )
        self.assertProblem(response, 401, "RET-1001")
        self.assertFalse(self.stored(self.shop))

    def test_hostile_body_with_a_right_signature_never_breaks_the_door(self):
        for body in (
            [],
            [{}],
            None,
            5,
            "order",
            {},
            {"order": 5},
            {"order": []},
            {"order": None},
            {"id": None},
            {"id": {"a": 1}},
            {"id": "x" * 5000},
            {"line_items": "none"},
            b'{"id": NaN}',
            b"{",
            b"",
        ):
            with self.subTest(body):
                response = self.post_hostile(body)
                self.assertIn(response.status_code, (202, 400, 422), response.text)
                if response.status_code != 202:
                    self.assertProblem(response, response.status_code)

    def post_hostile(self, body: object) -> object:
        digest = hashlib.sha256(repr(body).encode()).hexdigest()
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        mac = hmac.new(SECRET.encode(), raw, hashlib.sha256).digest()
        headers = {
            "X-Shopify-Topic": "orders/create",
            "X-Shopify-Hmac-Sha256": base64.b64encode(mac).decode(),
            "X-Shopify-Event-Id": digest,
        }
        return self.post("webshop/webhook", raw, headers, method="POST")

    def test_hostile_ids_in_headers_never_break_the_door(self):
        for headers in (
            {"X_Shopify_Event_Id": NOISE},
            {"X_Shopify_Event_Id": None, "X_Shopify_Webhook_Id": NOISE},
            {"X_Shopify_Event_Id": None, "Shopify_Event_Id": NOISE},
            {"X_Shopify_Triggered_At": "soon"},
            {"X_Shopify_Triggered_At": "0001-01-01T00:00:00+14:00"},
            {"X_Shopify_Shop_Domain": NOISE},
        ):
            with self.subTest(list(headers)):
                response = self.deliver(shopify_order(), **headers)
                self.assertLess(response.status_code, 500, response.text)

    def test_order_with_an_endless_id_does_not_stop_its_lane(self):
        self.deliver(shopify_order(id=NOISE, line_items=[]))
        self.deliver(shopify_order(), X_Shopify_Event_Id="event-2")
        self.work(self.shop)
        self.assertIn("done", self.stored(self.shop).mapped("state"))

    def test_order_that_cannot_be_translated_waits_for_a_person(self):
        self.shop.engineer_id = self.env.ref("base.user_admin")
        order = shopify_order()
        del order["line_items"][1]["price"]
        self.assertEqual(self.deliver(order).status_code, 202)
        self.work(self.shop)
        event = self.stored(self.shop)
        self.assertEqual(event.state, "dead")
        self.assertEqual(event.exception_ids.code, "RET-1104")
        self.assertIn("/line_items/1/price", event.error_message)
        self.assertEqual(event.exception_ids.user_id, self.shop.engineer_id)


@tagged("post_install", "-at_install")
class TestPublishedShopifyOrder(WebhookCase):
    def setUp(self):
        super().setUp()
        if not SHARED_ORDER.exists():
            self.skipTest("../shared/data/shopify/order.json is not beside the project")
        self.body = json.loads(SHARED_ORDER.read_text())
        self.env.ref("base.USD").active = True
        make.make_tax_map(self.env, "State Tax 0.06", valid_from="2000-01-01")
        for colour in ("GREEN", "RED", "BLACK"):
            make.make_product(self.env, f"IPOD2008{colour}")

    def test_its_sums_contradict_each_other_so_nothing_is_booked(self):
        self.assertEqual(self.deliver(SHARED_ORDER.read_bytes()).status_code, 202)
        self.work(self.shop)
        event = self.stored(self.shop)
        self.assertEqual(event.state, "dead")
        self.assertEqual(event.exception_ids.code, "RET-1201")
        self.assertIn("597.00", event.exception_ids.cause)
        self.assertIn("398.00", event.exception_ids.cause)
        self.assertFalse(event.transaction_ids)

    def test_without_its_third_line_it_is_recorded(self):
        del self.body["order"]["line_items"][2]
        self.assertEqual(self.deliver(self.body).status_code, 202)
        self.work(self.shop)
        event = self.stored(self.shop)
        self.assertEqual(event.state, "done", event.error_message)
        sale = event.transaction_ids
        self.assertEqual(sale.amount_total, 409.94)
        self.assertEqual(sale.currency_id.name, "USD")
        self.assertEqual(sale.amount_tax, 11.94)
        self.assertEqual(sum(sale.line_ids.mapped("amount_tax")), 11.94)
