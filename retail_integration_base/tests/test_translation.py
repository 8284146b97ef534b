"""The French translation: complete, true to its source, and what a French user sees.

A term that changes in code or in a view makes the first test fail until ``i18n/`` is
exported and translated again.
"""

import re
from pathlib import Path

import polib

from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import TranslationModuleReader

MODULE = "retail_integration_base"
#: ``%(name)s`` of Python texts, and the tags of view texts.
PLACES = re.compile(r"%\(\w+\)s|</?\w+")


def _catalogue(name: str) -> polib.POFile:
    return polib.pofile(str(Path(get_module_path(MODULE), "i18n", name)))


@tagged("post_install", "-at_install")
class TestTranslation(TransactionCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        module = cls.env["ir.module.module"].search([("name", "=", MODULE)])
        module._update_translations("fr_FR")
        cls.french = cls.env(context={"lang": "fr_FR"})

    def test_every_term_of_the_module_is_in_the_catalogues(self):
        rows = list(TranslationModuleReader(self.env.cr, modules=[MODULE]))
        terms = {row[4].strip() for row in rows}
        ours = {row[4].strip() for row in rows if self._is_ours(row[2], row[3])}
        for name in ("fr.po", f"{MODULE}.pot"):
            with self.subTest(catalogue=name):
                known = {entry.msgid.strip() for entry in _catalogue(name)}
                self.assertFalse(ours - known, "export i18n again and translate these")
                self.assertFalse(known - terms, "these terms are gone: export again")

    def _is_ours(self, name: str, xml_id: str) -> bool:
        """Tell our terms from labels that other modules add to our models."""
        if not name.startswith("ir.model.fields,"):
            return True
        record = self.env.ref(xml_id)
        return MODULE in self.env[record.model]._fields[record.name]._modules

    def test_no_term_is_left_untranslated_or_fuzzy(self):
        french = _catalogue("fr.po")
        self.assertFalse([entry.msgid for entry in french.untranslated_entries()])
        self.assertFalse([entry.msgid for entry in french.fuzzy_entries()])

    def test_translations_keep_placeholders_and_tags(self):
        for entry in _catalogue("fr.po"):
            with self.subTest(term=entry.msgid):
                source, target = (
                    sorted(PLACES.findall(text)) for text in (entry.msgid, entry.msgstr)
                )
                self.assertEqual(source, target)

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
