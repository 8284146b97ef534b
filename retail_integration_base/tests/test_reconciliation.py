"""Two lists are compared daily: what differs is found, kept, decided, and healed."""

import json
from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.measure import Scope
from ..tools.clock import to_naive, utc_now
from . import factories as make
from .common_reconciliation import ReconciliationCase


@tagged("post_install", "-at_install")
class TestReconciliation(ReconciliationCase):
    def test_lists_that_agree_are_green_with_equal_totals(self):
        run = self.compare()
        self.assertEqual((run.state, run.difference_count), ("done", 0))
        self.assertEqual(
            (run.matched_count, run.here_count, run.there_count), (5, 5, 5)
        )
        self.assertEqual(run.sums["total"], ["60.50", "60.50"])
        self.assertIn("60.50", run.totals_html)
        self.assertFalse(self.lines() or self.drift())

    def test_exactly_the_injected_differences_are_reported(self):
        theirs = self.theirs
        theirs.pop(0)  # missing there
        theirs[0]["total"] = "99.00"  # differs
        theirs.append(dict(theirs[1]))  # duplicate there
        theirs.append(self.row_of(self.sales[0], ref="12/3/999"))  # missing here
        run = self.compare()
        self.assertEqual(
            {(line.key, line.kind) for line in self.lines()},
            {
                ("12/3/1", "missing_there"),
                ("12/3/2", "differs"),
                ("12/3/3", "duplicate_there"),
                ("12/3/999", "missing_here"),
            },
        )
        self.assertEqual((run.matched_count, run.difference_count), (2, 4))
        differs = self.lines().filtered(lambda line: line.kind == "differs")
        self.assertEqual((differs.differing, differs.amount), ("total", 86.9))
        self.assertEqual(differs.res_id, self.sales[1].id)
        self.assertEqual(self.drift().code, "RET-1605")
        self.assertAlmostEqual(self.drift().amount, run.drift_amount)

    def test_undecided_differences_are_measured_until_somebody_decides(self):
        self.theirs.pop(0)
        self.theirs[0]["total"] = "99.00"
        self.compare()
        self.assertEqual(self.figures(), (2, 99.0))  # 12.10 missing, 86.90 apart
        self.lines()[:1]._decide("explained", "A test sale.")
        self.env.flush_all()
        self.assertEqual(self.figures()[0], 1)

    def test_rule_that_compares_nothing_is_late_until_it_does(self):
        self.assertFalse(self.rule.is_late)
        self.env.flush_all()
        later = to_naive(utc_now()) + timedelta(hours=37)
        self.assertEqual(self.not_compared(now=later), 1)
        self.age_rule(hours=37)
        self.assertEqual(self.late_rules(), self.rule)
        self.rule.action_pause()
        self.assertFalse(self.late_rules())
        self.rule.action_activate()
        self.compare()
        self.assertEqual(self.not_compared(), 0)
        self.assertFalse(self.late_rules())

    def not_compared(self, **scope: object) -> float:
        measures = self.env["retail.measure"]
        measure = measures._get("comparisons_late")
        mine = Scope(backend_ids=(self.backend.id,), **scope)
        return measure.total(measures._read(measure, mine))

    def late_rules(self):
        self.env.invalidate_all()
        mine = [("backend_id", "=", self.backend.id), ("is_late", "=", True)]
        return self.env["retail.reconciliation.rule"].search(mine)

    def age_rule(self, **age: float) -> None:
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE retail_reconciliation_rule SET create_date = %s WHERE id = %s",
            [to_naive(utc_now()) - timedelta(**age), self.rule.id],
        )

    def figures(self) -> tuple[float, float]:
        """Return how many differences are undecided, and what they are about."""
        measures = self.env["retail.measure"]
        scope = Scope(backend_ids=(self.backend.id,))
        counted, amount = (
            measures._read(measures._get(key), scope)
            for key in ("differences_open", "differences_amount")
        )
        self.assertEqual({one.part for one in counted}, {"Sales"})
        self.assertEqual(
            {one.currency_id for one in amount}, set(self.sales.currency_id.ids)
        )
        return sum(one.value for one in counted), sum(one.value for one in amount)

    def test_tolerance_lets_small_distances_pass(self):
        column = self.rule.column_ids.filtered(lambda one: one.name == "total")
        column.tolerance_abs = 0.05
        self.rule.action_activate()
        self.theirs[0]["total"] = "12.15"
        self.theirs[1]["total"] = "12.16"
        self.compare()
        self.assertEqual(self.lines().mapped("key"), ["12/3/2"])

    def test_other_days_are_not_compared(self):
        old = make.make_receipt(sequence=77, business_date="2020-01-01")
        self.receive(make.make_event(old))
        self.work()
        self.assertEqual(self.compare().here_count, 5)

    def test_page_that_breaks_is_read_again_and_counts_once(self):
        self.lists.answers = [None, 500]
        run = self.compare()
        self.assertEqual((run.state, run.staged_count), ("running", 2))
        self.env.flush_all()
        run._step()
        self.env.invalidate_all()
        self.assertEqual((run.state, run.matched_count), ("done", 5))

    def test_staged_list_lost_in_a_crash_is_read_again(self):
        self.lists.items = self.theirs
        self.rule.action_run_now()
        run = self.rule.run_ids.filtered(lambda one: one.state == "running")
        run.write({"is_read": True, "staged_count": 3, "page_count": 2, "cursor": "4"})
        for _step in range(2):
            self.env.flush_all()
            run._step()
            self.env.invalidate_all()
        self.assertEqual((run.state, run.matched_count), ("done", 5))

    def test_number_with_many_decimals_is_the_same_number(self):
        self.theirs[0]["total"] += "0" * 18
        run = self.compare()
        self.assertEqual((run.unreadable_count, run.matched_count), (0, 5))

    def test_unreadable_numbers_are_counted_and_differ(self):
        self.theirs[0]["total"] = "twelve"
        run = self.compare()
        self.assertEqual((run.unreadable_count, run.differs_count), (1, 1))


