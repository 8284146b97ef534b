"""Who may do what, held against every model, method and field of a module.

Each module that has models says what it decided (``rights_decided.py``) and lets one
record of each model come about in two companies (``shop_day.py`` or the like); classes
of its own inherit these rules. A model, a right or a method that nobody decided about
fails here, and the message says what to write where. Companies are in
``common_rights_companies.py``.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from odoo import fields
from odoo.api import Environment
from odoo.exceptions import AccessError
from odoo.models import BaseModel
from odoo.tests import new_test_user

OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
CHANGES = {letter: name for letter, name in OPERATIONS.items() if letter != "r"}
#: Overrides of Odoo's own methods, which check rights themselves.
ORM_METHODS = {"copy", "create", "init", "name_search", "unlink", "write"}
#: Names of columns that only code may read.
SECRET = re.compile(r"(?:^|_)(?:secret|password|ciphertext|api_token|access_token)$")
#: group -> groups whose rights it has as well
LADDER = {
    "group_user": (),
    "group_auditor": ("group_user",),
    "group_operator": ("group_user",),
    "group_finance": ("group_operator", "group_user"),
    "group_steward": ("group_operator", "group_user"),
    "group_admin": ("group_steward", "group_finance", "group_operator", "group_user"),
    "group_security": ("group_user",),
    "group_service": (),
}


@dataclass(frozen=True)
class Decided:
    """What a module decided about rights; what is not in it, nobody may do."""

    module: str
    #: where the records of ``ours`` and ``theirs`` come about
    day: str
    #: configuration and evidence that all companies share
    shared: frozenset[str]
    #: model -> the lowest group that may -> write, create, delete, as letters
    may_change: Mapping[str, Mapping[str, str]]
    #: model -> what the service user needs to work messages
    service: Mapping[str, str]
    #: actions that only open a screen; whoever may read the record may call them
    openers: frozenset[str] = frozenset()
    #: what everybody may do who may read the record: it changes nothing
    looks: frozenset[str] = frozenset()
    #: models that not even an auditor reads
    secret: frozenset[str] = frozenset()
    #: (model, group): a model whose actions are that group's own business
    own_business: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    @property
    def table(self) -> str:
        """Where this is written."""
        return f"{self.module}/tests/rights_decided.py"

    @property
    def access(self) -> str:
        """Where groups get their rights."""
        return f"{self.module}/security/ir.model.access.csv"


def retail_models(
    env: Environment, module: str = "", *, transient: bool | None = None
) -> list[BaseModel]:
    """Return the models with a table, those that ``module`` brings if it is named."""
    return [
        env[name]
        for name in sorted(env.registry)
        if name.startswith("retail.")
        and not env[name]._abstract
        and env[name]._original_module in (module or env[name]._original_module,)
        and transient in (None, env[name]._transient)
    ]


def rights(model: BaseModel, user: BaseModel) -> str:
    """Return what a user's groups allow on a model, as letters."""
    as_user = model.with_user(user)
    return "".join(
        letter for letter, name in OPERATIONS.items() if as_user.has_access(name)
    )


def public_methods(model: BaseModel, module: str) -> set[str]:
    """Return the methods of a module's own classes that RPC can call."""
    return {
        name
        for cls in type(model).mro()
        if cls.__module__.startswith(f"odoo.addons.{module}.")
        for name, member in vars(cls).items()
        if inspect.isfunction(member)
        and not name.startswith("_")
        and not getattr(member, "_api_private", False)
    }


def press(record: BaseModel, name: str) -> None:
    """Call an action as RPC may: with something where it asks for something."""
    method = getattr(record, name)
    asked = inspect.signature(method).parameters.values()
    method(*(0 for one in asked if one.default is one.empty))


class RightsRules:
    """What the rules ask: ``decided``, and ``ours`` and ``theirs`` of SecurityCase."""

    #: Odoo's loader leaves out inherited tests unless a class says this.
    allow_inherited_tests_method = True
    decided: Decided

    def models(self, *, transient: bool | None = False) -> list[BaseModel]:
        """Return the module's models."""
        return retail_models(self.env, self.decided.module, transient=transient)

    def records(self) -> Iterator[tuple[str, BaseModel]]:
        """Yield each model of the module and our record of it."""
        for model in self.models():
            if model._name in self.ours:
                yield model._name, self.ours[model._name]


