"""``retail.loyalty.unmatched``: customers of whom nobody knows who they are (R11, R17).

One row per program and key: sales named a card, number or address that leads to nobody,
or somebody enrolled whose keys several contacts have. A job looks: exactly one contact
is matched by itself; for the rest a person matches, enrols or ignores. Sales that
failed for it are posted at once, each once (``retail.loyalty.accrual``).
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .loyalty_member_matching import Key

OPERATOR_GROUP = "retail_integration_base.group_operator"
PATIENCE = timedelta(days=30)
# Keys that failed sales named and that lead to nobody; the newest first.
FAILED = """
    SELECT accrual.program_id, sale.identity_id,
           bool_or(accrual.state = 'failed') AS is_failure
      FROM retail_loyalty_accrual AS accrual
      JOIN retail_transaction AS sale ON sale.id = accrual.transaction_id
      JOIN retail_identity AS identity ON identity.id = sale.identity_id
     WHERE accrual.state IN ('failed', 'skipped') AND accrual.reason = 'unmatched'
       AND accrual.recorded_at > %(since)s AND identity.partner_id IS NULL
       AND identity.erasure_state IS NULL
       AND NOT EXISTS (SELECT FROM retail_loyalty_unmatched AS known
                        WHERE known.program_id = accrual.program_id
                          AND known.identity_id = sale.identity_id)
     GROUP BY accrual.program_id, sale.identity_id
     ORDER BY max(accrual.id) DESC LIMIT %(limit)s
"""
ASK = """
    INSERT INTO retail_loyalty_unmatched (program_id, company_id, identity_id,
           member_id, reason, state, found_at)
    VALUES (%s, %s, %s, %s, %s, 'open', %s)
        ON CONFLICT (program_id, identity_id) DO NOTHING RETURNING id
