"""Consents: what was said is kept, what counts is derived, nobody rewrites it (R13)."""

from datetime import timedelta

import psycopg2

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.retail_integration_base.tests.factories import make_user
from odoo.addons.retail_integration_base.tools.clock import to_rfc3339

from ..tools.consent import Proof, Word, hash_of
from . import factories as make
from .common import LoyaltyCase
from .common_http import LoyaltyHttpCase

EMAIL = "marketing_email"


@tagged("post_install", "-at_install")
class TestConsents(LoyaltyCase):
    def setUp(self) -> None:
        super().setUp()
        self.consents = self.env["retail.loyalty.consent"]
        self.at = self.ledger._now() - timedelta(days=1)

    def say(self, decision: str, later_s: int = 0, member=None, **values):
        proof = values.pop("proof", Proof("2026-03", hash_of("Yes, please")))
        at = self.at + timedelta(seconds=later_s)
        word = Word(values.pop("purpose", EMAIL), decision, at, "web", proof, **values)
        return self.consents._say(member or self.member, word)

    def allowed(self, purpose: str = EMAIL) -> bool:
        return bool(self.consents._allowed(self.member, purpose))

    def test_newest_word_counts_in_whatever_order_words_arrive(self):
        self.assertFalse(self.allowed())
        self.say("given", 10)
        self.assertTrue(self.allowed())
        self.say("withdrawn", 5)  # said before, told later
        self.assertTrue(self.allowed())
        self.say("withdrawn", 20)
        self.assertFalse(self.allowed())
        self.say("given", 30)
        self.say("withdrawn", 30)
        self.assertFalse(self.allowed(), "of one second the withdrawal counts")
        self.say("given", 31)
        self.assertTrue(self.allowed())
        self.assertFalse(self.allowed("marketing_sms"), "each purpose by itself")
        current = self.consents.search(
            [("member_id", "=", self.member.id), ("is_current", "=", True)]
        )
        self.assertEqual(
            (current.decision, current.is_current, len(self.member.consent_ids)),
            ("given", True, 6),
        )

    def test_only_active_members_are_addressed_and_feeds_get_the_same_answer(self):
        other = make.make_member(self.env, self.program)
        for member in (self.member, other):
            self.say("given", member=member)
        both = self.member | other
        self.assertEqual(self.consents._allowed(both, EMAIL), both)
        other.sudo().state = "suspended"
        self.assertEqual(self.consents._allowed(both, EMAIL), self.member)
        rows = self.env.execute_query(self.consents._allowed_sql(EMAIL))
        self.assertIn((self.member.id,), rows)
        self.assertNotIn((other.id,), rows)
        with self.assertRaises(ValueError):
            self.consents._allowed(both, "everything")

    def test_history_is_neither_changed_nor_deleted_nor_truncated(self):
        said, _new = self.say("given", proof=Proof("1", ip="203.0.113.7", ref="form"))
        for query in (
            "UPDATE retail_loyalty_consent SET decision = 'withdrawn' WHERE id = %s",
            "UPDATE retail_loyalty_consent SET ip = '198.51.100.1' WHERE id = %s",
            "UPDATE retail_loyalty_consent SET ip = NULL, ref = NULL, channel = 'x'"
            " WHERE id = %s",
            "DELETE FROM retail_loyalty_consent WHERE id = %s",
            "TRUNCATE retail_loyalty_consent -- %s",
        ):
            with (
                self.subTest(query=query),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.InsufficientPrivilege),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(query, (said.id,))
        self.env.cr.execute(
            "UPDATE retail_loyalty_consent SET ip = NULL, ref = NULL WHERE id = %s",
            (said.id,),
        )

    def test_operator_records_what_somebody_said_and_needs_the_text(self):
        operator = make_user(self.env, "operator-consents", "group_operator")
        desk = self.consents.with_user(operator)
        values = {"member_id": self.member.id, "purpose": EMAIL, "decision": "given"}
        with self.assertRaises(ValidationError):
            desk.create(values)
        with self.assertRaises(ValidationError):
            desk.create(values | {"text_version": "1", "ip": "no address"})
        with self.assertRaises(ValidationError):
            desk.create(values | {"text_version": "1", "decided_at": "2999-01-01"})
        said = desk.create(values | {"text_version": "2026-03", "ref": "form 7"})
        self.assertTrue(self.allowed())
        self.assertEqual(
            (said.user_id, said.origin, said.ref), (operator, "screen", "form 7")
        )


@tagged("post_install", "-at_install")
class TestConsentsHttp(LoyaltyHttpCase):
    def setUp(self) -> None:
        super().setUp()
        self.text = self.issue("loyalty:read", "loyalty:consent")[1]
        self.at = self.env["retail.loyalty.ledger"]._now() - timedelta(days=1)

    def say(self, decision: str = "given", later_s: int = 0, **values):
        body = {
            "purpose": EMAIL,
            "decision": decision,
            "decided_at": to_rfc3339(self.at + timedelta(seconds=later_s)),
            "channel": "web",
            "text_version": "2026-03",
            **values,
        }
        return self.do(f"/members/{self.member.uuid}/consents", body)

    def standing(self) -> dict[str, str]:
        answer = self.get(f"/members/{self.member.uuid}/consents")
        self.assertEqual(answer.status_code, 200, answer.text)
        return {one["purpose"]: one["decision"] for one in answer.json()["items"]}

    def test_word_told_twice_is_kept_once_and_read_back(self):
        self.assertEqual(set(self.standing().values()), {"unknown"})
        first = self.say(ip="203.0.113.7", ref="form-771")
        again = self.say(ip="2001:db8::1")  # another key, another address
        self.assertEqual((first.status_code, again.status_code), (201, 200), first.text)
        self.assertEqual(first.json(), again.json())
        self.assertNotIn("ip", first.json())
        self.assertEqual(self.say(text_version="other").status_code, 409)
        self.assertEqual(self.say("withdrawn", 10, text_version=None).status_code, 201)
        self.assertEqual(self.standing()[EMAIL], "withdrawn")
        history = self.get(f"/members/{self.member.uuid}/consents/history?limit=1")
        self.assertEqual(history.json()["items"][0]["decision"], "withdrawn")
        self.assertTrue(history.json()["next"])

    def test_words_that_prove_nothing_are_refused(self):
        future = to_rfc3339(self.at + timedelta(days=2))
        for values, pointer in (
            ({"text_version": None}, ""),
            ({"purpose": "everything"}, "/purpose"),
            ({"ip": "nowhere"}, "/ip"),
            ({"decided_at": future}, "/decided_at"),
            ({"store": "nowhere"}, "/store"),
        ):
            with self.subTest(values):
                self.assertProblem(self.say(**values), 422, "RET-1104", pointer)
        path = f"/members/{make.new_uuid()}/consents"
        self.assertEqual(self.get(path).status_code, 404)
        far = self.far_key()
        path = f"/members/{self.member.uuid}/consents"
        self.assertEqual(self.get(path, far).status_code, 404)

    def test_where_another_system_keeps_consents_only_withdrawals_are_taken(self):
        """R12: the system of record of a purpose is a rule, and is enforced."""
        rule = self.env["retail.ownership.rule"].create(
            {"subject": f"retail.loyalty.consent:{EMAIL}", "owned_by": "here"}
        )
        rule.sudo().write({"state": "approved", "valid_from": "2020-01-01"})
        self.assertProblem(self.say(), 409, "RET-1302")
        self.assertEqual(self.say(purpose="marketing_sms").status_code, 201)
        self.assertEqual(self.say("withdrawn").status_code, 201)
