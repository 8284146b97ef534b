"""When a job runner counts as silent; what follows is row 19 of the fault matrix."""

from datetime import datetime, timedelta

from odoo.tests import TransactionCase, tagged

from ..models.lane_watchdog import SILENT_S


@tagged("post_install", "-at_install")
class TestRunnerSilent(TransactionCase):
    def setUp(self):
        super().setUp()
        self.env.cr.execute("DELETE FROM queue_job")
        self.lanes = self.env["retail.lane"]

    def job(self, age_s: float, *, eta_s: float | None = None, **values: object):
        """Create a job that was made ``age_s`` ago and is due ``eta_s`` from now."""
        job = self.lanes.with_delay()._cron_sweep().db_record()
        now = datetime.utcnow()
        row = {
            "date_created": now - timedelta(seconds=age_s),
            "eta": None if eta_s is None else now + timedelta(seconds=eta_s),
            "state": "pending",
            "date_enqueued": None,
            **values,
        }
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE queue_job SET date_created = %(date_created)s, eta = %(eta)s,"
            " state = %(state)s, date_enqueued = %(date_enqueued)s WHERE id = %(id)s",
            row | {"id": job.id},
        )

    def test_no_job_is_no_silence(self):
        self.assertFalse(self.lanes._is_runner_silent())

    def test_due_job_that_nobody_takes_is_silence(self):
        self.job(SILENT_S + 10)
        self.assertTrue(self.lanes._is_runner_silent())

    def test_job_for_later_is_no_silence(self):
        self.job(SILENT_S + 10, eta_s=60)
        self.assertFalse(self.lanes._is_runner_silent())

    def test_runner_that_hands_out_others_is_not_silent(self):
        self.job(SILENT_S + 10)
        self.job(5, state="done", date_enqueued=datetime.utcnow())
        self.assertFalse(self.lanes._is_runner_silent())

    def test_job_of_a_moment_ago_is_no_silence(self):
        self.job(1)
        self.assertFalse(self.lanes._is_runner_silent())
