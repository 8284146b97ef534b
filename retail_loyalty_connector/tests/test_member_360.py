"""A member's screen: what it says, to whom, and that it asks little (R74, R76)."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from . import factories as make
from .common_sales import SalesCase, line

USER = "retail_integration_base.group_user"
OPERATOR = "retail_integration_base.group_operator"


@tagged("post_install", "-at_install")
class TestMember360(SalesCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        for code, threshold in (("blue", 0), ("gold", 100), ("black", 1000)):
            make.make_tier(cls.program, code, threshold)
        cls.env["retail.loyalty.tiering"]._assess(cls.member)
        own = cls.program.currency_id
        if own != cls.euro:
            make.make_worth(cls.program, own)
        cls.reader = new_test_user(cls.env, "desk", USER)

    def overview(self, user: object = None) -> dict:
        self.env.flush_all()
        return self.member.with_user(user or self.reader).action_overview()

    def timeline(self, **asked: object) -> dict:
        self.env.flush_all()
        member = self.member.with_user(self.reader)
        return member.action_timeline(self.account.id, **asked)

    def test_head_tells_points_worth_tier_and_what_ends(self):
        self.sell(line("250.00"))
        self.give(40, expires_at=make.after(self.ledger._now(), days=10))
        self.reserve(90)
        seen = self.overview()
        [wallet] = seen["wallets"]
        told = [wallet[k] for k in ("posted", "held", "available", "value")]
        self.assertEqual(told, [290, 90, 200, 2.0])
        [lot] = wallet["expiring"]
        self.assertEqual((lot["points"], lot["days_left"] in (9, 10)), (40, True))
        self.assertEqual(seen["tier"]["name"], "Gold")
        following = seen["tier"]["next"]
        self.assertEqual((following["name"], following["missing"]), ("Black", 710))
        [event] = seen["events"]
        self.assertEqual(
            (event["kind"], event["before"], event["after"]),
            ("tier_up", "Blue", "Gold"),
        )
        [hold] = seen["holds"]
        self.assertEqual(hold["points"], 90)
        self.assertFalse(seen["can_decide"])

    def test_timeline_names_sale_store_and_the_receipt_that_goods_came_back_of(self):
        sale = self.sell(line("30.00", qty="3"))
        back = self.take_goods_back(sale, line("30.00", qty="-1", of=1))
        taken, earned = self.timeline()["items"]
        self.assertEqual((taken["points"], earned["points"]), (-30, 90))
        self.assertEqual(taken["sale"]["ref"], back.ref)
        self.assertEqual(taken["original"]["ref"], sale.ref)
        self.assertTrue(taken["is_reversal"])
        self.assertEqual(earned["where"], sale.store_id.name)
        self.assertEqual(earned["parts"][0]["name"], "A point per euro")

    def test_pages_follow_each_other_without_gap(self):
        for points in range(1, 8):
            self.give(points)
        seen, before = [], None
        while True:
            page = self.timeline(limit=3, before=before)
            seen += [item["points"] for item in page["items"]]
            before = page["next"]
            if not before:
                break
        self.assertEqual(seen, [7, 6, 5, 4, 3, 2, 1])

    def test_as_few_queries_for_a_busy_member_as_for_a_new_one(self):
        self.overview()  # warm: texts, rights
        self.timeline()
        new = self.count_queries()
        self.ledger._post([make.accrual(self.account, 1) for _n in range(300)])
        for points in (1, 2, 3):
            self.reserve(points)
        busy = self.count_queries()
        self.assertLessEqual(busy, new + 1)  # the sales that the page names
        self.assertLessEqual(busy, 26)

    def count_queries(self) -> int:
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.overview()
        self.timeline()
        return self.env.cr.sql_log_count - before

    def test_other_companies_see_neither_member_nor_foreign_sales(self):
        company = self.env["res.company"].create({"name": "Far"})
        far = new_test_user(
            self.env, "far", USER, company_id=company.id, company_ids=company.ids
        )
        self.sell(line("10.00"))
        with self.assertRaises(AccessError):
            self.overview(far)
        # A group's program: the member is theirs too, our receipts are not.
        self.env.cr.execute(
            "UPDATE retail_loyalty_program SET company_id = NULL WHERE id = %s;"
            "UPDATE retail_loyalty_member SET company_id = NULL WHERE id = %s",
            (self.program.id, self.member.id),
        )
        self.env.invalidate_all()
        member = self.member.with_user(far)
        [item] = member.action_timeline(self.account.id)["items"]
        self.assertEqual((item["points"], item["sale"]), (10, None))
        other = make.make_member(self.env, self.program)
        self.assertFalse(other.with_user(far).action_timeline(self.account.id)["items"])

    def test_operator_frees_reserved_points_and_the_audit_knows(self):
        self.give(100)
        held = self.reserve(60)
        hold = self.env["retail.loyalty.hold"].search([("uuid", "=", held.uuid)])
        self.assertEqual(hold.value, 0.6)
        self.assertIn(hold.left_min, (14, 15))
        with self.assertRaises(AccessError):
            hold.with_user(self.reader).action_void()
        operator = new_test_user(self.env, "operator", OPERATOR)
        hold.with_user(operator).action_void()
        self.assertEqual(self.balance().available, 100)
        [entry] = self.env["retail.audit.entry"].search(
            [("action", "=", "loyalty_hold.voided"), ("res_id", "=", hold.id)]
        )
        self.assertEqual(entry.user_id, operator)
        taken = self.reserve(60)
        self.capture(taken)
        captured = self.env["retail.loyalty.hold"].search([("uuid", "=", taken.uuid)])
        with self.assertRaises(UserError):
            captured.with_user(operator).action_void()

    def test_statement_adds_up(self):
        self.give(100)
        self.take(30)
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html(
                "retail_loyalty_connector.statement_document", self.member.ids
            )[0]
            .decode()
        )
        for text in (self.member.number, "+100", "-30", ">70<"):
            self.assertIn(text, html)
        [told] = self.member._statements()
        moved = sum(told["entries"].mapped("amount"))
        self.assertEqual(told["opening"] + moved, told["closing"])

    def test_failed_points_show_why_and_come_when_the_member_is_active_again(self):
        operator = new_test_user(self.env, "operator", OPERATOR)
        member = self.member.with_user(operator)
        member._suspend("odd")
        self.sell(line("10.00"))
        [failed] = self.overview()["failed"]
        self.assertIn("suspended", failed["why"])
        self.assertEqual(self.points, 0)
        member._reactivate("a mistake")
        self.assertEqual((self.overview()["failed"], self.points), ([], 10))

    def absorb_two(self):
        """Let two others live, and be merged: the first into the second into ours."""
        sale = self.sell(line("25.00"))
        first, second = (make.make_member(self.env, self.program) for _n in "ab")
        (first | second).write({"enrolled_at": "2026-01-01"})
        for one, points in ((first, 40), (second, 30), (first, 2)):
            self.give(points, one._account())
        self.take(10, first._account())
        self.sell(line("7.00"), customer={"loyalty_id": second.number})
        second.state = "suspended"
        self.sell(line("9.00"), customer={"loyalty_id": second.number})
        second.state = "active"
        merges = self.env["retail.loyalty.merge"]
        merges._merge(first, second, "two cards")
        merges._merge(second, self.member, "three cards")
        self.give(3)
        return sale, first, second

    def test_life_of_who_was_merged_into_a_member_is_theirs(self):
        sale, first, _second = self.absorb_two()
        whole = self.timeline(limit=100)
        self.assertIsNone(whole["next"])
        seen = [item["points"] for item in whole["items"]]
        self.assertEqual(seen[0], 3)
        self.assertEqual(sorted(seen[1:5]), [-69, -32, 32, 69])  # the merges
        self.assertEqual(seen[5:], [7, -10, 2, 30, 40, 25])
        last, before_it, oldest = (whole["items"][n] for n in (0, -2, -1))
        self.assertEqual((last["balance"], last["member"]), (self.points, ""))
        self.assertEqual((oldest["balance"], oldest["sale"]["ref"]), (25, sale.ref))
        self.assertEqual(
            (before_it["balance"], before_it["member"]), (65, first.number)
        )
        paged, before = [], None
        while True:
            page = self.timeline(limit=2, before=before)
            paged += page["items"]
            before = page["next"]
            if not before:
                break
        self.assertEqual(paged, whole["items"])
        [told] = self.member._statements()
        self.assertEqual((told["opening"], told["closing"]), (0, 97))
        self.assertEqual(len(told["entries"]), len(seen))
        [failed] = self.overview()["failed"]
        self.assertIn("suspended", failed["why"])

    def test_buttons_of_a_member_open_what_merged_members_left(self):
        _sale, first, second = self.absorb_two()
        member = self.member.with_user(self.reader)
        for button in ("entries", "holds", "lots", "sales"):
            action = getattr(member, f"action_open_{button}")()
            rows = self.env[action["res_model"]].with_user(self.reader)
            members = rows.search(action["domain"]).member_id
            with self.subTest(button):
                self.assertLessEqual(members, self.member | first | second)
                self.assertEqual(second in members, button in ("entries", "sales"))
