"""The table of who may change what: what is not in it, nobody may change.

A new model that somebody may write to fails here until its line is added: that line is
the decision. What each group may *read* follows from ``test_security.py``.
"""

from odoo.tests import TransactionCase, tagged

from . import factories as make
from .common_security import retail_models

#: model -> the lowest group that may -> write, create, delete
MAY_CHANGE = {
    "retail.alert.rule": {"group_steward": "wcd"},
    "retail.api.key": {"group_security": "wcd"},
    "retail.backend": {"group_admin": "wcd"},
    "retail.credential": {"group_security": "wcd"},
    "retail.degradation.policy": {"group_admin": "wcd"},
    "retail.escalation.step": {"group_steward": "wcd"},
    "retail.exception": {"group_operator": "w"},
    "retail.exception.category": {"group_steward": "w", "group_admin": "wcd"},
    "retail.external.id": {"group_operator": "wc", "group_steward": "wcd"},
    "retail.identity": {"group_operator": "wc", "group_steward": "wcd"},
    "retail.ownership.rule": {"group_finance": "w", "group_steward": "wcd"},
    "retail.reconciliation.column": {"group_finance": "wcd", "group_steward": "wcd"},
    "retail.reconciliation.rule": {"group_finance": "wc", "group_steward": "wcd"},
    "retail.retention.policy": {"group_admin": "wcd"},
    "retail.signature.scheme": {"group_security": "wcd"},
    "retail.store": {"group_steward": "wcd"},
    "retail.subscription": {"group_steward": "wcd"},
    "retail.sync.job": {"group_steward": "w", "group_admin": "wcd"},
    "retail.topic": {"group_admin": "wcd"},
    "retail.transaction": {"group_service": "c"},
    "retail.transaction.line": {"group_service": "c"},
    "retail.transaction.tender": {"group_service": "c"},
    "retail.value.map": {"group_operator": "wc", "group_steward": "wcd"},
}
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
LETTERS = {"w": "write", "c": "create", "d": "unlink"}


@tagged("post_install", "-at_install")
class TestAccessMatrix(TransactionCase):
    def test_every_group_of_ours_is_in_the_ladder_as_it_is_in_odoo(self):
        prefix = "retail_integration_base"
        data = self.env["ir.model.data"].search(
            [("module", "=", prefix), ("model", "=", "res.groups")]
        )
        self.assertEqual(set(data.mapped("name")), set(LADDER))
        for name, above in LADDER.items():
            group = self.env.ref(f"{prefix}.{name}")
            implied = {
                xmlid.partition(".")[2]
                for xmlid in group.all_implied_ids.get_external_id().values()
                if xmlid.startswith(f"{prefix}.")
            }
            self.assertEqual(implied - {name}, set(above), name)

    def test_each_group_may_change_what_the_table_says_and_nothing_else(self):
        for group, above in LADDER.items():
            user = make.make_user(self.env, f"matrix-{group}", group)
            for model in retail_models(self.env, transient=False):
                table = MAY_CHANGE.get(model._name, {})
                expected = {
                    letter for name in (group, *above) for letter in table.get(name, "")
                }
                as_user = model.with_user(user)
                found = {
                    letter for letter, op in LETTERS.items() if as_user.has_access(op)
                }
                with self.subTest(model._name, group=group):
                    self.assertEqual(found, expected)

    def test_table_names_no_model_that_is_gone(self):
        models = {model._name for model in retail_models(self.env, transient=False)}
        self.assertEqual(set(MAY_CHANGE) - models, set())
