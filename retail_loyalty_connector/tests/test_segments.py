"""Segments: who is in, who came and went, and that consent governs (R7, R8)."""

import base64

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from odoo.addons.retail_integration_base.tests import factories as base_make
from odoo.addons.retail_integration_base.tools import strict_json

from . import factories as make
from .common_sales import SalesCase, line

TOPIC = "retail.loyalty.segment.members.v1"


@tagged("post_install", "-at_install")
class TestSegments(SalesCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.others = [make.make_member(cls.env, cls.program) for _n in range(3)]
        cls.everybody = cls.member.union(*cls.others)

    @classmethod
    def _make_program(cls) -> None:
        # What is spent counts in the program's currency.
        euro = cls.env.ref("base.EUR")
        cls.program = make.make_program(cls.env, currency_id=euro.id)
        cls.member = make.make_member(cls.env, cls.program)
        cls.account = cls.member._account()
        cls.ledger = cls.env["retail.loyalty.ledger"]

    def segment(self, *rules: dict, **values: object) -> object:
        """Return a segment that no consent is needed for, not yet renewed."""
        values = {
            "name": "Some",
            "code": f"s-{make.new_uuid()[:8]}",
            "program_id": self.program.id,
            "purpose": "service",
            "condition_ids": [(0, 0, rule) for rule in rules],
            **values,
        }
        return self.env["retail.loyalty.segment"].create(values)

    def members(self, segment: object) -> object:
        segment._evaluate()
        rows = self.env["retail.loyalty.segment.member"].search(
            [("segment_id", "=", segment.id)]
        )
        self.assertEqual(segment.member_count, len(rows))
        return rows.member_id

    def who(self, *rules: dict, **values: object) -> object:
        """Return who is in a segment of these rules."""
        return self.members(self.segment(*rules, **values))

    def assertWho(self, *cases: tuple[dict, object]) -> None:
        """Check whom each rule finds."""
        for rule, expected in cases:
            with self.subTest(rule=rule):
                self.assertEqual(self.who(compare(rule)), expected & self.everybody)

    def test_rules_about_who_they_are(self):
        ann, bob, cas = self.others
        me, nobody = self.member, self.env["retail.loyalty.member"]
        gold = make.make_tier(self.program, "gold", 0)
        ann.tier_id = gold
        bob.birthday_month = str(self.program._day(self.ledger._now()).month)
        tag = self.env["res.partner.category"].create({"name": "Staff"})
        cas.partner_id.category_id = tag
        cas.enrolled_at = make.after(self.ledger._now(), days=-400)
        me.enrolled_at = make.after(self.ledger._now(), days=-100)
        tiers = [(6, 0, gold.ids)]
        self.assertWho(
            ({"what": "tier", "tier_ids": tiers}, ann),
            ({"what": "tier", "not": True, "tier_ids": tiers}, me + bob + cas),
            ({"what": "member_since", "days": 365}, cas),
            ({"what": "member_since", "at_most": True, "days": 30}, ann + bob),
            ({"what": "birthday", "month": "this"}, bob),
            ({"what": "birthday", "month": "next"}, nobody),
            ({"what": "tag", "tag_ids": [(6, 0, tag.ids)]}, cas),
        )

    def test_rules_about_points(self):
        ann, bob, cas = self.others
        nobody = self.env["retail.loyalty.member"]
        soon = make.after(self.ledger._now(), days=9)
        self.give(500, bob._account(), expires_at=soon)
        self.give(42)
        self.assertWho(
            ({"what": "points", "number": 100}, bob),
            ({"what": "points", "at_most": True, "number": 41}, ann + cas),
            ({"what": "expiring", "number": 1, "days": 10}, bob),
            ({"what": "expiring", "number": 1, "days": 5}, nobody),
        )

    def test_rules_about_purchases(self):
        me, nobody = self.member, self.env["retail.loyalty.member"]
        rest = self.everybody - me
        self.sell(line("30.00"), line("12.00", sku="POSTER"))
        wall = self.env["product.category"].create({"name": "Wall"})
        self.poster.categ_id = self.env["product.category"].create(
            {"name": "Posters", "parent_id": wall.id}
        )
        elsewhere = self.env["product.category"].create({"name": "Elsewhere"})
        stores = [(6, 0, self.store.ids)]
        self.assertWho(
            ({"what": "last_purchase", "at_most": True, "days": 900}, me),
            ({"what": "last_purchase", "days": 900}, rest),
            ({"what": "spend", "number": 42, "days": 900}, me),
            ({"what": "spend", "number": 42.01, "days": 900}, nobody),
            ({"what": "spend", "at_most": True, "number": 42, "days": 900}, me + rest),
            ({"what": "spend", "at_most": True, "number": 41, "days": 900}, rest),
            ({"what": "visits", "number": 1, "days": 900}, me),
            ({"what": "visits", "at_most": True, "number": 0, "days": 900}, rest),
            ({"what": "store", "store_ids": stores, "days": 900}, me),
            ({"what": "store", "not": True, "store_ids": stores, "days": 900}, rest),
            ({"what": "category", "category_ids": [(6, 0, wall.ids)], "days": 900}, me),
            (
                {
                    "what": "category",
                    "category_ids": [(6, 0, elsewhere.ids)],
                    "days": 900,
                },
                nobody,
            ),
        )

    def test_rules_are_met_all_or_any(self):
        self.give(100)
        self.give(50, self.others[0]._account())
        rich = {"what": "points", "number": 100}
        some = {"what": "points", "number": 50}
        self.assertEqual(self.who(rich, some), self.member)
        either = self.who(rich, some, match="any")
        self.assertEqual(either, self.member + self.others[0])
        [segment] = self.env["retail.loyalty.segment"].search(
            [("match", "=", "any"), ("program_id", "=", self.program.id)]
        )
        self.assertIn("Points that can be spent at least 100", segment.summary)
        self.assertIn("\nor ", segment.summary)

    def test_changes_since_last_time_are_kept(self):
        segment = self.segment({"what": "points", "number": 100})
        self.assertFalse(self.members(segment))
        self.give(100)
        self.assertEqual(self.members(segment), self.member)
        self.assertEqual((segment.added_count, segment.removed_count), (1, 0))
        self.take(10)
        self.assertFalse(self.members(segment))
        self.assertEqual((segment.added_count, segment.removed_count), (0, 1))
        self.members(segment)
        self.assertEqual((segment.added_count, segment.removed_count), (0, 0))
        changes = self.env["retail.loyalty.segment.change"].search(
            [("segment_id", "=", segment.id)], order="id"
        )
        self.assertEqual(
            [(one.change, one.generation) for one in changes],
            [("added", 2), ("removed", 3)],
        )

    def test_who_has_not_agreed_is_not_in_a_marketing_segment(self):
        segment = self.segment(purpose="marketing_email")
        self.assertFalse(self.members(segment))
        self.agree(self.member, "marketing_email")
        self.assertEqual(self.members(segment), self.member)
        self.agree(self.member, "marketing_email", "withdrawn")
        self.assertFalse(segment._still_allowed(self.member))
        self.assertFalse(self.members(segment))

    def agree(self, member: object, purpose: str, decision: str = "given") -> None:
        at = make.after(self.ledger._now(), minutes=-5 if decision == "given" else 0)
        self.env["retail.loyalty.consent"].create(
            {
                "member_id": member.id,
                "purpose": purpose,
                "decision": decision,
                "decided_at": at,
                "text_version": "2026-01",
            }
        )

    def test_list_is_uploaded_and_the_unknown_are_named(self):
        segment = self.segment(kind="list")
        ann, bob, _cas = self.others
        text = f"number\n{ann.number}\n{bob.uuid.upper()}\nM-NOBODY\n"
        upload = self.env["retail.loyalty.segment.upload"].create(
            {"segment_id": segment.id, "file": base64.b64encode(text.encode())}
        )
        upload.action_upload()
        self.assertEqual(self.members(segment), ann + bob)
        self.assertIn("2 lines name no member: M-NOBODY, number", upload.result)
        nobody = upload.copy({"file": base64.b64encode(b"x\n")})
        with self.assertRaises(UserError):
            nobody.action_upload()
        reader = new_test_user(
            self.env, "looks", "retail_integration_base.group_operator"
        )
        with self.assertRaises(AccessError):
            segment.with_user(reader).action_evaluate()

    def test_rule_that_compares_nothing_is_refused(self):
        for rule in (
            {"what": "tier", "comparison": "is"},
            {"what": "points", "comparison": "is", "number": 5},
        ):
            with self.assertRaises(ValidationError):
                self.segment(rule)

    def test_campaign_is_for_a_segment(self):
        segment = self.segment({"what": "visits", "number": 1, "days": 900})
        make.make_campaign(self.program, member_segment_ids=[(6, 0, segment.ids)])
        self.members(segment)
        self.sell(line("10.00"))
        self.assertEqual(self.points, 10)
        self.members(segment)
        self.sell(line("10.00"))
        self.assertEqual(self.points, 30)
        segment.active = False
        self.sell(line("10.00"))
        self.assertEqual(self.points, 40)

    # --- feed -------------------------------------------------------------------------

    def test_feed_tells_each_part_once_in_order_and_shows_its_lag(self):
        segment = self.segment({"what": "points", "number": 1}, is_told=True)
        kept = self.segment({"what": "points", "number": 0})  # told to nobody
        campaign = make.make_campaign(
            self.program, member_segment_ids=[(6, 0, segment.ids)]
        )
        job = self.push_job()
        self.give(5)
        (segment + kept)._evaluate()
        self.give(5, self.others[0]._account())
        self.take(5)
        segment._evaluate()
        # Runs end with this second; what happens in it is the next one's.
        self.env.cr.execute(
            "UPDATE retail_loyalty_segment_batch"
            " SET evaluated_at = evaluated_at - interval '1 minute'"
        )
        for _twice in range(2):
            job.action_run_now()
            self.env.flush_all()
            job.last_run_id._step()
            self.env.invalidate_all()
        first, second = [json_of(one) for one in self.messages(TOPIC)]
        self.assertEqual(first["added"], [self.member.uuid])
        self.assertEqual(first["campaigns"], [{"name": campaign.name}])
        self.assertEqual(second["added"], [self.others[0].uuid])
        self.assertEqual(second["removed"], [self.member.uuid])
        self.assertEqual((first["generation"], second["generation"]), (1, 2))
        self.assertLess(job.lag_s, 60)
        self.assertEqual(job.last_run_id.duplicate_count, 2)

    def push_job(self) -> object:
        """Return a job that tells ``backend`` of segments."""
        topic = self.env.ref("retail_loyalty_connector.topic_segment_members_v1")
        base_make.make_subscription(self.backend, "http://127.0.0.1:9/", topic)
        self.backend.write({"api_url": "http://127.0.0.1:9", "phase_events": True})
        return self.env["retail.sync.job"].create(
            {
                "name": "Segments",
                "backend_id": self.backend.id,
                "direction": "push",
                "push_source": "retail.sync.push.loyalty.segments",
            }
        )

    def messages(self, topic: str) -> object:
        return self.env["retail.outbox.event"].search(
            [("topic_id.name", "=", topic)], order="id"
        )


def compare(rule: dict) -> dict:
    """Return a rule with the comparison that it means."""
    chosen = any(key.endswith("_ids") or key == "month" for key in rule)
    if rule.pop("not", False):
        return {**rule, "comparison": "is_not"}
    if rule.pop("at_most", False):
        return {**rule, "comparison": "at_most"}
    return {**rule, "comparison": "is" if chosen else "at_least"}


def json_of(message: object) -> dict:
    """Return what a message tells."""
    return strict_json.loads(message.payload.encode())["data"]
