"""``retail.exception``: what happened, in the words of who reads it.

Errors are written in English, where they happen. What a person reads is made from the
code and the facts of the error, in the reader's language; where there is no sentence
for a code, the stored text stands. Feature modules add theirs to ``_sentences``.
"""

import re

from odoo import api, fields, models
from odoo.fields import Domain

MAPPING_CODE = "RET-1202"
#: facts that choose between the sentences of one code
VARIANT_FACTS = ("kind", "sum")
PLACE = re.compile(r"%\((\w+)\)s")


class RetailException(models.Model):
    _inherit = "retail.exception"

    title = fields.Char(
        string="What happened", compute="_compute_title", search="_search_title"
    )

    detail = fields.Text(
        compute="_compute_title", help="As it was written where it happened."
    )

    @api.depends("summary", "cause", "code", "facts")
    @api.depends_context("lang")
    def _compute_title(self) -> None:
        sentences = self._sentences()
        plain = self._plain_sentences() if self._reads_another_language() else {}
        for record in self:
            said = record._say_title(sentences)
            general = None if said else plain.get(record.code)
            record.title = said or general or record.summary
            more = general or record.cause != record.summary
            record.detail = record.cause if more else False

    def _reads_another_language(self) -> bool:
        """Tell whether the stored text, which is English, is foreign to the reader."""
        return not (self.env.lang or "en_US").startswith("en")

    @api.depends("title")
    @api.depends_context("lang")
    def _compute_display_name(self) -> None:
        for record in self:
            record.display_name = record.title

    def _say_title(self, sentences: dict[str, tuple[str, ...]]) -> str | None:
        """Return the sentence that fits the facts best, ``None`` if there is none."""
        facts = self.facts if isinstance(self.facts, dict) else {}
        variants = [facts.get(name) for name in VARIANT_FACTS]
        for key in (*(f"{self.code}:{variant}" for variant in variants), self.code):
            for sentence in sentences.get(key, ()):
                if facts.keys() >= set(PLACE.findall(sentence)):
                    return sentence % facts
        return None

    def _search_title(self, operator: str, value: object) -> Domain:
        """Find by the stored English text, and by the words of the reader's language.

        A sentence whose words match stands for all exceptions of its code.
        """
        if operator.startswith(("not", "!")):
            return NotImplemented
        found = Domain("summary", operator, value) | Domain("cause", operator, value)
        if operator == "ilike" and isinstance(value, str) and value.strip():
            needle = value.strip().casefold()
            for key, sentences in self._sentences().items():
                if needle in PLACE.sub("", "\n".join(sentences)).casefold():
                    code, _colon, variant = key.partition(":")
                    of_code = Domain("code", "=", code)
                    if variant and code == MAPPING_CODE:
                        of_code &= Domain("mapping_kind", "=", variant)
                    found |= of_code
        return found

    @api.model
    def _sentences(self) -> dict[str, tuple[str, ...]]:
        """Return code, or ``code:variant`` -> sentences, places named as the facts are.

        The first one whose places the facts fill is said.
        """
        return {
            "RET-1104": (self.env._("Field %(pointer)s: %(problem)s"),),
            "RET-1202:sku": (self.env._("Unknown product %(value)s"),),
            "RET-1202:store": (self.env._("Unknown store %(value)s"),),
            "RET-1202:tax": (self.env._("Unknown tax %(value)s"),),
            "RET-1202:tender": (self.env._("Unknown means of payment %(value)s"),),
            "RET-1203": (self.env._("The currency %(currency)s is not active here"),),
            "RET-1301": (
                self.env._(
                    "%(number)s came again with other content; the first one was kept"
                ),
            ),
            "RET-1302": (
                self.env._(
                    "%(system)s sent %(field)s of %(record)s, which belongs to "
                    "%(owner)s"
                ),
            ),
            "RET-1303": (
                self.env._(
                    "%(record)s: systems keep changing %(field)s back and forth"
                ),
            ),
            "RET-2001": (
                self.env._("The remote system answered %(status)s"),
                self.env._("No answer from the remote system (%(exception)s)"),
            ),
            "RET-2010": (self.env._("A fault in the program: %(exception)s"),),
            "RET-2101": (
                self.env._("The partner refused the message: HTTP %(status)s"),
            ),
            **self._sum_sentences(),
        }

    @api.model
    def _plain_sentences(self) -> dict[str, str]:
        """Return code -> what it is about, where no sentence fits the facts.

        Said to those who do not read English; the stored text says more.
        """
        return {
            "RET-1104": self.env._("A field of the message is missing or wrong"),
            "RET-1105": self.env._("The message is of an unknown topic"),
            "RET-1201": self.env._("The amounts do not add up"),
            "RET-1202": self.env._("A code in the message is unknown here"),
            "RET-1203": self.env._("The currency is unknown here"),
            "RET-1301": self.env._("Two messages contradict each other"),
            "RET-1302": self.env._("A system sent a field that somebody else owns"),
            "RET-1303": self.env._("Systems contradict each other"),
            "RET-2003": self.env._("A message came before what it builds on"),
            "RET-2004": self.env._("Something was changed by two at once"),
            "RET-2010": self.env._("A fault in the program"),
            "RET-2301": self.env._("A message ended the process that worked it"),
            "RET-3001": self.env._("Something is not set up as it has to be"),
            "RET-3002": self.env._("The connector cannot do that"),
            "RET-3003": self.env._("The keys that secrets are kept with are missing"),
            **self._plain_partner_sentences(),
            **self._plain_flow_sentences(),
        }

    @api.model
    def _plain_partner_sentences(self) -> dict[str, str]:
        return {
            "RET-1501": self.env._("A subscription delivers nothing"),
            "RET-2001": self.env._("The remote system is not reached"),
            "RET-2002": self.env._("The remote system wants fewer calls"),
            "RET-2101": self.env._("The partner refused the message"),
            "RET-2102": self.env._("Whether the partner got the message is unknown"),
            "RET-2103": self.env._("The partner refused a command"),
            "RET-2104": self.env._("The partner did not confirm a command"),
            "RET-2201": self.env._("A system fails again and again and is left alone"),
            "RET-2202": self.env._("An address may not be called"),
            "RET-2203": self.env._("A flow is refused while its system is away"),
        }

    @api.model
    def _plain_flow_sentences(self) -> dict[str, str]:
        return {
            "RET-1601": self.env._("A system's list cannot be read"),
            "RET-1602": self.env._("A system's list never ends"),
            "RET-1603": self.env._("Items of a system's list were refused"),
            "RET-1604": self.env._("A sync job is late"),
            "RET-1605": self.env._("A reconciliation found differences"),
            "RET-1606": self.env._("A list for a reconciliation cannot be read"),
            "RET-1609": self.env._("A posted list is not complete"),
            "RET-1801": self.env._("The audit chain is broken"),
            "RET-1802": self.env._("A system belongs to another environment"),
        }

    @api.model
    def _sum_sentences(self) -> dict[str, tuple[str, ...]]:
        return {
            "RET-1201:totals.grand": (
                self.env._(
                    "The total is wrong: the lines make %(expected)s, the document "
                    "says %(found)s"
                ),
            ),
            "RET-1201:totals.tax": (
                self.env._(
                    "The taxes are wrong: the lines make %(expected)s, the document "
                    "says %(found)s"
                ),
            ),
            "RET-1201:tenders": (
                self.env._(
                    "The payments are wrong: due is %(expected)s, paid was %(found)s"
                ),
            ),
            "RET-1201": (
                self.env._(
                    "%(sum)s: the parts make %(expected)s, the document says %(found)s"
                ),
            ),
        }
