"""Commands: delivered is not done until the partner says so (R134)."""

import json

from odoo.tests import tagged

from . import factories as make
from .common import RetailCase
from .fakes import Partner

RESULT = "retail.command.result.v1"


@tagged("post_install", "-at_install")
class TestCommands(RetailCase):
    def setUp(self):
        super().setUp()
        self.partner = Partner()
        self.addCleanup(self.partner.stop)
        self.topic = self.env.ref(
            "retail_integration_base.topic_transaction_recorded_v1"
        )
        self.topic.write({"is_command": True, "confirm_within_s": 600})
        self.platform = make.make_backend(
            self.env,
            "platform",
            event_url=self.partner.url,
            phase_events=True,
            subscribed_topic_ids=[(6, 0, self.topic.ids)],
            timeout_read_s=2,
        )

    def command(self, *answers: object, work: bool = True):
        """Cause a command, deliver it; the partner answers with ``answers``."""
        self.partner.answers = list(answers)
        self.receive(make.make_event(make.make_receipt()))
        self.work()
        command = self.env["retail.outbox.event"].search(
            [("backend_id", "=", self.platform.id)], limit=1
        )
        if work:
            self.work(self.platform, "out")
        return command

    def say(self, command, result: str, reason: str | None = None, **values):
        """Let the partner tell its decision; return the message that brought it."""
        document = {"command_id": command.event_key, "result": result, **values}
        if reason:
            document["reason"] = reason
        event = make.make_event(document, type=RESULT)
        received = self.receive(event, backend=self.platform)
        self.work(self.platform)
        command.invalidate_recordset()
        return received

    def expire(self) -> None:
        self.env.cr.execute(
            "UPDATE retail_outbox_event SET confirm_by_at = '2020-01-01'"
            " WHERE confirm_by_at IS NOT NULL"
        )
        self.env["retail.outbox.event"]._cron_expire_commands()
        self.env.invalidate_all()

    def test_command_is_sent_and_later_confirmed(self):
        command = self.command(202)
        self.assertEqual(command.state, "sent")
        self.assertTrue(command.confirm_by_at)
        result = self.say(command, "acknowledged")
        self.assertEqual(result.state, "done")
        self.assertEqual(command.state, "acknowledged")
        self.expire()
        self.assertEqual(command.state, "acknowledged")
        self.assertFalse(command.exception_ids)

    def test_answer_may_confirm_or_refuse_at_once(self):
        yes = json.dumps({"result": "acknowledged"}).encode()
        self.assertEqual(self.command((200, {}, yes)).state, "acknowledged")
        no = json.dumps({"result": "refused", "reason": "locked"}).encode()
        command = self.command((200, {}, no))
        self.assertEqual(command.state, "refused")
        self.assertEqual(command.result, "locked")
        self.assertEqual(command.exception_ids.code, "RET-2103")
        self.assertEqual(command.attempt_count, 1)

    def test_refusal_is_an_exception_with_the_reason(self):
        command = self.command(202)
        self.say(command, "refused", "The store is counting its stock.")
        self.assertEqual(command.state, "refused")
        self.assertEqual(command.exception_ids.code, "RET-2103")
        self.assertIn("counting its stock", command.exception_ids.cause)

    def test_no_word_in_time_is_an_exception_and_a_late_word_settles_it(self):
        command = self.command(202)
        self.expire()
        self.assertEqual(command.state, "expired")
        self.assertEqual(command.exception_ids.code, "RET-2104")
        self.say(command, "acknowledged")
        self.assertEqual(command.state, "acknowledged")
        self.assertEqual(command.exception_ids.resolution, "recovered")

    def test_late_refusal_takes_the_place_of_the_missing_word(self):
        command = self.command(202)
        self.expire()
        self.say(command, "refused", "too late")
        found = {one.code: one.state for one in command.exception_ids}
        self.assertEqual(found, {"RET-2104": "resolved", "RET-2103": "open"})

    def test_repeated_word_changes_nothing(self):
        command = self.command(202)
        self.say(command, "acknowledged")
        again = self.say(command, "acknowledged")
        self.assertEqual(again.state, "ignored")
        self.assertEqual(command.state, "acknowledged")

    def test_two_words_that_disagree_are_for_a_person(self):
        command = self.command(202)
        self.say(command, "acknowledged")
        other = self.say(command, "refused")
        self.assertEqual(other.state, "dead")
        self.assertEqual(other.exception_ids.code, "RET-1301")
        self.assertEqual(command.state, "acknowledged")

    def test_word_proves_that_a_command_without_an_answer_arrived(self):
        command = self.command(0)
        self.assertEqual(command.state, "retry")
        self.assertTrue(command.outcome_unknown)
        self.say(command, "acknowledged")
        self.assertEqual(command.state, "acknowledged")
        self.work(self.platform, "out")
        self.assertEqual(len(self.partner.received), 1)

    def test_word_that_overtakes_the_recording_of_the_answer_waits(self):
        command = self.command(work=False)
        self.env["retail.outbox.event"].sudo()._claim(command.lane_id.id)
        self.env.invalidate_all()
        early = self.say(command, "acknowledged")
        self.assertEqual(early.state, "retry")
        self.assertEqual(early.error_code, "RET-2003")

    def test_word_about_what_was_never_sent_is_refused(self):
        command = self.command(work=False)
        self.assertEqual(self.say(command, "acknowledged").state, "dead")
        self.assertEqual(command.state, "pending")
        stranger = self.receive(
            make.make_event(
                {"command_id": command.event_key, "result": "acknowledged"},
                type=RESULT,
            )
        )
        self.work()
        self.assertEqual(stranger.state, "dead")

    def test_messages_that_are_no_commands_need_no_word(self):
        self.topic.is_command = False
        command = self.command(202)
        self.assertFalse(command.confirm_by_at)
        self.expire()
        self.assertEqual(command.state, "sent")
        self.assertEqual(self.say(command, "acknowledged").state, "dead")
