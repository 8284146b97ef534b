"""How a lane works messages: effects once, order inside a key, the guilty one alone."""

import re
from unittest.mock import patch

from odoo.tests import tagged

from . import factories as make
from .common import RetailCase

HANDLER = "odoo.addons.retail_integration_base.models.handler_transaction"


@tagged("post_install", "-at_install")
class TestInbox(RetailCase):
    def test_index_of_what_is_unresolved_knows_all_states_that_are(self):
        # One state more in the question, and each batch reads the lane's whole history.
        for name in ("retail.inbox.event", "retail.outbox.event"):
            messages = self.env[name]
            self.env.cr.execute(
                "SELECT pg_get_expr(indpred, indrelid) FROM pg_index"
                " WHERE indexrelid = %s::regclass",
                [f"{messages._table}_unresolved_idx"],
            )
            (condition,) = self.env.cr.fetchone()
            states = set(re.findall(r"'(\w+)'", condition))
            self.assertEqual(states, set(messages._unresolved_states), name)

    def test_receipt_becomes_a_transaction(self):
        event = self.receive(make.make_event(make.make_receipt(sequence=160)))
        self.work()
        self.assertEqual(event.state, "done")
        self.assertEqual(event.transaction_ids.ref, "12/3/160")
        self.assertEqual(event.transaction_ids.amount_total, 12.10)
        self.assertEqual(event.transaction_ids.line_ids.product_id, self.mug)
        self.assertEqual(event.attempt_ids.mapped("outcome"), ["succeeded"])

    def test_same_sale_under_two_message_ids_is_recorded_once(self):
        receipt = make.make_receipt(sequence=7)
        first, second = self.receive(make.make_event(receipt), make.make_event(receipt))
        self.work()
        self.assertEqual(first.state, "done")
        self.assertEqual(second.state, "ignored")
        self.assertEqual(len(first.transaction_ids | second.transaction_ids), 1)

    def test_same_number_with_other_content_is_a_conflict(self):
        self.receive(make.make_event(make.make_receipt(sequence=7)))
        self.work()
        changed = make.make_receipt([make.line(qty="2")], sequence=7)
        event = self.receive(make.make_event(changed))
        self.work()
        self.assertEqual(event.state, "dead")
        self.assertEqual(event.exception_ids.code, "RET-1301")

    def test_conflict_stays_open_when_the_first_message_goes_through(self):
        (event,) = self.receive(make.make_event(event_id="twin"))
        other = make.make_receipt([make.line("MUG", qty="2")])
        self.receive(make.make_event(other, "twin"))
        self.assertEqual(event.exception_ids.code, "RET-1301")
        self.work()
        self.assertEqual(event.state, "done")
        self.assertEqual(event.exception_ids.state, "open")

    def test_unknown_sku_waits_for_a_person_and_holds_its_key_only(self):
        self.backend.steward_id = self.env.ref("base.user_admin")
        stuck, behind, other = self.receive(
            make.make_event(make.make_receipt([make.line("NEW")])),
            make.make_event(),
            make.make_event(make.make_receipt(register="4")),
        )
        self.work()
        self.assertEqual(stuck.state, "dead")
        self.assertEqual(behind.state, "held")
        self.assertEqual(other.state, "done")
        exception = stuck.exception_ids
        self.assertEqual(exception.code, "RET-1202")
        self.assertEqual(exception.user_id, self.backend.steward_id)
        self.assertTrue(exception.deadline_at)

    def test_wrong_sums_book_nothing(self):
        receipt = make.make_receipt()
        receipt["totals"]["grand"] = "99.00"
        event = self.receive(make.make_event(receipt))
        self.work()
        self.assertEqual(event.state, "dead")
        self.assertEqual(event.exception_ids.category, "amount")
        self.assertFalse(event.transaction_ids)

    def test_bug_in_handler_leaves_only_the_guilty_message(self):
        events = self.receive(
            *(
                make.make_event(make.make_receipt(register=str(n), sequence=n))
                for n in range(1, 9)
            )
        )
        guilty = events[4]
        recording = type(self.env["retail.transaction"])._record

        def fails_for_guilty(model, pairs):
            if any(event == guilty for event, _prepared in pairs):
                raise ZeroDivisionError
            return recording(model, pairs)

        with patch.object(
            type(self.env["retail.transaction"]), "_record", fails_for_guilty
        ):
            self.work()
        self.assertEqual(guilty.state, "retry")
        self.assertEqual(guilty.error_code, "RET-2010")
        self.assertTrue(guilty.next_attempt_at)
        self.assertEqual(set((events - guilty).mapped("state")), {"done"})

    def test_retries_are_bounded_and_end_with_an_exception(self):
        self.env.ref("retail_integration_base.topic_pos_receipt_v1").attempts_max = 2
        event, behind = self.receive(make.make_event(), make.make_event())
        with patch.object(
            type(self.env["retail.transaction"]), "_record", side_effect=KeyError("x")
        ):
            self.work()
            self.assertEqual(event.state, "retry")
            self.env.cr.execute(
                "UPDATE retail_inbox_event SET next_attempt_at = '2020-01-01'"
                " WHERE id = %s",
                [event.id],
            )
            self.work()
        self.assertEqual(event.state, "dead")
        self.assertEqual(event.attempt_count, 2)
        self.assertEqual(event.exception_ids.category, "technical")
        self.assertEqual(behind.state, "held")

    def test_replay_is_safe_and_lets_successors_go(self):
        stuck, behind = self.receive(
            make.make_event(make.make_receipt([make.line("NEW")])), make.make_event()
        )
        self.work()
        make.make_product(self.env, "NEW")
        stuck.action_replay()
        self.work()
        self.assertEqual((stuck | behind).mapped("state"), ["done", "done"])
        self.assertEqual(stuck.exception_ids.state, "resolved")

    def test_ignoring_a_dead_message_with_those_behind_it_leaves_no_error_on_these(
        self,
    ):
        stuck, behind = self.receive(
            make.make_event(make.make_receipt([make.line("NEW")])), make.make_event()
        )
        self.work()
        self.assertEqual(behind.state, "held")
        (stuck | behind).action_ignore()
        self.assertEqual((stuck | behind).mapped("state"), ["ignored", "ignored"])
        self.assertEqual(stuck.error_code, "RET-1202")
        self.assertFalse(behind.error_code)

    def test_ignoring_a_message_lets_successors_go(self):
        stuck, behind = self.receive(
            make.make_event(make.make_receipt([make.line("NEW")])), make.make_event()
        )
        self.work()
        stuck.action_ignore()
        self.work()
        self.assertEqual(stuck.state, "ignored")
        self.assertEqual(behind.state, "done")

    def test_product_deleted_meanwhile_leaves_other_keys_alone(self):
        other = make.make_product(self.env, "GONE")
        lost, fine = self.receive(
            make.make_event(make.make_receipt([make.line("GONE")], register="1")),
            make.make_event(make.make_receipt(register="2")),
        )
        other.unlink()
        self.work()
        self.assertEqual(lost.state, "dead")
        self.assertEqual(fine.state, "done")

    def test_head_of_a_key_goes_on_when_a_newer_message_is_due_with_it(self):
        first, second = self.receive(
            make.make_event(make.make_receipt([make.line("NEW")])), make.make_event()
        )
        self.work()
        self.assertEqual([first.state, second.state], ["dead", "held"])
        make.make_product(self.env, "NEW")
        first.action_replay()
        newer_message = self.receive(make.make_event())
        self.work()
        events = first | second | newer_message
        self.assertEqual(events.mapped("state"), ["done"] * 3)
