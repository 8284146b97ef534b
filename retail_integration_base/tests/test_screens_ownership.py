"""The screens of ownership rules, known values and versions of maps."""

from odoo.tests import tagged

from . import shop_day
from .test_screens import Page, ScreensCase


@tagged("post_install", "-at_install", "retail_browser")
class TestScreensOwnership(ScreensCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        tills = cls.env["retail.backend"].search([("code", "=", shop_day.TILLS)])
        steward = tills.steward_id
        rules = cls.env["retail.ownership.rule"]
        cls.rule = rules.with_user(steward).create(
            {
                "subject": "retail.store:name",
                "owned_by": "backend",
                "backend_id": tills.id,
                "note": "Agreed with store operations.",
            }
        )
        rules.create({"subject": "retail.store", "owned_by": "newest"})
        cls.draft = (
            cls.env["retail.value.map"]
            .with_user(steward)
            .create(
                {
                    "kind": "tax",
                    "external_value": "V21",
                    "internal_value": "VAT-BE-21",
                    "valid_from": "2027-01-01",
                }
            )
        )
        cls.env.flush_all()

    def test_draft_of_a_rule_is_approved_by_a_second_person(self):
        approve = "button[name=action_approve]"
        path = f"retail-ownership/{self.rule.id}"
        click = f"document.querySelector({approve!r}).click();"
        self._look("ownership_rule", path, approve, do=click)
        self.rule.invalidate_recordset()
        self.assertEqual(self.rule.state, "approved")

    def test_rules_values_and_versions_have_their_screens(self):
        rows = ".o_data_row"
        self._look_through(
            Page("ownership_rules", "retail-ownership", rows),
            Page("known_values", "retail-known-values", rows),
            Page("value_maps", "retail-value-maps", rows),
            Page("value_map", f"retail-value-maps/{self.draft.id}", ".o_form_view"),
        )
