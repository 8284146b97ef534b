"""``GET /retail/v1/loyalty/segments``: paged, by scope, without who withdrew (R8)."""

from odoo.tests import tagged

from . import factories as make
from .common_http import LoyaltyHttpCase

SCOPE = "loyalty:segments"


@tagged("post_install", "-at_install")
class TestApiSegments(LoyaltyHttpCase):
    def setUp(self) -> None:
        super().setUp()
        key, self.text = self.issue(SCOPE)
        key.limit_per_minute = 0
        self.members = self.member.union(
            *(make.make_member(self.env, self.program) for _n in range(4))
        )
        self.segment = self.make_segment(f"seg-{make.new_uuid()[:8]}", "service")
        self.path = f"/segments/{self.segment.code}/members"

    def make_segment(self, code: str, purpose: str) -> object:
        segment = self.env["retail.loyalty.segment"].create(
            {
                "name": code,
                "code": code,
                "program_id": self.program.id,
                "purpose": purpose,
                "is_told": True,
            }
        )
        segment._evaluate()
        return segment

    def test_pages_give_each_member_once(self):
        seen, cursor = [], ""
        while cursor is not None:
            answer = self.get(f"{self.path}?limit=2{cursor}").json()
            seen += [item["member_id"] for item in answer["items"]]
            cursor = answer["next"] and f"&cursor={answer['next']}"
        self.assertEqual(len(seen), 5)
        self.assertEqual(set(seen), set(self.members.mapped("uuid")))

    def test_list_tells_segments_that_are_for_partners(self):
        hidden = self.make_segment(f"own-{make.new_uuid()[:8]}", "service")
        hidden.is_told = False
        [item] = [
            one
            for one in self.get("/segments?limit=100").json()["items"]
            if one["code"] in (self.segment.code, hidden.code)
        ]
        self.assertEqual((item["code"], item["members"]), (self.segment.code, 5))
        self.assertProblem(self.get(f"/segments/{hidden.code}/members"), 404)

    def test_withdrawal_counts_at_once(self):
        marketing = self.make_segment(f"m-{make.new_uuid()[:8]}", "marketing_email")
        path = f"/segments/{marketing.code}/members"
        self.assertEqual(self.get(path).json()["items"], [])
        self.say("given", minutes=-5)
        marketing._evaluate()
        [item] = self.get(path).json()["items"]
        self.assertEqual(item["member_id"], self.member.uuid)
        self.say("withdrawn", minutes=0)
        self.assertEqual(self.get(path).json()["items"], [])

    def say(self, decision: str, **when: float) -> None:
        self.env["retail.loyalty.consent"].create(
            {
                "member_id": self.member.id,
                "purpose": "marketing_email",
                "decision": decision,
                "decided_at": make.after(self.ledger._now(), **when),
                "text_version": "2026-01",
            }
        )

    def test_scope_and_company_decide(self):
        self.assertProblem(self.get(self.path, self.issue("loyalty:read")[1]), 403)
        self.assertProblem(self.get("/segments/no-such/members"), 404)
        self.assertProblem(self.get(f"{self.path}?cursor=x"), 400)
        far = self.far_key()
        self.env["retail.api.key"].search(
            [], order="id desc", limit=1
        ).scope_ids |= self.env["retail.api.scope"].search([("name", "=", SCOPE)])
        self.assertProblem(self.get(self.path, far), 404)
