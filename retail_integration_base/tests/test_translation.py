"""The French translation of the hub: complete, true, and what a French user sees."""

from odoo.tests import TransactionCase, tagged

from .common_translation import TranslationRules

MODULE = "retail_integration_base"


@tagged("post_install", "-at_install")
class TestTranslation(TranslationRules, TransactionCase):
    module = MODULE

    def test_french_user_reads_menus_fields_states_and_screens_in_french(self):
        menu = self.french.ref(f"{MODULE}.menu_exceptions")
        self.assertEqual(menu.name, "Anomalies")
        fields = self.french["retail.exception"].fields_get(["deadline_at", "state"])
        self.assertEqual(fields["deadline_at"]["string"], "Échéance")
        self.assertEqual(
            dict(fields["state"]["selection"]),
            {
                "open": "Ouverte",
                "in_progress": "En cours",
                "to_approve": "Attend une deuxième personne",
                "resolved": "Résolue",
            },
        )
        arch = self.french["retail.exception"].get_view(view_type="form")["arch"]
        self.assertIn('string="Associer et rejouer"', arch)

    def test_french_user_reads_code_and_data_in_french(self):
        topic = self.french.ref(f"{MODULE}.topic_order_placed_v1")
        self.assertEqual(
            topic.description, "Un client a passé commande sur un canal de vente."
        )
        title = self.french["retail.trace"]._open("none")["name"]
        self.assertEqual(title, "Parcours")
