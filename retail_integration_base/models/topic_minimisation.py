"""``retail.topic``: which fields of its messages are never stored.

What holds for every topic (card numbers, security codes, passwords, tokens) is code
(``tools/minimisation.py``); what else a retailer does not want to keep is data here.
Read by the gateway for every message, from the cache.
"""

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..schemas.registry import SCHEMAS, is_required
from ..tools.minimisation import Minimising, parse_pointers

FIELDS = ("left_out_pointers", "kept_pointers")


class RetailTopic(models.Model):
    _inherit = "retail.topic"

    left_out_pointers = fields.Text(
        string="Fields never stored",
        help="JSON pointers into the document, one a line, * for any item of a list: "
        "/customer/email. Taken out before a message is stored. Card numbers, security "
        "codes, passwords and tokens never are.",
    )
    kept_pointers = fields.Text(
        string="Long numbers kept",
        help="JSON pointers of fields whose long numbers are no card numbers, such as "
        "your own gift cards: /tenders/*/gift_card.",
    )

    @api.constrains(*FIELDS)
    def _check_pointers(self) -> None:
        for topic in self:
            for name in FIELDS:
                try:
                    paths = parse_pointers(topic[name])
                except ValueError as error:
                    raise ValidationError(
                        self.env._(
                            "%(line)s is no JSON pointer: it begins with /.",
                            line=error,
                        )
                    ) from error
                if name == "left_out_pointers":
                    topic._check_can_do_without(paths)

    def _check_can_do_without(self, paths: tuple[tuple[str, ...], ...]) -> None:
        for path in paths:
            if self.name in SCHEMAS and is_required(self.name, path):
                raise ValidationError(
                    self.env._(
                        "No message of %(topic)s could be worked without %(pointer)s.",
                        topic=self.name,
                        pointer="/" + "/".join(path),
                    )
                )

    @api.model
    @tools.ormcache()
    def _minimisings(self) -> dict[int, Minimising]:
        """Return what topics say themselves about their fields, by id."""
        some = Domain.OR([Domain(name, "not in", (False, "")) for name in FIELDS])
        topics = self.sudo().with_context(active_test=False).search(some)
        return {
            topic.id: Minimising(
                left_out=_wherever(parse_pointers(topic.left_out_pointers)),
                kept=_wherever(parse_pointers(topic.kept_pointers)),
            )
            for topic in topics
        }


def _wherever(paths: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """Return the paths for a stored document and for a stored envelope around it."""
    return (*paths, *(("data", *path) for path in paths))
