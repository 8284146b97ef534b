"""``retail.reconciliation.line``: a difference as people read it.

Lists are stored with the names and numbers that the comparison used; here they get the
words and the decimals that their readers expect.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from odoo import api, fields, models

from ..tools import money


class RetailReconciliationLine(models.Model):
    _inherit = "retail.reconciliation.line"

    here_text = fields.Char(string="Here", compute="_compute_texts")
    there_text = fields.Char(string="There", compute="_compute_texts")
    differing_text = fields.Char(string="What differs", compute="_compute_texts")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")

    @api.depends("here", "there", "company_id")
    def _compute_currency_id(self) -> None:
        """Take the currency that the lists name, else the company's."""
        names = {name for line in self if (name := _currency_name(line))}
        known = self.env["res.currency"].with_context(active_test=False)
        found = known.search([("name", "in", list(names))])
        by_name = {currency.name: currency for currency in found}
        for line in self:
            named = by_name.get(_currency_name(line) or "")
            line.currency_id = named or line.company_id.currency_id

    @api.depends("here", "there", "kind", "differing", "rule_id")
    @api.depends_context("lang")
    def _compute_texts(self) -> None:
        for line in self:
            labels = line.rule_id.sudo()._labels()
            differing = (line.differing or "").split(", ") if line.differing else []
            line.differing_text = ", ".join(labels.get(n, n) for n in differing)
            line.here_text = line._side_text(line.here, labels, differing)
            line.there_text = line._side_text(line.there, labels, differing)

    def _side_text(
        self,
        values: Mapping[str, Any] | None,
        labels: Mapping[str, str],
        differing: list,
    ) -> str:
        """Return one side: what differs if it is known, else all but the key."""
        if not values:
            return ""
        keys = self.rule_id.sudo().column_ids.filtered(lambda c: c.role == "key")
        names = differing or [n for n in labels if n not in keys.mapped("name")]
        decimals = self.currency_id.decimal_places if _currency_name(self) else 0
        return ", ".join(
            f"{labels.get(name, name)}: {_plain(values[name], decimals)}"
            for name in names
            if values.get(name) is not None
        )


def _currency_name(line: models.BaseModel) -> str | None:
    found = (line.here or {}).get("currency") or (line.there or {}).get("currency")
    return found if isinstance(found, str) else None


def _plain(value: Any, decimals: int) -> str:
    """Return a number with at least ``decimals`` decimals and none that say nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return money.plain_number(Decimal(str(value)), decimals)
