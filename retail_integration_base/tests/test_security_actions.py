"""Methods that RPC can call: which there are, and that each one asks who calls."""

import inspect

from odoo.exceptions import AccessError, UserError
from odoo.models import BaseModel
from odoo.tests import tagged

from .common_security import SecurityCase

MODULE = "odoo.addons.retail_integration_base."
#: Overrides of Odoo's own methods, which check rights themselves.
ORM_METHODS = {"copy", "create", "init", "unlink", "write"}
#: Actions that only open a screen; whoever may read the record may call them.
OPENERS = {
    "action_decide",
    "action_export_csv",
    "action_export_xlsx",
    "action_map_and_replay",
    "action_open",
    "action_open_record",
    "action_open_records",
    "action_open_trace",
    "action_print",
    "action_show_lines",
    "action_show_open",
    "action_show_runs",
}
#: What everybody may do who may read the record: it changes nothing.
LOOKS = {"action_verify"}


def public_methods(model: BaseModel) -> set[str]:
    """Return the methods of our own classes that RPC can call."""
    return {
        name
        for cls in type(model).mro()
        if cls.__module__.startswith(MODULE)
        for name, member in vars(cls).items()
        if inspect.isfunction(member)
        and not name.startswith("_")
        and not getattr(member, "_api_private", False)
    }


@tagged("post_install", "-at_install")
class TestSecurityActions(SecurityCase):
    def actions(self) -> list[tuple[BaseModel, str]]:
        """Return a record and the name of each action that changes something."""
        return [
            (record, name)
            for model, record in sorted(self.ours.items())
            for name in sorted(public_methods(self.env[model]))
            if name.startswith("action_") and name not in OPENERS | LOOKS
        ]

    def test_public_methods_are_few_and_have_speaking_names(self):
        # Abstract models too: RPC takes any name of the registry.
        for model in filter(lambda m: m.startswith("retail."), self.env.registry):
            for name in public_methods(self.env[model]) - ORM_METHODS:
                with self.subTest(model, method=name):
                    self.assertTrue(name.startswith("action_"))

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

    def test_actions_are_refused_to_those_who_only_look(self):
        for user in (
            self.make_member("viewer", "group_user"),
            self.make_member("auditor", "group_auditor"),
            self.make_member("officer", "group_security"),
            self.env.ref("retail_integration_base.user_service"),
        ):
            for record, name in self.actions():
                if record._name == "retail.api.key" and user.login == "officer":
                    continue  # keys are the officer's own business
                with (
                    self.subTest(record._name, action=name, user=user.login),
                    self.assertRaises(AccessError),
                ):
                    getattr(record.with_user(user), name)()

    def test_actions_are_refused_to_another_company(self):
        stranger = self.make_member(
            "stranger", "group_admin", "group_security", other=True
        )
        for record, name in self.actions():
            with (
                self.subTest(record._name, action=name),
                self.assertRaises(AccessError),
            ):
                getattr(record.with_user(stranger), name)()

    def test_screens_are_not_opened_for_another_company(self):
        stranger = self.make_member("stranger", "group_admin", other=True)
        for model, record in self.ours.items():
            for name in public_methods(self.env[model]) & (OPENERS | LOOKS):
                with self.subTest(model, action=name), self.assertRaises(AccessError):
                    getattr(record.with_user(stranger), name)()

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
