"""Who may change what of a member: people say who it is, actions do the rest."""

from odoo.exceptions import AccessError, UserError
from odoo.models import BaseModel
from odoo.tests import new_test_user, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from odoo.addons.retail_integration_base.tests.factories import make_user

from ..models.loyalty_member_state import FIRST_WORDS, OWN_WORDS
from .common_http import LoyaltyHttpCase

OPERATOR = "retail_integration_base.group_operator"


@tagged("post_install", "-at_install")
class TestMemberState(LoyaltyHttpCase):
    def setUp(self) -> None:
        super().setUp()
        self.operator = new_test_user(self.env, "desk-operator", OPERATOR)

    def press(self, reason: str, user: BaseModel | None = None) -> None:
        """Suspend the member, or make it active again, as the form does."""
        dialogs = self.env["retail.loyalty.member.suspension"]
        dialogs.with_user(user or self.operator).create(
            {"member_id": self.member.id, "reason": reason}
        ).action_confirm()
        self.env.invalidate_all()

    def call(self, method: str, *args: object) -> object:
        """Call a method of members over RPC."""
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/retail.loyalty.member/{method}",
            {
                "model": "retail.loyalty.member",
                "method": method,
                "args": list(args),
                "kwargs": {},
            },
        )

    def test_operator_suspends_and_takes_it_back_and_the_audit_says_why(self):
        self.press("three cards, one hand")
        self.assertEqual(
            (self.member.state, self.member.state_reason),
            ("suspended", "three cards, one hand"),
        )
        self.assertEqual(self.member.state_changed_by_id, self.operator)
        self.press("a family")
        self.assertEqual(self.member.state, "active")
        trail = self.env["retail.audit.entry"].search(
            [
                ("res_model", "=", "retail.loyalty.member"),
                ("res_id", "=", self.member.id),
            ],
            order="id",
        )
        self.assertEqual(
            trail.mapped("action"), ["member.suspended", "member.reactivated"]
        )
        self.assertEqual(trail.user_id, self.operator)
        self.assertIn("three cards, one hand", trail[0].details)
        # Nothing erases an entry, so none names the person.
        self.assertEqual(set(trail.mapped("res_name")), {self.member.uuid})

    def test_only_operators_and_only_from_the_state_that_they_saw(self):
        viewer = make_user(self.env, "viewer", "group_user")
        with self.assertRaises(AccessError):
            self.press("because", viewer)
        with self.assertRaises(AccessError):
            self.member.with_user(viewer)._suspend("because")
        self.member.with_user(self.operator)._suspend("first")
        with self.assertRaises(UserError):
            self.member.with_user(self.operator)._suspend("second")
        self.assertEqual(self.member.state_reason, "first")

    def test_operator_cannot_write_over_rpc_what_only_actions_decide(self):
        self.authenticate("desk-operator", "desk-operator")
        other = self.env["res.partner"].create({"name": "A friend"})
        self.member.state = "suspended"
        self.env.flush_all()
        for values in (
            {"state": "active"},
            {"partner_id": other.id},
            {"number": "X-1", "birthday_month": "3"},
            {"account_ids": [[5, 0, 0]]},
        ):
            with (
                self.subTest(values),
                mute_logger("odoo.http"),
                self.assertRaises(JsonRpcException),
            ):
                self.call("write", [self.member.id], values)
        new = {"program_id": self.program.id, "partner_id": other.id}
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.call("create", [{**new, "state": "closed"}])
        self.assertTrue(self.call("create", [new]))
        self.assertTrue(self.call("write", [self.member.id], {"birthday_month": "3"}))
        self.env.invalidate_all()
        self.assertEqual(
            (self.member.state, self.member.birthday_month), ("suspended", "3")
        )
        self.assertNotEqual(self.member.partner_id, other)

    def test_every_other_field_of_a_member_is_guarded(self):
        member = self.member.with_user(self.operator)
        others = set(member._fields) - OWN_WORDS
        self.assertGreater(len(others), 20)
        for name in sorted(others):
            with self.subTest(name), self.assertRaises(UserError):
                member.write({name: False})
            if name not in FIRST_WORDS:
                with self.subTest(name, what="create"), self.assertRaises(UserError):
                    values = {"program_id": self.program.id, "partner_id": 1}
                    member.create({**values, name: False})

    def test_payment_under_way_goes_on_and_no_new_one_begins(self):
        self.give(100)
        held = self.reserve(40)
        self.press("odd")
        self.assertEqual(self.capture(held).state, "captured")
        self.assertProblem(self.hold(1), 409, "RET-4101")
