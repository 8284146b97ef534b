"""French translations held against what a module says: complete, and true to it.

Each module has a class of its own that names itself. A term that changes in code or in
a view makes the first test fail until ``i18n/`` is exported and translated again.
"""

import re
from pathlib import Path

import polib

from odoo.modules import get_module_path
from odoo.tools.translate import TranslationModuleReader

#: ``%(name)s`` of Python texts, and the tags of view texts.
PLACES = re.compile(r"%\(\w+\)s|</?\w+")


class TranslationRules:
    """What holds for the translation of ``module``; beside a TransactionCase."""

    #: Odoo's loader leaves out inherited tests unless a class says this.
    allow_inherited_tests_method = True
    module: str

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        module = cls.env["ir.module.module"].search([("name", "=", cls.module)])
        module._update_translations("fr_FR")
        cls.french = cls.env(context={"lang": "fr_FR"})

    def test_every_term_of_the_module_is_in_the_catalogues(self):
        rows = list(TranslationModuleReader(self.env.cr, modules=[self.module]))
        terms = {row[4].strip() for row in rows}
        ours = {row[4].strip() for row in rows if self._is_ours(row[2], row[3])}
        for name in ("fr.po", f"{self.module}.pot"):
            with self.subTest(catalogue=name):
                known = {entry.msgid.strip() for entry in self._catalogue(name)}
                self.assertFalse(ours - known, "export i18n again and translate these")
                self.assertFalse(known - terms, "these terms are gone: export again")

    def _is_ours(self, name: str, xml_id: str) -> bool:
        """Tell our terms from labels that other modules add to our models."""
        if not name.startswith("ir.model.fields,"):
            return True
        record = self.env.ref(xml_id)
        return self.module in self.env[record.model]._fields[record.name]._modules

    def test_no_term_is_left_untranslated_or_fuzzy(self):
        french = self._catalogue("fr.po")
        self.assertFalse([entry.msgid for entry in french.untranslated_entries()])
        self.assertFalse([entry.msgid for entry in french.fuzzy_entries()])

    def test_translations_keep_placeholders_and_tags(self):
        for entry in self._catalogue("fr.po"):
            with self.subTest(term=entry.msgid):
                source, target = (
                    sorted(PLACES.findall(text)) for text in (entry.msgid, entry.msgstr)
                )
                self.assertEqual(source, target)

    def _catalogue(self, name: str) -> polib.POFile:
        return polib.pofile(str(Path(get_module_path(self.module), "i18n", name)))
