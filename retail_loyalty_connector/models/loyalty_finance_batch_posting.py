"""``retail.loyalty.finance.batch``: journal entries, posted once and reversed whole.

The state and the entries commit together: a crash leaves nothing, and of two people who
post at the same moment one is replayed and told that it was done. Dates go by the
company's locks: what a locked period would have had is booked on the first open day,
while the batch keeps the days that it is about (R16).
"""

from collections.abc import Iterable
from datetime import date, timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date, groupby

from ..tools.dates import month_end
from ..tools.finance import Figures, Item, entry_items
from .loyalty_finance_batch import FINANCE


class RetailLoyaltyFinanceBatch(models.Model):
    _inherit = "retail.loyalty.finance.batch"

    def action_post(self) -> None:
        """Book these periods: one journal entry per currency.

        :raises AccessError: not finance
        :raises UserError: who computed it cannot post it; it is posted already; an
            estimate was approved since
        """
        self._check_group(FINANCE)
        for batch in self:
            why = batch._why_not_post()
            if why:
                raise UserError(why)
            batch.sudo()._post(self.env.user)

    def _post(self, user: models.BaseModel) -> None:
        self._claim("draft", "posted")
        self._check_fresh()
        posting_date = self._find_posting_date(self.period_end)
        moves = self.env["account.move"].with_company(self.company_id)
        for currency, lines in self._by_currency():
            items = entry_items(
                (_figures(one), _figures(one, "_books")) for one in lines
            )
            if items:
                moves |= moves.create(self._prepare_move(currency, items, posting_date))
        moves.action_post()
        self.write(
            {
                "posting_date": posting_date,
                "posted_by_id": user.id,
                "posted_at": fields.Datetime.now(),
            }
        )
        self._audit("posted", moves)

    def _by_currency(self) -> Iterable[tuple[models.BaseModel, list]]:
        lines = self.line_ids.sorted(lambda one: one.currency_id.name)
        return groupby(lines, lambda one: one.currency_id)

    def _check_fresh(self) -> None:
        """Refuse to post what was measured by an estimate that holds no more.

        :raises UserError: compute it again
        """
        estimates = self.env["retail.loyalty.finance.estimate"]
        for line in self.line_ids.filtered("is_priced"):
            holds = estimates._find(self.program_id, line.currency_id, self.period_end)
            if holds != line.estimate_id:
                raise UserError(
                    self.env._(
                        "Another estimate holds on %(day)s since this was computed. "
                        "Compute it again and review it.",
                        day=format_date(self.env, self.period_end),
                    )
                )

    def _prepare_move(
        self, currency: models.BaseModel, items: list[Item], day: date
    ) -> dict:
        words = {
            "added": self.env._("Points issued"),
            "redeemed": self.env._("Points used"),
            "breakage": self.env._("Breakage"),
        }
        return {
            "move_type": "entry",
            "journal_id": self.terms_id.journal_id.id,
            "company_id": self.company_id.id,
            "currency_id": currency.id,
            "date": day,
            "ref": self.env._(
                "%(program)s: points until %(day)s",
                program=self.program_id.name,
                day=format_date(self.env, self.period_end),
            ),
            "retail_loyalty_batch_id": self.id,
            "line_ids": [
                Command.create(
                    {
                        "account_id": self.terms_id._account(item.account).id,
                        "name": words[item.figure],
                        "currency_id": currency.id,
                        "amount_currency": float(item.amount),
                        "balance": float(item.balance),
                    }
                )
                for item in items
            ],
        }

    def _find_posting_date(self, day: date) -> date:
        """Return ``day``, or a day of the first open month where the books are locked.

        Locks of tax periods count too: a closed period gets no entry at all.
        """
        company, today = self.company_id, self.terms_id._today()
        journal = self.terms_id.journal_id
        while locks := company._get_violated_lock_dates(day, True, journal):
            opens = locks[-1][0] + timedelta(days=1)
            day = max(opens, min(month_end(opens), today))
        return day

    # --- reversing --------------------------------------------------------------------

    def action_reverse(self) -> None:
        """Take the last posted period back, by journal entries of their own.

        What it covered is covered again by the next batch.

        :raises AccessError: not finance
        :raises UserError: a later one stands on it, or it is reversed already
        """
        self._check_group(FINANCE)
        for batch in self.sudo():
            batch._reverse(self.env.user)

    def _reverse(self, user: models.BaseModel) -> None:
        self._claim("posted", "reversed")
        later = self.search(
            [("previous_id", "=", self.id), ("state", "in", ("draft", "posted"))],
            limit=1,
        )
        if later:
            raise UserError(
                self.env._(
                    "%(batch)s stands on this one: reverse or discard it first.",
                    batch=later.display_name,
                )
            )
        day = self._find_posting_date(self.posting_date)
        moves = self.move_ids.filtered(lambda move: move.state == "posted")
        reversals = moves._reverse_moves(
            [
                {
                    "date": day,
                    "ref": self.env._("Reversal of %(move)s", move=move.name),
                    "retail_loyalty_batch_id": self.id,
                }
                for move in moves
            ],
            cancel=True,
        )
        self.env.cr.execute(
            "UPDATE retail_loyalty_finance_movement SET is_void = TRUE"
            " WHERE batch_id = %s",
            (self.id,),
        )
        self.env["retail.loyalty.finance.movement"].invalidate_model()
        self._audit("reversed", reversals)
        self.message_post(body=self.env._("Reversed by %(user)s", user=user.name))

    def _audit(self, verb: str, moves: models.BaseModel) -> None:
        self.env["retail.audit.entry"]._record(
            f"loyalty_finance_batch.{verb}",
            self,
            details={
                "period_end": str(self.period_end),
                "moves": moves.mapped("name"),
                "liability": str(self.amount_closing),
            },
        )


def _figures(line: models.BaseModel, suffix: str = "") -> Figures:
    return Figures(**line._amounts(suffix))