class GroupRules(RightsRules):
    """What each group may do inside its company."""

    def test_every_model_has_rights_and_none_without_a_group(self):
        for model in self.models(transient=None):
            found = self.env["ir.model.access"].search(
                [("model_id.model", "=", model._name)]
            )
            with self.subTest(model._name):
                self.assertTrue(found, f"add rows to {self.decided.access}")
                self.assertTrue(all(rule.group_id for rule in found))

    def test_outsiders_and_plain_employees_have_no_rights(self):
        portal = new_test_user(self.env, "visitor", "base.group_portal")
        employee = self.make_member("employee")
        for user in (self.env.ref("base.public_user"), portal, employee):
            for model in self.models(transient=None):
                with self.subTest(model._name, user=user.login):
                    self.assertEqual(rights(model, user), "")

    def test_service_user_has_what_it_needs_and_nothing_else(self):
        service = self.env.ref("retail_integration_base.user_service")
        found = {
            model._name: rights(model, service)
            for model in self.models(transient=None)
            if rights(model, service)
        }
        hint = f"{self.decided.table}: service, against {self.decided.access}"
        self.assertEqual(found, dict(self.decided.service), hint)

    def test_auditor_reads_everything_and_changes_nothing(self):
        auditor = self.make_member("auditor", "group_auditor")
        for model in self.models():
            with self.subTest(model._name):
                expected = "" if model._name in self.decided.secret else "r"
                found = rights(model, auditor)
                self.assertEqual(
                    found, expected, f"group_user in {self.decided.access}"
                )
        for name, record in self.records():
            if name not in self.decided.secret:
                with self.subTest(name):
                    self.assertTrue(record.with_user(auditor).read())

    def test_columns_with_secrets_are_nobodys(self):
        for model in self.models(transient=None):
            for name, one in model._fields.items():
                if one.store and SECRET.search(name):
                    with self.subTest(model._name, field=name):
                        self.assertEqual(one.groups, fields.NO_ACCESS)

    def test_each_group_may_change_what_the_table_says_and_nothing_else(self):
        for group, above in LADDER.items():
            user = self.make_member(f"matrix-{group}", group)
            for model in self.models():
                table = self.decided.may_change.get(model._name, {})
                expected = {
                    letter for name in (group, *above) for letter in table.get(name, "")
                }
                found = set(rights(model, user)) - {"r"}
                with self.subTest(model._name, group=group):
                    hint = f"{self.decided.table}, against {self.decided.access}"
                    self.assertEqual(found, expected, hint)

    def test_table_names_no_model_that_is_gone(self):
        models = {model._name for model in self.models()}
        self.assertEqual(set(self.decided.may_change) - models, set())


class ActionRules(RightsRules):
    """Methods that RPC can call: each one asks who calls."""

    def actions(self) -> list[tuple[BaseModel, str]]:
        """Return a record and the name of each action that changes something."""
        quiet = self.decided.openers | self.decided.looks
        return [
            (record, name)
            for model, record in sorted(self.ours.items())
            for name in sorted(public_methods(self.env[model], self.decided.module))
            if name.startswith("action_") and name not in quiet
        ]

    def test_public_methods_are_few_and_have_speaking_names(self):
        # Abstract models too: RPC takes any name of the registry.
        for model in filter(lambda m: m.startswith("retail."), self.env.registry):
            for name in public_methods(self.env[model], self.decided.module):
                with self.subTest(model, method=name):
                    self.assertTrue(
                        name in ORM_METHODS or name.startswith("action_"),
                        "begin its name with _, or with action_ if people press it",
                    )

    def test_actions_are_refused_to_those_who_only_look(self):
        for user, group in (
            (self.make_member("viewer", "group_user"), "group_user"),
            (self.make_member("auditor", "group_auditor"), "group_auditor"),
            (self.make_member("officer", "group_security"), "group_security"),
            (self.env.ref("retail_integration_base.user_service"), "group_service"),
        ):
            for record, name in self.actions():
                if (record._name, group) in self.decided.own_business:
                    continue
                with (
                    self.subTest(record._name, action=name, user=user.login),
                    self.assertRaises(
                        AccessError,
                        msg=f"ask for a group first, or name it in {self.decided.table}"
                        " as one that only opens a screen",
                    ),
                ):
                    press(record.with_user(user), name)

    def test_actions_are_refused_to_another_company(self):
        outsider = self.make_member(
            "outsider", "group_admin", "group_security", other=True
        )
        for record, name in self.actions():
            with (
                self.subTest(record._name, action=name),
                self.assertRaises(AccessError),
            ):
                press(record.with_user(outsider), name)

    def test_screens_are_not_opened_for_another_company(self):
        outsider = self.make_member("outsider", "group_admin", other=True)
        quiet = self.decided.openers | self.decided.looks
        for model, record in self.ours.items():
            for name in public_methods(self.env[model], self.decided.module) & quiet:
                with self.subTest(model, action=name), self.assertRaises(AccessError):
                    press(record.with_user(outsider), name)
