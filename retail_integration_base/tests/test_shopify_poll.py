"""An order that was pushed and one that was fetched are the same message.

What is fetched is written here as the list's translation gives it; reading the list
itself is tested with a simulated shop (``tests/repo/unit``, ``tests/e2e``).
"""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..tools.errors import ConfigurationError
from ..tools.paging import PageQuery
from .test_webhooks import WebhookCase, shopify_order

#: The order was paid since its webhook, and the list writes times in UTC.
LATER = {
    "created_at": "2026-11-21T04:30:00Z",
    "updated_at": "2026-11-22T08:00:00Z",
    "financial_status": "paid",
    "total_outstanding": "0.00",
}


@tagged("post_install", "-at_install")
class TestShopifyPoll(WebhookCase):
    def fetch(self, *orders: dict) -> dict[str, int]:
        """Store orders as a sync job does; return the verdicts."""
        gateway = self.env["retail.gateway"]
        polled = gateway._store_polled(
            gateway._get_door(self.shop.id), "orders", list(orders)
        )
        self.assertFalse(polled.refusals)
        return {verdict: n for verdict, n in polled.verdicts.items() if n}

    def sales(self):
        self.work(self.shop)
        return self.stored(self.shop).transaction_ids

    def test_order_that_was_pushed_is_known_when_it_is_fetched(self):
        self.deliver(shopify_order(financial_status="pending"))
        self.assertEqual(self.fetch(shopify_order(**LATER)), {"duplicate": 1})
        self.assertEqual(len(self.sales()), 1)
        self.assertFalse(self.stored(self.shop).exception_ids)

    def test_order_that_was_fetched_is_known_when_its_webhook_comes_late(self):
        self.assertEqual(self.fetch(shopify_order(**LATER)), {"accepted": 1})
        self.assertEqual(self.sales().ref, "#1042")
        late = self.deliver(shopify_order(financial_status="pending"))
        self.assertEqual(late.json()["status"], "duplicate")
        self.assertEqual(len(self.sales()), 1)

    def test_order_with_something_that_is_never_stored_is_known_all_the_same(self):
        pushed = shopify_order(token="5d1c2a", note="to the back door")
        self.deliver(pushed)
        self.assertNotIn("5d1c2a", self.stored(self.shop).payload)
        self.assertEqual(
            self.fetch(shopify_order(**LATER, token="9e07b3", note="paid")),
            {"duplicate": 1},
        )

    def test_what_was_pushed_twice_has_to_say_the_same(self):
        self.assertEqual(self.deliver(shopify_order(token="a")).status_code, 202)
        self.assertEqual(self.deliver(shopify_order(token="b")).status_code, 200)
        altered = self.deliver(shopify_order(total_price="0.01", token="a"))
        self.assertEqual(altered.status_code, 409, altered.text)

    def test_order_is_known_after_its_contents_were_erased(self):
        self.deliver(shopify_order())
        self.stored(self.shop).sudo().payload = False
        self.assertEqual(self.fetch(shopify_order(**LATER)), {"duplicate": 1})

    def test_other_order_under_a_known_id_is_a_conflict(self):
        self.fetch(shopify_order())
        self.assertEqual(self.fetch(shopify_order(name="#77")), {"conflict": 1})
        self.assertEqual(self.stored(self.shop).exception_ids.code, "RET-1301")

    def test_shop_can_be_polled_for_its_orders_only(self):
        self.shop.api_url = "http://127.0.0.1:9/admin/api/2026-10"
        job = {"name": "Catch up", "backend_id": self.shop.id}
        self.env["retail.sync.job"].create({**job, "resource": "orders"})
        with self.assertRaises(ValidationError):
            self.env["retail.sync.job"].create({**job, "resource": ""})
        connector = self.shop._connector()
        with self.assertRaisesRegex(ConfigurationError, "customers"):
            connector._fetch_page(self.shop, PageQuery("customers"))
