"""The French translation of loyalty: complete, true, and what a French user sees."""

from odoo.tests import TransactionCase, tagged

from odoo.addons.retail_integration_base.tests.common_translation import (
    TranslationRules,
)

MODULE = "retail_loyalty_connector"


@tagged("post_install", "-at_install")
class TestLoyaltyTranslation(TranslationRules, TransactionCase):
    module = MODULE

    def test_french_user_reads_menus_fields_and_states_in_french(self):
        self.assertEqual(self.french.ref(f"{MODULE}.menu_loyalty").name, "Fidélité")
        fields = self.french["retail.loyalty.hold"].fields_get(["state"])
        self.assertEqual(
            dict(fields["state"]["selection"]),
            {
                "open": "Ouverte",
                "captured": "Utilisée",
                "voided": "Annulée",
                "expired": "Expirée",
                "refused": "Refusée",
            },
        )
        arch = self.french["retail.loyalty.program"].get_view(view_type="form")["arch"]
        self.assertIn('string="Vérifier le registre"', arch)
