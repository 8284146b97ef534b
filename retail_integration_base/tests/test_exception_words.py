"""What happened, in the words of who reads it."""

from odoo.models import BaseModel
from odoo.tests import tagged

from ..tools.errors import ALL_CODES
from . import factories as make
from .common import RetailCase

MODULE = "retail_integration_base"


@tagged("post_install", "-at_install")
class TestExceptionWords(RetailCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        module = cls.env["ir.module.module"].search([("name", "=", MODULE)])
        module._update_translations("fr_FR")

    def stuck(self, receipt: dict) -> BaseModel:
        event = self.receive(make.make_event(receipt))
        self.work()
        return event.exception_ids

    def in_french(self, exception: BaseModel) -> BaseModel:
        return exception.with_context(lang="fr_FR")

    def test_title_is_in_the_readers_language(self):
        wrong = make.make_receipt(register="2")
        wrong["totals"]["grand"] = "1.00"
        for receipt, english, french in (
            (
                make.make_receipt([make.line("NEW")], register="1"),
                "Unknown product NEW",
                "Article inconnu NEW",
            ),
            (
                wrong,
                "The total is wrong: the lines make 12.10, the document says 1.00",
                "Le total est faux\N{NO-BREAK SPACE}: les lignes font 12.10, "
                "le document indique 1.00",
            ),
            (
                make.make_receipt(store="S-9", register="3"),
                "Unknown store S-9",
                "Magasin inconnu S-9",
            ),
        ):
            exception = self.stuck(receipt)
            with self.subTest(english):
                self.assertEqual(exception.title, english)
                self.assertEqual(self.in_french(exception).title, french)
                self.assertEqual(self.in_french(exception).display_name, french)

    def test_stored_text_stands_where_there_is_no_sentence(self):
        exception = self.stuck(make.make_receipt([make.line("NEW")]))
        for values in (
            {"code": "RET-3001"},
            {"code": "RET-1201"},  # the facts do not fill the sentence
            {"facts": False},
            {"facts": ["odd"]},
        ):
            with self.subTest(**values):
                exception.write({"code": "RET-1202", "facts": {"kind": "sku"}})
                exception.write(values)
                self.assertEqual(exception.title, exception.summary)
                # Who reads no English is told in general, and finds the text below.
                french = self.in_french(exception)
                general = french._plain_sentences()[exception.code]
                self.assertEqual(french.title, general)
                self.assertEqual(french.detail, exception.cause)
        exception.code = "RET-9999"
        self.assertEqual(self.in_french(exception).title, exception.summary)

    def test_error_without_facts_is_told_in_general_to_who_reads_no_english(self):
        self.env["retail.exception"]._open(
            self.backend,
            ALL_CODES["RET-2201"]("https://shop.example failed 5 times in a row"),
            dedupe_key="gate:test",
        )
        exception = self.env["retail.exception"].search(
            [("dedupe_key", "=", "gate:test")]
        )
        self.assertEqual(exception.title, exception.summary)
        self.assertFalse(exception.detail)
        french = self.in_french(exception)
        self.assertIn("laissé tranquille", french.title)
        self.assertEqual(french.detail, exception.cause)
        self.assertIn("Aucun message", french.runbook)

    def test_found_by_english_text_and_by_the_readers_words(self):
        exception = self.stuck(make.make_receipt([make.line("NEW")], register="1"))
        wrong = make.make_receipt(register="2")
        wrong["totals"]["grand"] = "1.00"
        other = self.stuck(wrong)
        mine = [("backend_id", "=", self.backend.id)]
        french = self.in_french(self.env["retail.exception"])
        for text, found in (
            ("inconnu", exception),
            ("Article inconnu", exception),
            ("NEW", exception),
            ("unknown product", exception),
            ("le document indique", other),
        ):
            with self.subTest(text):
                self.assertEqual(
                    french.search([*mine, ("title", "ilike", text)]), found
                )
        self.assertEqual(
            french.search([*mine, ("title", "not ilike", "inconnu")]), other
        )

    def test_personal_values_are_not_in_the_facts(self):
        exception = self.stuck(make.make_receipt([make.line("ada@example.com")]))
        self.assertNotIn("ada@", str(exception.facts))
        self.assertNotIn("ada@", exception.title)

    def test_sentences_are_filled_by_the_facts_that_errors_give(self):
        sentences = self.env["retail.exception"]._sentences()
        first = self.receive(make.make_event(event_id="evt-a"))
        self.work()
        self.receive(make.make_event(make.make_receipt(), event_id="evt-a"))
        self.assertIn("evt-a came again", first.exception_ids.title)
        again = make.make_receipt(sequence=77)
        self.receive(make.make_event(again))
        self.work()
        twin = self.stuck(make.make_receipt([make.line(qty="3")], sequence=77))
        self.assertIn("12/3/77 came again", twin.title)
        self.assertIn("RET-1301", sentences)

    def test_no_reader_is_left_with_english_only(self):
        # What the door answers goes to the sender and is nobody's exception.
        at_the_door = {code for code in ALL_CODES if code[:6] in ("RET-10", "RET-14")}
        at_the_door |= {"RET-1101", "RET-1102", "RET-1103", "RET-1502", "RET-1503"}
        at_the_door |= {"RET-1607", "RET-1608"}
        plain = self.env["retail.exception"]._plain_sentences()
        self.assertEqual(set(plain), set(ALL_CODES) - at_the_door)
        french = self.in_french(self.env["retail.exception"])._plain_sentences()
        for code, sentence in plain.items():
            with self.subTest(code):
                self.assertNotEqual(french[code], sentence)