@tagged("post_install", "-at_install")
class TestUploads(ReconciliationCase):
    def setUp(self) -> None:
        super().setUp()
        self.rule.origin = "upload"

    def test_file_of_any_usual_form_is_compared(self):
        lines = b"\n".join(json.dumps(row).encode() for row in self.theirs)
        for content in (
            self.as_csv(),
            self.as_csv(";"),
            self.as_csv("\t"),
            b"\xef\xbb\xbf" + self.as_csv().replace(b"\r\n", b"\n"),
            lines,
            lines + b"\n\n",
        ):
            with self.subTest(content[:20]):
                run = self.upload(content)
                self.assertEqual((run.state, run.matched_count), ("done", 5))

    def test_comma_as_decimal_sign_is_a_switch_of_the_rule(self):
        self.rule.decimal_comma = True
        for row in self.theirs:
            row["total"] = row["total"].replace(".", ",")
            row["tax"] = "1.002,10"
        run = self.upload(self.as_csv(";"))
        self.assertEqual((run.matched_count, run.unreadable_count), (5, 0))
        self.assertEqual(run.sums["tax"][1], "5010.50")

    def test_their_names_of_columns_and_paths_are_data(self):
        names = {"ref": "Nr.", "total": "Amount due"}
        for column in self.rule.column_ids.filtered(lambda one: one.name in names):
            column.path = names[column.name]
        self.theirs = [
            {names.get(name, name): value for name, value in row.items()}
            for row in self.theirs
        ]
        self.assertEqual(self.upload(self.as_csv()).matched_count, 5)

    def test_file_that_cannot_be_read_is_refused_and_nothing_is_kept(self):
        good = self.as_csv()
        for content, word in (
            (b"\n", "header"),
            (good.replace(b"total", b"sum"), "total"),
            (good + b"too,few\r\n", "line 7"),
            (good.replace(b"EUR", b"\xff\xfe", 1), "UTF8"),
            (b'{"ref": 1}\n{"ref": \n', "json"),
            (good.replace(b"tax", b"ref"), "twice"),
        ):
            with (
                self.subTest(word),
                self.assertRaisesRegex(UserError, word),
                self.env.cr.savepoint(),
            ):
                self.upload(content)
        self.assertFalse(self.rule.run_ids.filtered(lambda r: r.state == "done"))


@tagged("post_install", "-at_install")
class TestDifferencesOverTime(ReconciliationCase):
    def test_difference_of_yesterday_is_the_same_line_today(self):
        self.theirs.pop(0)
        self.compare()
        second = self.compare()
        self.assertEqual(len(self.lines()), 1)
        self.assertEqual((self.lines().seen_count, second.open_count), (2, 1))

    def test_what_agrees_again_closes_by_itself_and_so_does_the_alarm(self):
        missing = self.theirs.pop(0)
        self.theirs.append(self.row_of(self.sales[0], ref="12/3/999"))
        self.compare()
        self.assertEqual(self.drift().state, "open")
        self.theirs.pop()
        self.theirs.append(missing)
        run = self.compare()
        self.assertEqual(set(self.lines().mapped("state")), {"agrees"})
        self.assertEqual((run.open_count, self.drift().state), (0, "resolved"))
        self.theirs.remove(missing)
        self.compare()
        self.assertEqual(self.lines().sorted("key")[0].state, "open")

    def test_decision_stands_until_the_difference_changes(self):
        self.theirs[0]["total"] = "12.00"
        self.compare()
        self.rule.sudo().accept_amount_max = 1
        self.lines()._decide("accepted", "Rounded at the till")
        run = self.compare()
        self.assertEqual((self.lines().state, run.open_count), ("accepted", 0))
        self.theirs[0]["total"] = "11.00"
        run = self.compare()
        self.assertEqual((self.lines().state, run.open_count), ("open", 1))
