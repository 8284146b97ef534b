"""Partners post their list in parts, and we compare it with ours."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..schemas.api_reconciliation import PART_EXAMPLE
from . import factories as make
from .common_posting import SCOPE, PostingCase


@tagged("post_install", "-at_install")
class TestApiReconciliations(PostingCase):
    def test_list_posted_in_parts_is_compared(self):
        self.theirs.pop(0)
        self.theirs[0]["total"] = "99.00"
        one = self.begin()
        first = self.ask("POST", f"{one}/parts/1", self.theirs[:2])
        self.assertEqual(first.status_code, 200, first.text)
        self.assertEqual((first.json()["next_part"], first.json()["items"]), (2, 2))
        second = self.ask("POST", f"{one}/parts/2", lines=self.theirs[2:])
        self.assertEqual((second.json()["next_part"], second.json()["items"]), (3, 4))
        self.assertEqual(second.json()["status"], "open")
        finished = self.ask("POST", f"{one}/finish", {"items": 4})
        self.assertEqual(finished.json()["status"], "comparing", finished.text)
        self.work_run(one)
        told = self.ask("GET", one).json()
        self.assertEqual(told["status"], "compared")
        self.assertEqual(
            told["result"],
            {
                "agree": 3,
                "missing_here": 0,
                "missing_there": 1,
                "differ": 1,
                "duplicates_here": 0,
                "duplicates_there": 0,
            },
        )

    def test_repeated_part_counts_once_and_a_skipped_one_is_refused(self):
        one = self.begin()
        for _time in range(2):
            again = self.ask("POST", f"{one}/parts/1", self.theirs[:2], key="first")
            self.assertEqual((again.status_code, again.json()["items"]), (200, 2))
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        other = self.ask("POST", f"{one}/parts/1", self.theirs[2:], key="first")
        self.assertProblem(other, 422, "RET-1407")
        lines = self.ask("POST", f"{one}/parts/1", lines=self.theirs, key="first")
        self.assertProblem(lines, 422, "RET-1407")
        for number in (1, 3):
            refused = self.ask("POST", f"{one}/parts/{number}", self.theirs[2:])
            problem = self.assertProblem(refused, 409, "RET-1607")
            self.assertIn("Part 2 is next", problem["detail"])
        self.assertEqual(self.run_of(one).staged_count, 2)

    def test_whoever_lost_the_thread_goes_on_where_it_broke(self):
        one = self.begin()
        self.ask("POST", f"{one}/parts/1", self.theirs[:3])
        number = self.ask("GET", one).json()["next_part"]
        self.ask("POST", f"{one}/parts/{number}", self.theirs[3:])
        self.ask("POST", f"{one}/finish", {"items": 5})
        self.assertEqual(self.work_run(one).matched_count, 5)

    def test_wrong_count_leaves_the_list_open(self):
        one = self.begin()
        self.ask("POST", f"{one}/parts/1", self.theirs)
        refused = self.ask("POST", f"{one}/finish", {"items": 6})
        problem = self.assertProblem(refused, 409, "RET-1609")
        self.assertIn("5 came in 1 parts", problem["detail"])
        self.assertEqual(self.ask("GET", one).json()["status"], "open")
        self.assertEqual(
            self.ask("POST", f"{one}/finish", {"items": 5}).status_code, 200
        )
        late = self.ask("POST", f"{one}/parts/2", self.theirs)
        self.assertProblem(late, 409, "RET-1608")

    def test_part_with_a_wrong_item_is_not_kept(self):
        one = self.begin()
        for status, pointer, body in (
            (422, "/1/ref", [self.theirs[0], {"total": "1.00"}]),
            (422, "/0/ref", [{**self.theirs[0], "ref": " "}]),
            (422, "/0", ["text"]),
            (422, "", []),
            (422, "", {"items": self.theirs}),
            (400, None, b'[{"ref": "a", "ref": "b"}]'),
            (400, None, b'[{"ref": "\\u0000"}]'),
            (400, None, b"[{"),
        ):
            with self.subTest(body=body):
                response = self.ask("POST", f"{one}/parts/1", body)
                self.assertProblem(response, status, pointer=pointer)
        as_text = self.ask("POST", f"{one}/parts/1", b"[]", kind="text/csv")
        self.assertProblem(as_text, 415)
        self.assertEqual(self.ask("GET", one).json()["next_part"], 1)

    def test_values_that_are_no_number_are_counted(self):
        self.theirs[0]["total"] = "twelve"
        one = self.begin()
        sent = self.ask("POST", f"{one}/parts/1", self.theirs)
        self.assertEqual(sent.json()["unreadable"], 1)

    def test_one_list_at_a_time_and_closing_makes_room(self):
        one = self.begin()
        busy = self.ask("POST", self.lists)
        problem = self.assertProblem(busy, 409, "RET-1608")
        self.assertIn(one.rpartition("/")[2], problem["detail"])
        self.ask("POST", f"{one}/parts/1", self.theirs)
        self.assertEqual(self.ask("DELETE", one).status_code, 204)
        self.assertEqual(self.ask("GET", one).json()["status"], "closed")
        self.assertProblem(self.ask("DELETE", one), 409, "RET-1608")
        self.assertNotEqual(self.begin(), one)

    def test_partner_sees_what_it_may_post(self):
        listed = self.ask("GET").json()["items"]
        self.assertEqual([one["id"] for one in listed], [self.rule.id])
        roles = {column["name"]: column["role"] for column in listed[0]["columns"]}
        self.assertEqual((roles["ref"], roles["total"]), ("key", "compare"))
        self.assertEqual(set(roles), set(PART_EXAMPLE[0]))
        self.rule.action_pause()
        self.assertEqual(self.ask("GET").json()["items"], [])
        self.assertProblem(self.ask("POST", self.lists), 404, "RET-1403")

    def test_other_partners_and_keys_without_the_scope_are_kept_out(self):
        one = self.begin()
        other = make.make_backend(self.env, "other")
        _key, theirs = self.env["retail.api.key"]._issue(other, "theirs", SCOPE)
        for method, path, body in (
            ("GET", one, None),
            ("POST", self.lists, None),
            ("POST", f"{one}/parts/1", self.theirs),
            ("POST", f"{one}/finish", {"items": 0}),
            ("DELETE", one, None),
        ):
            with self.subTest(method=method, path=path):
                response = self.ask(method, path, body, text=theirs)
                self.assertProblem(response, 404, "RET-1403")
        self.assertEqual(self.ask("GET", text=theirs).json()["items"], [])
        _key, weak = self.env["retail.api.key"]._issue(self.backend, "weak")
        self.assertProblem(self.ask("GET", text=weak), 403, "RET-1401")
        for wrong in ("/0/lists", "/all/lists", f"{one}/parts/0"):
            self.assertProblem(self.ask("POST", wrong, []), 404)


@tagged("post_install", "-at_install")
class TestPostedLists(PostingCase):
    def test_open_list_is_no_work_for_a_job(self):
        one = self.begin()
        self.ask("POST", f"{one}/parts/1", self.theirs)
        run = self.work_run(one)
        self.assertEqual((run.state, run.error_code), ("running", False))
        before = self.jobs()
        self.env["retail.reconciliation.run"]._enqueue_lost()
        self.assertEqual(self.jobs(), before)

    def jobs(self) -> int:
        return self.env["queue.job"].search_count(
            [("model_name", "=", "retail.reconciliation.run")]
        )

    def test_list_that_nobody_finishes_is_given_up_and_told(self):
        one = self.begin()
        self.ask("POST", f"{one}/parts/1", self.theirs)
        run = self.run_of(one)
        yesterday = fields.Datetime.subtract(fields.Datetime.now(), hours=25)
        run.write({"started_at": yesterday, "page_at": yesterday})
        self.env["retail.reconciliation.rule"]._cron_sweep()
        self.assertEqual((run.state, run.error_code), ("failed", "RET-1609"))
        opened = self.env["retail.exception"].search(
            [("dedupe_key", "=", f"reconciliation-failed:{self.rule.id}")]
        )
        self.assertEqual(opened.code, "RET-1609")
        self.assertEqual(self.ask("GET", one).json()["status"], "failed")
        self.begin()

    def test_list_that_does_not_come_is_told_until_it_comes(self):
        rules = self.env["retail.reconciliation.rule"]
        rules._cron_sweep()
        self.assertFalse(self.late())
        self.assertTrue(self.rule.next_run_at)
        self.rule.next_run_at = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        rules._cron_sweep()
        self.assertEqual(self.late().code, "RET-1604")
        one = self.begin()
        self.ask("POST", f"{one}/parts/1", self.theirs)
        self.ask("POST", f"{one}/finish", {"items": 5})
        self.env.invalidate_all()
        self.assertEqual(self.late().state, "resolved")
        self.assertGreater(self.rule.next_run_at, fields.Datetime.now())

    def late(self):
        return self.env["retail.exception"].search(
            [("dedupe_key", "=", f"list-late:{self.rule.id}")]
        )

    def test_list_lost_with_the_database_is_to_be_posted_again(self):
        one = self.begin()
        self.ask("POST", f"{one}/parts/1", self.theirs)
        self.ask("POST", f"{one}/finish", {"items": 5})
        run = self.run_of(one)
        # What PostgreSQL does to unlogged tables when it comes up after a crash.
        self.env["retail.reconciliation.stage"]._create(run.id, self.rule._spec())
        self.work_run(one)
        told = self.ask("GET", one).json()
        self.assertEqual(told["status"], "failed")
        self.assertIn("post it again", told["reason"])

    def test_nobody_compares_by_hand_what_the_system_posts(self):
        with self.assertRaises(UserError):
            self.rule.action_run_now()
