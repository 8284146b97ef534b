"""Recurring flows: what a lost webhook left out comes in, and only once."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from . import factories as make
from .common import RetailCase
from .fakes import Lists, Partner


class SyncCase(RetailCase):
    """A till whose list can be polled."""

    def setUp(self) -> None:
        super().setUp()
        self.lists = Lists()
        self.addCleanup(self.lists.stop)
        self.backend.write({"api_url": self.lists.url, "retry_base_s": 1})
        self.job = self.env["retail.sync.job"].create(
            {"name": "Catch up", "backend_id": self.backend.id}
        )

    def run_now(self, job=None):
        """Start a run and read what one queue job would."""
        job = job or self.job
        job.action_run_now()
        run = job.last_run_id
        self.go_on(run)
        return run

    def go_on(self, run) -> None:
        self.env.flush_all()
        run._step()
        self.env.invalidate_all()

    def messages(self):
        return self.env["retail.inbox.event"].search(
            [("backend_id", "=", self.backend.id)], order="id"
        )

    def exceptions(self, what: str):
        return self.env["retail.exception"].search(
            [("dedupe_key", "=", f"sync-{what}:{self.job.id}")]
        )


@tagged("post_install", "-at_install")
class TestPolls(SyncCase):
    def test_lost_messages_come_in_page_by_page_and_have_their_effect(self):
        self.lists.items = [make.make_event() for _n in range(5)]
        run = self.run_now()
        self.assertEqual((run.state, run.page_count, run.new_count), ("done", 3, 5))
        self.work()
        self.assertEqual(set(self.messages().mapped("state")), {"done"})
        self.assertEqual(
            [asked.get("cursor") for asked in self.lists.asked][1:], ["2", "4"]
        )

    def test_what_was_pushed_already_counts_once(self):
        events = [make.make_event() for _n in range(3)]
        self.receive(*events[:2])
        self.lists.items = events
        run = self.run_now()
        self.assertEqual((run.new_count, run.duplicate_count), (1, 2))
        self.assertEqual(len(self.messages()), 3)

    def test_item_that_moves_to_another_page_counts_once(self):
        one, two, three = (make.make_event() for _n in range(3))
        self.lists.answers = [
            {"items": [one, two], "next_cursor": "a"},
            {"items": [two, three], "next_cursor": None},
        ]
        run = self.run_now()
        self.assertEqual((run.new_count, run.duplicate_count), (3, 1))

    def test_same_id_with_other_content_is_a_conflict_somebody_sees(self):
        event = make.make_event()
        self.receive(event)
        self.lists.items = [event | {"data": make.make_receipt()}]
        run = self.run_now()
        self.assertEqual(run.conflict_count, 1)
        conflict = self.env["retail.exception"].search([("code", "=", "RET-1301")])
        self.assertEqual(conflict.inbox_event_id, self.messages())

    def test_pushed_by_the_webhook_door_and_polled_is_one_message(self):
        event = make.make_event()
        gateway = self.env["retail.gateway"]
        gateway._receive_webhook(
            gateway._find_door(self.backend.code), make.as_body(event), {}
        )
        self.lists.items = [event]
        run = self.run_now()
        self.assertEqual((run.duplicate_count, run.conflict_count), (1, 0))

    def test_one_unreadable_item_does_not_stop_the_others(self):
        good = make.make_event()
        self.lists.items = [{"specversion": "1.0"}, good, "nonsense"]
        run = self.run_now()
        self.assertEqual((run.state, run.new_count, run.refused_count), ("done", 1, 2))
        self.assertEqual(self.exceptions("items").code, "RET-1603")

    def test_next_run_begins_with_an_overlap_before_the_last_complete_one(self):
        first = self.run_now()
        self.assertEqual(self.job.watermark_at, first.until_at)
        second = self.run_now()
        self.assertEqual(second.since_at, first.until_at - timedelta(minutes=10))

    def test_partner_clock_that_lags_behind_ours_moves_the_watermark_back(self):
        self.lists.answers = [{"items": [], "as_of": "2026-01-01T00:00:00Z"}]
        self.run_now()
        self.assertEqual(str(self.job.watermark_at), "2026-01-01 00:00:00")

    def test_secret_for_the_api_is_sent_and_only_there(self):
        self.backend.credential_ids = [
            (0, 0, {"purpose": "api", "secret": "partner-token-123456789"})
        ]
        self.run_now()
        self.assertEqual(
            self.lists.headers[0]["Authorization"], "Bearer partner-token-123456789"
        )


@tagged("post_install", "-at_install")
class TestPollFaults(SyncCase):
    def test_error_in_the_middle_goes_on_at_the_same_page(self):
        self.lists.items = [make.make_event() for _n in range(6)]
        self.lists.answers = [None, 500]
        run = self.run_now()
        self.assertEqual((run.state, run.page_count, run.new_count), ("running", 1, 2))
        self.assertEqual(run.error_code, "RET-2001")
        self.go_on(run)
        self.assertEqual((run.state, run.page_count, run.new_count), ("done", 3, 6))
        self.assertFalse(run.error_code)
        cursors = [asked.get("cursor") for asked in self.lists.asked]
        self.assertEqual(cursors, [None, "2", "2", "4"])

    def test_nonsense_is_tried_again_and_then_a_decision(self):
        self.lists.answers = [b"<html>", {"items": 7}, {"items": [], "next_cursor": 7}]
        self.lists.answers += [{"items": [], "as_of": "yesterday"}, 502, 502, 502, 502]
        run = self.run_now()
        for _try in range(7):
            self.assertEqual(run.state, "running")
            self.go_on(run)
        self.assertEqual(run.state, "failed")
        exception = self.exceptions("failed")
        self.assertEqual(exception.state, "open")
        self.assertEqual(self.run_now().state, "done")
        self.assertEqual(exception.state, "resolved")

    def test_refusal_fails_at_once_and_can_be_gone_on_with(self):
        self.lists.items = [make.make_event() for _n in range(4)]
        self.lists.answers = [None, 403]
        run = self.run_now()
        self.assertEqual((run.state, run.error_code), ("failed", "RET-2101"))
        self.assertFalse(self.job.watermark_at)
        run.action_resume()
        self.go_on(run)
        self.assertEqual((run.state, run.new_count), ("done", 4))

    def test_list_that_leads_back_to_itself_ends(self):
        for cycle in (1, 2, 5):
            names = ["start", "more", *(f"c{n}" for n in range(cycle))]
            order = names + names[2:] * 10
            self.lists.answers = [{"items": [], "next_cursor": one} for one in order]
            with self.subTest(cycle=cycle):
                run = self.run_now()
                self.assertEqual((run.state, run.error_code), ("failed", "RET-1602"))

    def test_partner_that_limits_us_uses_up_no_try(self):
        self.lists.answers = [429]
        run = self.run_now()
        self.assertEqual((run.state, run.attempt_count), ("running", 0))
        self.assertTrue(run.next_attempt_at)

    def test_backend_without_address_is_a_decision(self):
        self.backend.api_url = False
        run = self.run_now()
        self.assertEqual((run.state, run.error_code), ("failed", "RET-3001"))


@tagged("post_install", "-at_install")
class TestSchedule(SyncCase):
    def jobs_of(self, run):
        return self.env["queue.job"].search(
            [("identity_key", "like", f"retail.sync.run:{run.id}:%")]
        )

    def test_due_job_starts_once_per_interval(self):
        self.job.action_activate()
        self.job._cron_sweep()
        self.job._cron_sweep()
        self.assertEqual(len(self.job.run_ids), 1)
        wait = self.job.next_run_at - fields.Datetime.now()
        self.assertAlmostEqual(wait, timedelta(minutes=15), delta=timedelta(seconds=30))

    def test_paused_job_and_paused_backend_start_nothing(self):
        self.job._cron_sweep()
        self.job.action_activate()
        self.backend.action_pause()
        self.job._cron_sweep()
        self.assertFalse(self.job.run_ids)

    def test_second_run_does_not_start_beside_the_first(self):
        self.job.action_run_now()
        self.job.action_run_now()
        self.assertEqual(len(self.job.run_ids), 1)

    def test_pausing_the_job_halts_its_run_until_it_is_active_again(self):
        self.lists.items = [make.make_event() for _n in range(4)]
        self.job.action_activate()
        self.job._claim_due()._start_runs()
        run = self.job.last_run_id
        self.job.action_pause()
        self.go_on(run)
        self.assertEqual((run.state, run.page_count), ("running", 0))
        self.job.action_activate()
        self.go_on(run)
        self.assertEqual((run.state, run.new_count), ("done", 4))

    def test_stopped_run_stores_no_further_page(self):
        self.job.action_run_now()
        run = self.job.last_run_id
        run.action_stop()
        self.lists.items = [make.make_event()]
        self.go_on(run)
        self.assertEqual((run.state, run.item_count), ("stopped", 0))

    def test_lost_job_is_found_by_the_sweep(self):
        self.job.action_run_now()
        run = self.job.last_run_id
        self.assertEqual(len(self.jobs_of(run)), 1)
        self.job._cron_sweep()
        self.assertEqual(len(self.jobs_of(run)), 1)
        self.jobs_of(run).write({"state": "failed"})
        self.job._cron_sweep()
        self.assertIn("pending", self.jobs_of(run).mapped("state"))

    def test_flow_that_is_late_is_an_exception_until_it_catches_up(self):
        self.job.action_activate()
        self.job.watermark_at = fields.Datetime.now() - timedelta(hours=3)
        self.assertTrue(self.job.is_late)
        self.assertIn(self.job, self.job.search([("is_late", "=", True)]))
        self.job._report_late()
        self.job._report_late()
        late = self.exceptions("late")
        self.assertEqual((len(late), late.code), (1, "RET-1604"))
        self.run_now()
        self.assertEqual(late.state, "resolved")
        self.assertFalse(self.job.is_late)

    def test_only_operators_start_and_stop(self):
        plain = make.make_user(self.env, "looker", "group_user")
        with self.assertRaises(AccessError):
            self.job.with_user(plain).action_run_now()
        operator = make.make_user(self.env, "operator", "group_operator")
        self.job.with_user(operator).action_run_now()
        self.assertEqual(len(self.job.run_ids), 1)
        with self.assertRaises(AccessError):
            self.job.run_ids.with_user(plain).action_stop()


@tagged("post_install", "-at_install")
class TestPushes(SyncCase):
    def test_late_subscriber_is_told_about_every_sale_once(self):
        self.receive(*(make.make_event() for _n in range(3)))
        self.work()
        # A run ends before the second it starts in.
        self.env.cr.execute(
            "UPDATE retail_transaction SET create_date = create_date - interval '1 min'"
        )
        partner = Partner()
        self.addCleanup(partner.stop)
        topic = self.env.ref("retail_integration_base.topic_transaction_recorded_v1")
        late = make.make_backend(
            self.env,
            "late",
            event_url=partner.url,
            phase_events=True,
            subscribed_topic_ids=[(6, 0, topic.ids)],
        )
        job = self.env["retail.sync.job"].create(
            {
                "name": "Tell everything",
                "backend_id": late.id,
                "direction": "push",
                "push_source": "retail.sync.push.transactions",
                "page_size": 2,
            }
        )
        run = self.run_now(job)
        self.assertEqual((run.state, run.item_count), ("done", 3))
        self.assertEqual(run.new_count, 3)
        again = self.run_now(job)
        self.assertEqual((again.new_count, again.duplicate_count), (0, 3))
        self.work(late, "out")
        self.assertEqual(len(partner.received), 3)
