"""Methods that RPC can call: which there are, and that each one asks who calls."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_rights import ActionRules
from .common_security import SecurityCase
from .rights_decided import DECIDED


@tagged("post_install", "-at_install")
class TestSecurityActions(ActionRules, SecurityCase):
    decided = DECIDED

    def test_there_are_actions_to_look_at(self):
        found = {(record._name, name) for record, name in self.actions()}
        self.assertLessEqual(
            {
                ("retail.backend", "action_pause"),
                ("retail.exception", "action_accept"),
                ("retail.inbox.event", "action_replay"),
                ("retail.outbox.event", "action_cancel"),
            },
            found,
        )

    def test_operator_may_decide_about_messages(self):
        operator = self.make_member("operator", "group_operator")
        stuck = self.ours["retail.exception"].inbox_event_id.with_user(operator)
        stuck.action_replay()
        self.assertEqual(stuck.state, "received")
        stuck.action_ignore()
        self.assertEqual(stuck.state, "ignored")

    def test_message_that_is_done_is_not_ignored_and_replaying_it_is_harmless(self):
        operator = self.make_member("operator", "group_operator")
        done = self.ours["retail.inbox.event"].with_user(operator)
        with self.assertRaises(UserError):
            done.action_ignore()
        done.action_replay()
        self.work(done.backend_id.sudo())
        self.assertIn(done.state, ("done", "ignored"))
        sales = self.env["retail.transaction"].search(
            [("backend_id", "=", done.backend_id.id)]
        )
        self.assertEqual(sales, self.ours["retail.transaction"])
