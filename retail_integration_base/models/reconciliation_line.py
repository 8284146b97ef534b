"""``retail.reconciliation.line``: one key on which two lists differ.

One line per rule and key for good: a difference that is still there tomorrow is the
same line, with its decision. Written by ``reconciliation_run_compare.py``; people
decide through the dialogue ``retail.reconciliation.decide``. What it reads like is in
``reconciliation_line_words.py``.
"""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

DECIDERS = (
    "retail_integration_base.group_operator",
    "retail_integration_base.group_finance",
)
APPROVERS = (
    "retail_integration_base.group_steward",
    "retail_integration_base.group_finance",
)


class RetailReconciliationLine(models.Model):
    _name = "retail.reconciliation.line"
    _description = "Difference"
    _order = "amount desc, id desc"
    _rec_name = "key"

    rule_id = fields.Many2one(
        "retail.reconciliation.rule", required=True, readonly=True, ondelete="cascade"
    )
    backend_id = fields.Many2one(
        "retail.backend",
        string="System",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    kind = fields.Selection(
        [
            ("missing_here", "Missing here"),
            ("missing_there", "Missing there"),
            ("differs", "Differs"),
            ("duplicate_here", "Duplicate here"),
            ("duplicate_there", "Duplicate there"),
        ],
        string="Class",
        required=True,
        readonly=True,
    )
    key = fields.Char(required=True, readonly=True)
    key_parts = fields.Char(required=True, readonly=True)
    here = fields.Json(readonly=True)
    there = fields.Json(readonly=True)
    differing = fields.Char(string="Columns that differ", readonly=True)
    amount = fields.Float(string="At stake", digits=(16, 2), readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        string="Record here", model_field="res_model", readonly=True
    )
    business_date = fields.Date(string="Day", readonly=True)
    state = fields.Selection(
        [
            ("open", "Open"),
            ("proposed", "Waits for a second person"),
            ("explained", "Explained"),
            ("corrected", "Corrected"),
            ("accepted", "Accepted"),
            ("agrees", "Agrees again"),
        ],
        required=True,
        readonly=True,
        default="open",
    )
    fingerprint = fields.Char(readonly=True)
    first_run_id = fields.Many2one("retail.reconciliation.run", readonly=True)
    last_run_id = fields.Many2one(
        "retail.reconciliation.run", readonly=True, index=True, ondelete="restrict"
    )
    first_at = fields.Datetime(string="First seen", readonly=True)
    last_at = fields.Datetime(string="Last seen", readonly=True)
    seen_count = fields.Integer(string="Runs", readonly=True)
    heal_count = fields.Integer(string="Healing attempts", readonly=True)
    healed_at = fields.Datetime(string="Last healing", readonly=True)
    owner_id = fields.Many2one("res.users", readonly=True, index=True)
    reason = fields.Text(readonly=True)
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True)
    decided_at = fields.Datetime(string="Decided", readonly=True)
    approved_by_id = fields.Many2one("res.users", string="Approved by", readonly=True)

    _key_uniq = models.Constraint(
        "UNIQUE (rule_id, key_parts)", "This difference is listed already."
    )
    _undecided_idx = models.Index("(backend_id) WHERE state IN ('open', 'proposed')")

    # --- deciding ---------------------------------------------------------------------

    def _check_group(self, groups: tuple[str, ...]) -> None:
        self.check_access("read")
        if not (self.env.su or any(self.env.user.has_group(name) for name in groups)):
            raise AccessError(
                self.env._("Your role does not decide about differences.")
            )

    def _decide(self, decision: str, reason: str) -> None:
        """Settle these differences: ``explained``, ``corrected`` or ``accepted``.

        Accepting more than the rule lets one person accept becomes a proposal.

        :raises UserError: no reason, or one of them is settled already
        """
        self._check_group(DECIDERS)
        if decision not in ("explained", "corrected", "accepted"):
            raise UserError(self.env._("This is no decision: %(it)s", it=decision))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: whoever looks later was not here."))
        if any(line.state not in ("open", "explained") for line in self):
            raise UserError(self.env._("A difference among them is settled already."))
        for line in self:
            limit = line.rule_id.sudo().accept_amount_max
            needs_two = decision == "accepted" and (line.amount or 0) > limit
            line.sudo().write(
                {
                    "state": "proposed" if needs_two else decision,
                    "reason": reason.strip(),
                    "decided_by_id": self.env.uid,
                    "decided_at": fields.Datetime.now(),
                    "approved_by_id": False,
                }
            )
            line._audit("proposed" if needs_two else decision)

    def action_approve(self) -> None:
        """Accept as the second person.

        :raises UserError: nothing is proposed, or by the same person
        """
        self._check_group(APPROVERS)
        for line in self:
            if line.state != "proposed":
                raise UserError(
                    self.env._("Nothing is proposed for %(key)s.", key=line.key)
                )
            if line.decided_by_id == self.env.user:
                raise UserError(self.env._("A second person has to approve this."))
            line.sudo().write({"state": "accepted", "approved_by_id": self.env.uid})
            line._audit("accepted", approved=True)

    def action_reopen(self) -> None:
        """Take a decision or proposal back."""
        self._check_group(DECIDERS)
        settled = self.filtered(lambda line: line.state != "open")
        settled.sudo().write({"state": "open", "approved_by_id": False})
        for line in settled:
            line._audit("reopened")

    def _audit(self, what: str, *, approved: bool = False) -> None:
        self.env["retail.audit.entry"]._record(
            f"reconciliation.{what}",
            self,
            details={"reason": self.reason or "", "amount": str(self.amount or 0)},
            approved_by=self.env.user if approved else None,
        )

    def _note_healing(self) -> None:
        for line in self:
            line.write(
                {"heal_count": line.heal_count + 1, "healed_at": fields.Datetime.now()}
            )

    def action_decide(self) -> dict:
        """Ask what became of these differences, and why."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide"),
            "res_model": "retail.reconciliation.decide",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_ids": self.ids},
        }

    def action_open_record(self) -> dict:
        """Show our record behind the difference.

        :raises UserError: there is none here
        """
        self.ensure_one()
        if not self.res_id:
            raise UserError(self.env._("There is no record of it here."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
