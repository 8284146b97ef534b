"""Whatever moves points is told to who subscribed, once and in order (R21)."""

from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests import factories as base_make
from odoo.addons.retail_integration_base.tools import strict_json

from ..schemas.entry_posted import TOPIC, EntriesPosted
from . import factories as make
from .common_sales import SalesCase, line


@tagged("post_install", "-at_install")
class TestAnnouncements(SalesCase):
    def subscribe(self, backend: object = None) -> None:
        topic = self.env.ref("retail_loyalty_connector.topic_entry_posted_v1")
        backend = backend or self.backend
        backend.phase_events = True
        base_make.make_subscription(backend, "http://127.0.0.1:9/", topic)
        self.env.flush_all()

    def told(self) -> list[dict]:
        """Return the documents of all messages so far, checked by their schema."""
        self.env.flush_all()
        self.env["retail.loyalty.announcement"]._tell(self.program.id)
        messages = self.env["retail.outbox.event"].search(
            [("topic_id.name", "=", TOPIC)], order="id"
        )
        found = [strict_json.loads(one.payload.encode())["data"] for one in messages]
        for document in found:
            EntriesPosted.model_validate(document)
        return found

    def movements(self) -> list[dict]:
        return [one for document in self.told() for one in document["movements"]]

    def test_nothing_is_kept_while_nobody_subscribes(self):
        self.give(10)
        self.reserve(5)
        self.assertFalse(self.env["retail.loyalty.announcement"].search_count([]))

    def test_each_way_of_moving_points_is_told_once_and_in_order(self):
        self.subscribe()
        earned = self.give(100, expires_at=make.after(self.ledger._now(), days=1))
        kept = self.reserve(30)
        self.capture(kept, 20)
        self.ledger._void(self.reserve(10).uuid)
        self.reserve(10, ttl_s=1)
        self.reverse(earned, 5)
        with self.later(days=2):
            self.ledger._expire_holds()
            self.ledger._expire_lots()
        seen = self.movements()
        self.assertEqual(
            [(one["change"], one["points"]) for one in seen],
            [
                ("posted", 100),
                ("held", 30),
                ("captured", -20),
                ("held", 10),
                ("voided", 10),
                ("held", 10),
                ("reversed", -5),
                ("lapsed", 10),
                ("expired", -75),
            ],
        )
        self.assertEqual(seen[2]["hold"], kept.uuid)
        self.assertEqual(seen[6]["reverses"], earned.uuid)
        self.assertEqual(seen[-1]["balance"], 0)
        self.assertEqual(len(self.movements()), len(seen))
        self.assertFalse(self.env["retail.loyalty.announcement"].search_count([]))

    def test_sale_is_named_and_each_subscriber_told(self):
        self.subscribe()
        other = base_make.make_backend(self.env, "analytics")
        self.subscribe(other)
        sale = self.sell(line("10.00"))
        mine, theirs = self.told()
        self.assertEqual(mine, theirs)
        [moved] = mine["movements"]
        self.assertEqual((moved["transaction"], moved["store"]), (sale.uuid, "12"))
        self.assertEqual(moved["member"], self.member.uuid)

    def test_many_movements_are_few_messages(self):
        self.subscribe()
        self.ledger._post([make.accrual(self.account, 1) for _n in range(250)])
        told = self.told()
        self.assertEqual([len(one["movements"]) for one in told], [100, 100, 50])
        numbers = [m["number"] for one in told for m in one["movements"]]
        self.assertEqual(numbers, list(range(1, 251)))

    def test_program_of_a_group_tells_subscribers_of_every_company(self):
        company = self.env["res.company"].create({"name": "Far"})
        far = base_make.make_backend(self.env, "far", company_id=company.id)
        self.subscribe()
        self.subscribe(far)
        group = make.make_program(self.env, company_id=False)
        account = make.make_member(self.env, group)._account()
        self.give(7, account)
        self.program = group
        self.assertEqual(len(self.told()), 2)