"""


class RetailLoyaltyUnmatched(models.Model):
    _name = "retail.loyalty.unmatched"
    _description = "Unmatched Customer"
    _log_access = False
    _order = "id desc"
    _rec_name = "identity_id"

    program_id = fields.Many2one(
        "retail.loyalty.program", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    identity_id = fields.Many2one(
        "retail.identity",
        string="Known as",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    kind = fields.Selection(related="identity_id.kind")
    member_id = fields.Many2one(
        "retail.loyalty.member",
        readonly=True,
        ondelete="cascade",
        help="Enrolled as a new person, because nobody could choose at the till.",
    )
    reason = fields.Selection(
        [
            ("unknown", "Nobody has this key"),
            ("several", "Several contacts have it"),
        ],
        string="Why",
        required=True,
        readonly=True,
    )
    candidate_ids = fields.Many2many(
        "res.partner", compute="_compute_candidates", string="It may be"
    )
    sale_count = fields.Integer(string="Sales", compute="_compute_sale_count")
    choice_id = fields.Many2one(
        "res.partner",
        string="It is",
        ondelete="set null",
        domain="[('is_company', '=', False)]",
        help="The contact who this customer is.",
    )
    state = fields.Selection(
        [
            ("open", "To decide"),
            ("matched", "Matched"),
            ("enrolled", "Enrolled"),
            ("ignored", "Ignored"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    found_at = fields.Datetime(string="Found", readonly=True)
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True)

    _key_uniq = models.Constraint(
        "UNIQUE (program_id, identity_id)", "This customer is listed already."
    )

    def write(self, vals: dict) -> bool:
        """Let people choose; the rest is the buttons' matter."""
        if not self.env.su and set(vals) - {"choice_id"}:
            raise UserError(self.env._("Use the buttons to decide."))
        return super().write(vals)

    def _compute_candidates(self) -> None:
        members = self.env["retail.loyalty.member"]
        for row in self:
            found = members._contacts_with(row.program_id, [row._key()])
            own = row.member_id.sudo().partner_id
            row.candidate_ids = (found - own).sudo(False)

    def _compute_sale_count(self) -> None:
        counts = dict(
            self.env["retail.transaction"]._read_group(
                [("identity_id", "in", self.identity_id.ids)],
                ["identity_id"],
                ["__count"],
            )
        )
        for row in self:
            row.sale_count = counts.get(row.identity_id, 0)

    # --- what people do ---------------------------------------------------------------

    def action_match(self) -> None:
        """Say that these customers are the chosen contacts, and post their sales.

        :raises AccessError: not an operator. :raises UserError: nobody was chosen
        """
        self._check_operator()
        for row in self.sudo():
            if not row.choice_id:
                raise UserError(self.env._("Choose who it is first."))
            if row.member_id:
                row._match_member()
            else:
                row.identity_id.partner_id = row.choice_id
            row._end("matched")

    def action_enrol(self) -> None:
        """Make these customers members, as the chosen contact or a new person.

        :raises AccessError: not an operator
        """
        self._check_operator()
        for row in self.sudo():
            if row.choice_id:
                row.identity_id.partner_id = row.choice_id
            members = self.env["retail.loyalty.member"].with_company(
                row.identity_id.company_id
            )
            members.sudo()._enrol(row.program_id, [row._key()], None)
            row._end("enrolled")

    def action_ignore(self) -> None:
        """Let them be: their sales earn nothing, and they are not listed again.

        :raises AccessError: not an operator
        """
        self._check_operator()
        for row in self.sudo():
            row._failed_sales().action_dismiss()
            row._end("ignored")

    def _check_operator(self) -> None:
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group(OPERATOR_GROUP)):
            raise AccessError(self.env._("Only operators decide about customers."))
        if any(row.state != "open" for row in self):
            raise UserError(self.env._("Somebody decided about it before."))

    def _match_member(self) -> None:
        """The person who was made at the till is the chosen contact after all."""
        member, person = self.member_id, self.choice_id
        twin = member.search(
            [
                ("program_id", "=", member.program_id.id),
                ("partner_id", "=", person.id),
            ],
            limit=1,
        )
        if twin:
            reason = self.env._("Matched to a contact who is a member")
            self.env["retail.loyalty.merge"]._merge(member, twin._survivor(), reason)
            return
        made = member.partner_id
        known = self.env["retail.identity"].search([("partner_id", "=", made.id)])
        known.write({"partner_id": person.id})
        member.partner_id = person

    def _end(self, state: str) -> None:
        self.write({"state": state, "decided_by_id": self.env.uid})
        self.env["retail.audit.entry"]._record(f"customer.{state}", self)
        if state != "ignored":
            self._failed_sales()._try_again()

    def _failed_sales(self) -> models.BaseModel:
        return self.env["retail.loyalty.accrual"].search(
            [
                ("state", "in", ("failed", "skipped")),
                ("transaction_id.identity_id", "in", self.identity_id.ids),
            ],
            limit=1000,
        )

    # --- finding them -----------------------------------------------------------------

    def _key(self) -> Key:
        identity = self.identity_id.sudo()
        return Key(identity.kind, identity.value)

    @api.model
    def _ask_who(
        self, member: models.BaseModel, contacts: models.BaseModel, keys: list[Key]
    ) -> None:
        """List a new member whose keys several contacts have."""
        company = self.env.company
        known = self.env["retail.identity"]._find_many(
            company.id, [(key.kind, key.value) for key in keys]
        )
        for key in keys:
            if key.kind in ("email", "phone"):
                identity = known[(key.kind, key.value)]
                self._ask(member.program_id, identity, "several", member)
                return

    @api.model
    def _ask(
        self,
        program: models.BaseModel,
        identity: models.BaseModel,
        reason: str,
        member: models.BaseModel | None = None,
    ) -> None:
        self.env.flush_all()
        self.env.cr.execute(
            ASK,
            (
                program.id,
                identity.company_id.id,
                identity.id,
                member.id if member else None,
                reason,
                self.env["retail.loyalty.ledger"]._now(),
            ),
            log_exceptions=False,
        )
        self.invalidate_model()

    @api.model
    def _cron_find(self, limit: int = 500) -> None:
        """Match what one contact has, list the rest; sales are posted by their job."""
        self.env.flush_all()
        since = self.env["retail.loyalty.ledger"]._now() - PATIENCE
        self.env.cr.execute(FAILED, {"since": since, "limit": limit})
        members = self.env["retail.loyalty.member"]
        for program_id, identity_id, is_failure in self.env.cr.fetchall():
            program = self.env["retail.loyalty.program"].browse(program_id)
            identity = self.env["retail.identity"].browse(identity_id)
            key = Key(identity.kind, identity.value)
            found = members.with_company(identity.company_id)._contacts_with(
                program, [key]
            )
            if len(found) == 1:
                identity.partner_id = found
            elif found or is_failure:
                self._ask(program, identity, "several" if found else "unknown")
