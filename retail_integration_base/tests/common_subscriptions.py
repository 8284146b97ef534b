"""The case of subscriptions: one backend with two receivers, and what they heard.

Lives here: two partners on loopback and looking at what each of them got. Used by the
tests of subscriptions, in Odoo and through the API.
"""

import json
from datetime import timedelta

from odoo import fields

from . import factories as make
from .common import RetailCase
from .fakes import Partner


class SubscriptionCase(RetailCase):
    """The backend ``insights`` with a warehouse feed and an alarm feed."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.topic = cls.env.ref("retail_integration_base.topic_transaction_recorded_v1")

    def setUp(self):
        super().setUp()
        self.insights = make.make_backend(
            self.env,
            "insights",
            phase_events=True,
            lane_count=1,
            timeout_read_s=2,
            engineer_id=make.make_user(self.env, "engineer", "group_operator").id,
        )
        self.partner, self.feed = self.subscribe("Feed")
        self.other_partner, self.alarm = self.subscribe("Alarm")

    def subscribe(self, name: str, **values):
        partner = Partner()
        self.addCleanup(partner.stop)
        subscription = make.make_subscription(
            self.insights, partner.url, self.topic, name=name, **values
        )
        return partner, subscription

    def sell(self, *sequences: int, register: str = "3"):
        """Record a sale of one register for each number."""
        receipts = (
            make.make_receipt(sequence=sequence, register=register)
            for sequence in sequences
        )
        self.receive(*(make.make_event(receipt) for receipt in receipts))
        self.work()

    def deliver(self) -> None:
        self.work(self.insights, "out")

    def messages(self, subscription):
        return self.env["retail.outbox.event"].search(
            [("subscription_id", "=", subscription.id)], order="id"
        )

    def states(self, subscription) -> list[str]:
        return self.messages(subscription).mapped("state")

    def heard(self, partner: Partner) -> list[int]:
        return [
            json.loads(body)["data"]["sequence"] for _headers, body in partner.received
        ]

    def age_failure(self, subscription, **age) -> None:
        """Let the subscription have failed for so long already."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE retail_subscription SET failing_since_at = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(**age), subscription.id],
        )
        subscription.invalidate_recordset()

    def exceptions(self):
        return self.env["retail.exception"].search([("code", "=", "RET-1501")])
