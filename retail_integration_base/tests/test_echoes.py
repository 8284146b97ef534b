"""Systems that send back what they are told: they come to rest, or are stopped."""

import json
from collections.abc import Callable

from odoo.models import BaseModel
from odoo.tests import tagged

from .common import RetailCase
from .common_sharing import RECORDED, Sharing


@tagged("post_install", "-at_install")
class TestEchoes(Sharing, RetailCase):
    def setUp(self):
        super().setUp()
        self.pos = self.connect("pos")
        self.crm = self.connect("crm")
        self.forget_times()

    def test_what_we_told_comes_back_and_changes_nothing(self):
        self.rule("retail.store", "newest")
        self.store.name = "One"
        self.store.name = "Two"
        # The answer to the first change overtakes the second one.
        self.env.cr.execute(
            "UPDATE retail_known_value SET known_at = known_at - interval '1 hour'"
        )
        event = self.say(self.pos, name="Two")
        self.assertEqual((event.state, self.store.name), ("ignored", "Two"))
        self.assertEqual(len(self.told(self.crm)), 2)

    def test_repeated_old_value_does_not_undo_what_changed_here(self):
        """A whole document repeats the name its system always had."""
        self.rule("retail.store", "newest")
        self.say(self.pos, ago_s=60, name="Central")
        self.pos.subscription_ids.state = "disabled"
        self.store.name = "By hand"
        self.say(self.pos, name="Central", timezone="Europe/Paris")
        self.assertEqual((self.store.name, self.store.tz), ("By hand", "Europe/Paris"))

    def test_late_echo_of_an_earlier_value_is_older(self):
        self.rule("retail.store", "newest")
        self.store.name = "One"
        self.store.name = "Two"
        event = self.say(self.pos, ago_s=30, name="One")
        self.assertEqual((event.state, self.store.name), ("ignored", "Two"))

    def ping_pong(self, *systems: BaseModel, answer: Callable, rounds: int = 20) -> int:
        """Let each system answer every message; return how many there were."""
        seen: set[int] = set()
        for _round in range(rounds):
            fresh = self.env["retail.outbox.event"].search(
                [("id", "not in", list(seen)), ("topic_id.name", "=", RECORDED)]
            )
            if not fresh:
                return len(seen)
            for message in fresh:
                envelope = json.loads(message.payload)
                self.assertIn(message.backend_id.id, [s.id for s in systems])
                self.say(message.backend_id, **answer(message, envelope))
            seen |= set(fresh.ids)
        raise AssertionError("they never come to rest")

    def test_systems_that_echo_everything_come_to_rest_after_one_round(self):
        self.rule("retail.store", "newest")
        self.say(self.pos, name="Central")
        count = self.ping_pong(
            self.pos,
            self.crm,
            answer=lambda _m, envelope: {"name": envelope["data"]["name"]},
        )
        self.assertEqual(count, 1)
        self.assertEqual(self.store.name, "Central")

    def shout(self, message, told: dict, **more) -> dict:
        """Answer as a system that writes names its own way."""
        name = told["data"]["name"]
        changed = name.upper() if message.backend_id == self.crm else name.lower()
        return {"name": changed, **more}

    def test_answer_that_says_what_it_answers_is_not_told_to_its_cause(self):
        self.rule("retail.store", "newest")
        self.say(self.pos, name="Central")
        count = self.ping_pong(
            self.pos,
            self.crm,
            answer=lambda m, e: self.shout(m, e, envelope={"causationid": e["id"]}),
        )
        self.assertEqual(count, 1)
        self.assertEqual(self.store.name, "CENTRAL")

    def test_systems_that_contradict_each_other_are_stopped_and_shown(self):
        self.rule("retail.store", "newest")
        self.say(self.pos, name="Central")
        count = self.ping_pong(self.pos, self.crm, answer=self.shout)
        self.assertLess(count, 10)
        problem = self.env["retail.exception"].search([("code", "=", "RET-1303")])
        self.assertEqual(len(problem), 1)
        self.assertIn("name", problem.title)

    def test_person_ends_a_contradiction(self):
        self.test_systems_that_contradict_each_other_are_stopped_and_shown()
        self.store.name = "By hand"
        self.assertEqual(self.store.name, "By hand")
        self.assertEqual(self.told(self.pos)[-1], {"name": "By hand"})
