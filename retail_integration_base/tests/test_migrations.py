"""Databases of earlier versions: what they hold is there after the upgrade."""

from pathlib import Path

from odoo.modules import get_module_path
from odoo.modules.migration import load_script
from odoo.tests import tagged

from . import factories as make
from .common import RetailCase

MODULE = "retail_integration_base"


def script(name: str):
    """Return the migration script of that path below ``migrations``."""
    path = Path(get_module_path(MODULE), "migrations", name)
    return load_script(str(path), path.stem)


@tagged("post_install", "-at_install")
class TestSubscriptionMigration(RetailCase):
    """19.0.1.1.0: a backend's event address becomes its first subscription."""

    def setUp(self):
        super().setUp()
        self.topic = self.env.ref(f"{MODULE}.topic_transaction_recorded_v1")
        self.subscriber = make.make_backend(
            self.env,
            "insights",
            event_url="https://a.example/events",
            subscribed_topic_ids=[(6, 0, self.topic.ids)],
            phase_events=True,
        )
        self.receive(make.make_event())
        self.work()
        self.message = self.env["retail.outbox.event"].search(
            [("backend_id", "=", self.subscriber.id)]
        )
        self.env.flush_all()
        self.go_back()
        self.env.invalidate_all()

    def go_back(self) -> None:
        """Give the tables the form that they had before."""
        self.env.cr.execute(
            """ALTER TABLE retail_outbox_event ALTER subscription_id DROP NOT NULL;
               UPDATE retail_outbox_event SET subscription_id = NULL;
               UPDATE retail_lane SET subscription_id = NULL;
               ALTER TABLE retail_backend ADD COLUMN IF NOT EXISTS event_url varchar;
               DROP TABLE IF EXISTS retail_backend_retail_topic_rel;
               CREATE TABLE retail_backend_retail_topic_rel
                      (retail_backend_id integer, retail_topic_id integer);
               DELETE FROM retail_subscription"""
        )
        self.env.cr.execute(
            "UPDATE retail_backend SET event_url = %s WHERE id = %s",
            ["https://a.example/events", self.subscriber.id],
        )
        self.env.cr.execute(
            "INSERT INTO retail_backend_retail_topic_rel VALUES (%s, %s)",
            [self.subscriber.id, self.topic.id],
        )

    def test_address_topics_lanes_and_messages_are_those_of_before(self):
        lane = self.message.lane_id
        for _twice in range(2):
            script("19.0.1.1.0/post-subscriptions.py").migrate(
                self.env.cr, "19.0.1.0.0"
            )
        self.env.invalidate_all()
        (subscription,) = self.subscriber.subscription_ids
        self.assertEqual(subscription.url, "https://a.example/events")
        self.assertEqual(subscription.topic_ids, self.topic)
        self.assertEqual(subscription.state, "active")
        self.assertEqual(subscription.message_seed, "insights")
        self.assertEqual(self.message.subscription_id, subscription)
        self.assertEqual(self.message.lane_id, lane)
        self.assertIn(lane, subscription.lane_ids)
        self.assertEqual(len(subscription.lane_ids), self.subscriber.lane_count)

    def test_backend_that_lost_its_address_keeps_its_messages_and_sends_none(self):
        self.env.cr.execute("UPDATE retail_backend SET event_url = NULL")
        script("19.0.1.1.0/post-subscriptions.py").migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual(self.message.subscription_id.state, "disabled")
        self.assertEqual(self.work(self.subscriber, "out"), 0)

    def test_new_installation_is_left_alone(self):
        script("19.0.1.1.0/post-subscriptions.py").migrate(self.env.cr, None)
        self.assertFalse(self.subscriber.subscription_ids)


@tagged("post_install", "-at_install")
class TestValueMapMigration(RetailCase):
    """19.0.1.2.0: maps in use are approved, and one holds a day."""

    def setUp(self):
        super().setUp()
        self.env.flush_all()
        self.env.cr.execute(
            """DELETE FROM retail_value_map;
               ALTER TABLE retail_value_map
                     DROP CONSTRAINT retail_value_map_in_force_excl;
               ALTER TABLE retail_value_map DROP COLUMN state CASCADE"""
        )

    def insert(self, value: str, start: str, until: str | None, **values) -> None:
        row = {
            "company_id": self.env.company.id,
            "kind": "tax",
            "external_value": "V21",
            "internal_value": value,
            "valid_from": start,
            "valid_until": until,
            "active": True,
            **values,
        }
        self.env.cr.execute(
            f"INSERT INTO retail_value_map ({', '.join(row)}) VALUES %s",
            [tuple(row.values())],
        )

    def migrate(self) -> list[tuple]:
        """Run the script twice, put the constraint back; return what holds."""
        for _twice in range(2):
            script("19.0.1.2.0/pre-value_maps.py").migrate(self.env.cr, "19.0.1.1.0")
        self.env["retail.value.map"]._in_force_excl.apply_to_database(
            self.env["retail.value.map"]
        )
        self.env.invalidate_all()
        self.env.cr.execute(
            "SELECT internal_value, valid_from::text, valid_until::text, state"
            " FROM retail_value_map WHERE active ORDER BY valid_from"
        )
        return self.env.cr.fetchall()

    def test_later_map_counted_and_the_earlier_one_again_after_it(self):
        self.insert("old", "2020-01-01", None)
        self.insert("summer", "2026-07-01", "2026-08-31")
        self.insert("elsewhere", "2026-07-01", None, backend_id=self.backend.id)
        self.insert("gone", "2026-07-15", None, active=False)
        held = self.migrate()
        self.assertEqual({row[3] for row in held}, {"approved"})
        self.assertEqual(
            sorted(row[:3] for row in held),
            [
                ("elsewhere", "2026-07-01", None),
                ("old", "2020-01-01", "2026-06-30"),
                ("old", "2026-09-01", None),
                ("summer", "2026-07-01", "2026-08-31"),
            ],
        )

    def test_new_installation_is_left_alone(self):
        self.env.cr.execute("SELECT 1")
        script("19.0.1.2.0/pre-value_maps.py").migrate(self.env.cr, None)
        self.env.cr.execute(
            "SELECT 1 FROM information_schema.columns"
            " WHERE table_name = 'retail_value_map' AND column_name = 'state'"
        )
        self.assertFalse(self.env.cr.fetchone())
