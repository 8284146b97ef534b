"""Who sees and changes what: companies, groups, and fields that nobody reads.

Generated over all models, so that a new one is covered or named as missing.
"""

from odoo.exceptions import AccessError, UserError
from odoo.models import BaseModel
from odoo.tests import new_test_user, tagged

from . import factories as make
from .common_security import SHARED_MODELS, SecurityCase, retail_models

#: What the service user needs to work messages; a change here is a decision.
SERVICE_RIGHTS = {
    "retail.backend": "r",
    "retail.external.id": "r",
    "retail.identity": "r",
    "retail.inbox.event": "r",
    "retail.outbox.event": "r",
    "retail.reconciliation.rule": "r",
    "retail.reconciliation.run": "r",
    "retail.store": "r",
    "retail.subscription": "r",
    "retail.topic": "r",
    "retail.transaction": "rc",
    "retail.transaction.line": "rc",
    "retail.transaction.tender": "rc",
    "retail.value.map": "r",
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}


def rights(model: BaseModel, user: BaseModel) -> str:
    """Return what a user's groups allow on a model, as letters."""
    as_user = model.with_user(user)
    return "".join(
        letter for letter, name in OPERATIONS.items() if as_user.has_access(name)
    )


@tagged("post_install", "-at_install")
class TestCompanies(SecurityCase):
    """Nobody of one company reaches a record of another."""

    def setUp(self):
        super().setUp()
        self.stranger = self.make_member(
            "stranger", "group_admin", "group_security", "group_auditor", other=True
        )

    def test_every_model_is_covered(self):
        covered = SHARED_MODELS | set(self.ours)
        models = {model._name for model in retail_models(self.env, transient=False)}
        self.assertEqual(models, covered)
        self.assertEqual(set(self.ours), set(self.theirs))
        for name, record in self.ours.items():
            self.assertEqual(len(record), 1, name)

    def test_records_of_another_company_are_not_found(self):
        for name, record in self.ours.items():
            model = self.env[name].with_user(self.stranger)
            own = self.theirs[name]
            domain = [("id", "in", (record | own).ids)]
            with self.subTest(name):
                self.assertEqual(model.search(domain).ids, own.ids)
                self.assertEqual(model.search_count(domain), 1)
                self.assertEqual(model._read_group(domain, [], ["__count"]), [(1,)])
                found = model.web_search_read(domain, {"display_name": {}})
                self.assertEqual([row["id"] for row in found["records"]], own.ids)
                named = model.name_search(domain=domain)
                self.assertEqual([id_ for id_, _name in named], own.ids)

    def test_records_of_another_company_are_not_read_or_changed(self):
        for name, record in self.ours.items():
            record = record.with_user(self.stranger)
            for what, attempt in {
                "read": lambda r: r.read(["display_name"]),
                "export": lambda r: r.export_data(["display_name"]),
                "write": lambda r: r.write({}),
                "copy": lambda r: r.copy(),
                "unlink": lambda r: r.unlink(),
            }.items():
                # Recorded sales refuse any change before they ask who it is.
                refusal = UserError if what == "write" else AccessError
                with self.subTest(name, what=what), self.assertRaises(refusal):
                    attempt(record)

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
class TestGroups(SecurityCase):
    """What each group may do inside its company."""

    def test_every_model_has_rights_and_none_without_a_group(self):
        for model in retail_models(self.env):
            rules = self.env["ir.model.access"].search(
                [("model_id.model", "=", model._name)]
            )
            with self.subTest(model._name):
                self.assertTrue(rules)
                self.assertTrue(all(rule.group_id for rule in rules))

    def test_outsiders_and_plain_employees_have_no_rights(self):
        portal = new_test_user(self.env, "visitor", "base.group_portal")
        employee = self.make_member("employee")
        for user in (self.env.ref("base.public_user"), portal, employee):
            for model in retail_models(self.env):
                with self.subTest(model._name, user=user.login):
                    self.assertEqual(rights(model, user), "")

    def test_service_user_has_what_it_needs_and_nothing_else(self):
        service = self.env.ref("retail_integration_base.user_service")
        found = {
            model._name: rights(model, service)
            for model in retail_models(self.env)
            if rights(model, service)
        }
        self.assertEqual(found, SERVICE_RIGHTS)

    def test_service_user_cannot_sign_in(self):
        service = self.env.ref("retail_integration_base.user_service")
        self.env.cr.execute(
            "SELECT password FROM res_users WHERE id = %s", [service.id]
        )
        self.assertFalse(self.env.cr.fetchone()[0])

    def test_auditor_reads_everything_and_changes_nothing(self):
        auditor = self.make_member("auditor", "group_auditor")
        secrets = {"retail.credential", "retail.api.key"}
        for model in retail_models(self.env, transient=False):
            with self.subTest(model._name):
                expected = "" if model._name in secrets else "r"
                self.assertEqual(rights(model, auditor), expected)
        for name in set(self.ours) - secrets:
            self.assertTrue(self.ours[name].with_user(auditor).read())

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
