"""Who sees and changes what: companies, groups, and fields that nobody reads.

Generated over all models, so that a new one is covered or named as missing.
"""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from . import factories as make
from .common_rights import GroupRules, rights
from .common_rights_companies import CompanyRules
from .common_security import SecurityCase
from .rights_decided import DECIDED


@tagged("post_install", "-at_install")
class TestCompanies(CompanyRules, SecurityCase):
    """Nobody of one company reaches a record of another."""

    decided = DECIDED

    def test_records_cannot_be_made_for_another_company(self):
        backend, company = self.ours["retail.backend"], self.company
        for name, values in {
            "retail.credential": {"backend_id": backend.id, "secret": make.SECRET},
            "retail.api.key": {"backend_id": backend.id, "name": "mine"},
            "retail.subscription": {
                "backend_id": backend.id,
                "url": "https://a.example",
            },
            "retail.external.id": {
                "backend_id": backend.id,
                "entity": "store",
                "external_id": "mine",
                "res_id": self.theirs["retail.store"].id,
            },
            "retail.store": {"code": "mine", "name": "x", "company_id": company.id},
            "retail.identity": {
                "kind": "email",
                "value": "a@example.com",
                "company_id": company.id,
            },
            "retail.value.map": {
                "kind": "tax",
                "external_value": "mine",
                "internal_value": "x",
                "company_id": company.id,
            },
        }.items():
            model = self.env[name].with_user(self.stranger)
            with self.subTest(name), self.assertRaises(AccessError):
                model.create(values).flush_recordset()

    def test_records_cannot_be_moved_to_another_company(self):
        # Odoo holds record rules against the old values only.
        company = {"company_id": self.company.id}
        backend = {"backend_id": self.ours["retail.backend"].id}
        for name, values in {
            "retail.backend": company,
            "retail.store": company,
            "retail.credential": backend,
            "retail.api.key": backend,
            "retail.sync.job": backend,
            "retail.subscription": backend,
            "retail.reconciliation.rule": backend,
            "retail.external.id": backend,
            "retail.identity": company,
            "retail.value.map": company,
        }.items():
            record = self.theirs[name].with_user(self.stranger)
            with self.subTest(name), self.assertRaises(UserError):
                record.write(values)
                self.env.flush_all()

    def test_trace_does_not_tell_the_story_of_another_company(self):
        story = self.ours["retail.inbox.event"].correlation_id
        own = self.theirs["retail.inbox.event"].correlation_id
        traces = self.env["retail.trace"].with_user(self.stranger)
        self.assertTrue(traces.create({"correlation_id": own}).step_ids)
        self.assertFalse(traces.create({"correlation_id": story}).step_ids)

    def test_wizard_does_not_show_the_exception_of_another_company(self):
        exception = self.ours["retail.exception"]
        with self.assertRaises(AccessError):
            wizard = (
                self.env["retail.map.and.replay"]
                .with_user(self.stranger)
                .create({"exception_id": exception.id})
            )
            wizard.read(["kind", "value", "backend_id"])

    def test_backend_of_another_company_has_a_service_user_who_can_work(self):
        backend = make.make_backend(self.env, "third", company_id=self.other_company.id)
        self.assertIn(self.other_company, backend.user_id.company_ids)


@tagged("post_install", "-at_install")
class TestGroups(GroupRules, SecurityCase):
    """What each group may do inside its company."""

    decided = DECIDED

    def test_service_user_cannot_sign_in(self):
        service = self.env.ref("retail_integration_base.user_service")
        self.env.cr.execute(
            "SELECT password FROM res_users WHERE id = %s", [service.id]
        )
        self.assertFalse(self.env.cr.fetchone()[0])

    def test_nobody_may_change_messages_attempts_or_sales(self):
        everybody = self.make_member(
            "everybody", "group_admin", "group_security", "group_auditor"
        )
        for name in (
            "retail.inbox.event",
            "retail.outbox.event",
            "retail.audit.entry",
            "retail.audit.stream",
            "retail.event.attempt",
            "retail.gate",
            "retail.lane",
            "retail.lane.start",
            "retail.refusal",
            "retail.sync.run",
            "retail.reconciliation.run",
            "retail.reconciliation.line",
            "retail.transaction",
            "retail.transaction.line",
            "retail.transaction.tender",
        ):
            with self.subTest(name):
                self.assertEqual(rights(self.env[name], everybody), "r")

    def test_contents_of_messages_are_for_operators_and_auditors(self):
        readers = {"group_operator", "group_auditor", "group_steward", "group_admin"}
        for group in (*readers, "group_user", "group_security"):
            user = self.make_member(f"reader-{group}", group)
            for name in ("retail.inbox.event", "retail.outbox.event"):
                message = self.ours[name].with_user(user)
                with self.subTest(name, group=group):
                    if group in readers:
                        self.assertTrue(message.read(["payload"])[0]["payload"])
                        continue
                    self.assertNotIn("payload", message.fields_get())
                    self.assertNotIn("payload", message.read()[0])
                    for attempt in (
                        lambda m: m.read(["payload"]),
                        lambda m: m.search([("payload", "like", "MUG")]),
                        lambda m: m.export_data(["payload"]),
                    ):
                        with self.assertRaises(AccessError):
                            attempt(message)

    def test_private_fields_are_nobodys(self):
        everybody = self.make_member(
            "everybody", "group_admin", "group_security", "group_auditor"
        )
        for name, field in (
            ("retail.credential", "ciphertext"),
            ("retail.api.key", "digest"),
        ):
            record = self.ours[name].with_user(everybody)
            with self.subTest(name):
                self.assertTrue(record.sudo()[field])
                self.assertNotIn(field, record.fields_get())
                with self.assertRaises(AccessError):
                    record.read([field])
