"""What people do leaves an audit entry: changes of set-up and decisions."""

import json

from odoo.tests import tagged

from . import factories as make
from .common import RetailCase


@tagged("post_install", "-at_install")
class TestAuditedActions(RetailCase):
    def setUp(self):
        super().setUp()
        self.last = self.newest()

    def newest(self):
        return self.env["retail.audit.entry"].search([], limit=1, order="id desc").id

    def entries(self, action):
        """Return details of the entries of ``action`` that this test made."""
        found = self.env["retail.audit.entry"].search(
            [("id", ">", self.last), ("action", "=", action)], order="id"
        )
        return [json.loads(entry.details or "{}") for entry in found]

    def test_change_of_set_up_keeps_old_and_new_values(self):
        self.backend.action_pause()
        self.backend.write({"state": "paused", "timeout_read_s": 20})
        self.assertEqual(
            self.entries("backend.changed"),
            [{"state": ["active", "paused"]}, {"timeout_read_s": [15, 20]}],
        )

    def test_nothing_changed_is_no_entry(self):
        self.backend.write({"name": self.backend.name})
        self.assertEqual(self.newest(), self.last)

    def test_creation_and_deletion_are_kept(self):
        store = make.make_store(self.env, "77")
        store.unlink()
        self.assertEqual(self.entries("store.created")[0]["code"], "77")
        self.assertEqual(len(self.entries("store.deleted")), 1)

    def test_secrets_leave_their_change_and_never_their_value(self):
        credential = self.backend.credential_ids[0]
        credential.secret = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY="
        make.make_subscription(self.backend, "https://p.example/hook?token=hunter2")
        key, text = self.env["retail.api.key"]._issue(self.backend, "till 3")
        key._renew()
        found = self.env["retail.audit.entry"].search([("id", ">", self.last)])
        everything = " ".join(entry.details or "" for entry in found)
        (changed, *_more) = self.entries("credential.changed")
        self.assertEqual(changed["ciphertext"], "changed")
        self.assertTrue(self.entries("api_key.created"))
        self.assertEqual(self.entries("api_key.changed")[0]["digest"], "changed")
        for secret in ("QUJD", "hunter2", text, key.digest, credential.ciphertext):
            self.assertNotIn(secret, everything)

    def test_identity_of_a_person_leaves_no_personal_value(self):
        self.env["retail.identity"].create(
            {"kind": "email", "value": "ada@example.com"}
        )
        (details,) = self.entries("identity.created")
        self.assertEqual(details["kind"], "email")
        self.assertNotIn("ada", json.dumps(details))

    def test_replay_and_decision_name_the_person(self):
        stuck = self.receive(
            make.make_event(make.make_receipt([make.line("NEW")])),
            make.make_event(make.make_receipt([make.line("NEW2")], register="9")),
        )
        self.work()
        clerk = make.make_user(self.env, "clerk", "group_operator")
        stuck.with_user(clerk).action_replay()
        self.work()
        stuck[0].with_user(clerk).action_ignore()
        (replayed,) = self.entries("message.replayed")
        self.assertEqual(replayed["count"], 2)
        self.assertEqual(sorted(replayed["ids"]), sorted(stuck.ids))
        ignored = self.env["retail.audit.entry"].search(
            [("action", "=", "message.ignored")], limit=1
        )
        self.assertEqual(ignored.user_name, "clerk")
        self.assertEqual(ignored.res_id, stuck[0].id)
        self.assertEqual(ignored.correlation_id, stuck[0].correlation_id)

    def test_lanes_at_work_write_no_entry(self):
        self.receive(make.make_event())
        self.work()
        self.assertEqual(self.newest(), self.last)
