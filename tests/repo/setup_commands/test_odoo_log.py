"""What a run of Odoo's tests is judged by: the records and counts of its log."""

from runtime import odoo_log

HEAD = "2026-01-02 03:04:05,678 42"
LOG = f"""Running as user 'root' is a security risk.
{HEAD} INFO db odoo.addons.retail_x.tests.test_x: Starting TestX.test_one ...
{HEAD} ERROR db odoo.addons.retail_x.tests.test_x: FAIL: TestX.test_one
Traceback (most recent call last):
AssertionError: 1 != 2
{HEAD} WARNING db odoo.addons.retail_x.models.y: strange corr=abc
{HEAD} INFO db odoo.addons.retail_x.tests.test_x: skipped TestX.test_two : because
{HEAD} INFO db odoo.tests.result: 1 failed, 1 error(s) of 5 tests when loading database
"""


def test_traceback_belongs_to_its_record():
    found = list(odoo_log.records(LOG.splitlines()))
    assert len(found) == 5
    assert found[1].text.endswith("AssertionError: 1 != 2")


def test_warnings_and_errors_are_complaints():
    complaints = list(odoo_log.records(LOG.splitlines()))
    levels = [each.level for each in complaints if each.is_complaint]
    assert levels == ["ERROR", "WARNING"]


def test_counts_add_up_to_what_odoo_reports():
    counts = odoo_log.counts(odoo_log.records(LOG.splitlines()))
    assert (counts.passed, counts.failed, counts.skipped) == (2, 2, 1)


def test_log_without_a_result_counts_nothing():
    assert odoo_log.counts(odoo_log.records(LOG.splitlines()[:3])).ran == 0
