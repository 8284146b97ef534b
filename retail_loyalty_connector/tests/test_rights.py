"""Who sees and changes what of loyalty: the hub's rules over all of its models."""

from odoo.models import BaseModel
from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests.common_rights import (
    ActionRules,
    GroupRules,
)
from odoo.addons.retail_integration_base.tests.common_rights_companies import (
    CompanyRules,
)
from odoo.addons.retail_integration_base.tests.common_security import SecurityCase

from . import shop_day
from .rights_decided import DECIDED


@tagged("post_install", "-at_install")
class TestRights(CompanyRules, GroupRules, ActionRules, SecurityCase):
    decided = DECIDED

    @classmethod
    def fill(cls, company: BaseModel, code: str, **values: object) -> dict:
        """Let members of a program earn, spend, return and complain in a company."""
        env = cls.env(context={"allowed_company_ids": company.ids})
        found = shop_day.open_program(env, code)
        found |= super().fill(company, code, **values)
        member = found["retail.loyalty.member"].with_env(env)
        found |= shop_day.live(member, found["retail.transaction"].with_env(env))
        found |= shop_day.tell_a_platform(env, code)
        return {name: record.with_env(cls.env) for name, record in found.items()}

    def test_columns_in_the_tables_of_other_modules_may_be_empty(self):
        # Odoo would drop NOT NULL while it upgrades those alone, in the way of all.
        ours = self.test_module
        required = [
            f"{name}.{field.name}"
            for name, model in self.env.registry.items()
            for field in model._fields.values()
            if ours in field._modules
            and model._original_module not in (ours, None)
            and model._auto
            and (field.store and field.required)
        ]
        self.assertFalse(required)
