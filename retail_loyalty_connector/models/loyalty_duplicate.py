"""``retail.loyalty.duplicate``: two members who are likely one person, and why (R11).

Found by equal values only: a key of the one is the other's too, in another company, or
stands on the other's contact; or both contacts have the same one. A job compares all
members once a night, by one statement per program. A person merges them, or says that
they are two; what was said is not asked again.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError

OPERATOR_GROUP = "retail_integration_base.group_operator"
# Every value by which a member of the program could be recognised. A contact's own
# address counts like a key; a phone is compared by its digits.
FIND = """
    WITH people AS (
        SELECT member.id, member.partner_id, program.company_id
          FROM retail_loyalty_member AS member
          JOIN retail_loyalty_program AS program ON program.id = member.program_id
         WHERE member.program_id = %(program)s
           AND member.state IN ('active', 'suspended')
    ), known AS (
        SELECT people.id, identity.kind, identity.value
          FROM people
          JOIN retail_identity AS identity ON identity.partner_id = people.partner_id
         WHERE identity.kind IN ('email', 'phone', 'card')
           AND (people.company_id IS NULL OR identity.company_id = people.company_id)
         UNION
        SELECT people.id, 'email', contact.email_normalized
          FROM people JOIN res_partner AS contact ON contact.id = people.partner_id
         WHERE contact.email_normalized IS NOT NULL
         UNION
        SELECT people.id, 'phone', '+' || regexp_replace(contact.phone, '\\D', '', 'g')
          FROM people JOIN res_partner AS contact ON contact.id = people.partner_id
         WHERE contact.phone LIKE '+%%'
    ), pairs AS (
        SELECT one.id AS member_id, other.id AS other_id,
               array_agg(DISTINCT one.kind) AS kinds
          FROM known AS one
          JOIN known AS other
            ON other.kind = one.kind AND other.value = one.value AND other.id > one.id
         GROUP BY one.id, other.id
    )
    INSERT INTO retail_loyalty_duplicate AS found (program_id, company_id, member_id,
           other_id, same_email, same_phone, same_card, state, found_at)
    SELECT %(program)s, %(company)s, member_id, other_id, 'email' = ANY (kinds),
           'phone' = ANY (kinds), 'card' = ANY (kinds), 'open', %(now)s
      FROM pairs
        ON CONFLICT (member_id, other_id) DO UPDATE
       SET same_email = EXCLUDED.same_email, same_phone = EXCLUDED.same_phone,
           same_card = EXCLUDED.same_card
     WHERE (found.same_email, found.same_phone, found.same_card) IS DISTINCT FROM
           (EXCLUDED.same_email, EXCLUDED.same_phone, EXCLUDED.same_card)
"""
GONE = """
    UPDATE retail_loyalty_duplicate AS found SET state = 'merged'
      FROM retail_loyalty_member AS one, retail_loyalty_member AS other
     WHERE one.id = found.member_id AND other.id = found.other_id
       AND found.state = 'open' AND found.program_id = %(program)s
       AND (one.state NOT IN ('active', 'suspended')
            OR other.state NOT IN ('active', 'suspended'))
"""


class RetailLoyaltyDuplicate(models.Model):
    _name = "retail.loyalty.duplicate"
    _description = "Members who may be one Person"
    _log_access = False
    _order = "same_card desc, same_email desc, id desc"

    program_id = fields.Many2one(
        "retail.loyalty.program", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    member_id = fields.Many2one(
        "retail.loyalty.member", required=True, readonly=True, ondelete="cascade"
    )
    other_id = fields.Many2one(
        "retail.loyalty.member",
        string="And",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    same_card = fields.Boolean(readonly=True)
    same_email = fields.Boolean(string="Same e-mail", readonly=True)
    same_phone = fields.Boolean(readonly=True)
    why = fields.Char(compute="_compute_why")
    state = fields.Selection(
        [("open", "To decide"), ("merged", "Merged"), ("two", "Two people")],
        required=True,
        readonly=True,
        index=True,
    )
    found_at = fields.Datetime(string="Found", readonly=True)
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True)

    _pair_uniq = models.Constraint(
        "UNIQUE (member_id, other_id)", "These two were found before."
    )

    @api.depends("member_id", "other_id")
    def _compute_display_name(self) -> None:
        for found in self:
            pair = (found.member_id.number, found.other_id.number)
            found.display_name = " = ".join(pair)

    @api.depends("same_card", "same_email", "same_phone")
    def _compute_why(self) -> None:
        for found in self:
            same = (
                (found.same_card, self.env._("card")),
                (found.same_email, self.env._("e-mail")),
                (found.same_phone, self.env._("phone")),
            )
            names = ", ".join(name for is_same, name in same if is_same)
            found.why = self.env._("same %s", names) if names else False

    def action_merge(self) -> dict:
        """Show what merging these two would do."""
        self.ensure_one()
        self.check_access("read")
        # Who has been a member longer stays: their number is on more receipts.
        pair = (self.member_id | self.other_id).sorted("enrolled_at")
        name = "retail_loyalty_connector.action_retail_loyalty_merge_wizard"
        action = self.env["ir.actions.act_window"]._for_xml_id(name)
        return action | {
            "context": {
                "default_duplicate_id": self.id,
                "default_survivor_id": pair[0].id,
                "default_absorbed_id": pair[1].id,
                "default_reason": self.why,
            }
        }

    def action_two_people(self) -> None:
        """Say that these are two people: they are not listed again.

        :raises AccessError: not an operator
        """
        self._check_operator()
        open_ones = self.sudo().filtered(lambda one: one.state == "open")
        open_ones.write({"state": "two", "decided_by_id": self.env.uid})

    def action_look(self) -> None:
        """Look for duplicates now, in the programs that the user sees.

        :raises AccessError: not an operator
        """
        self._check_operator()
        programs = self.env["retail.loyalty.program"].search([], limit=1000)
        self.sudo()._find_duplicates(programs)

    def _check_operator(self) -> None:
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group(OPERATOR_GROUP)):
            raise AccessError(self.env._("Only operators decide about members."))

    def _settle(self, merge: models.BaseModel) -> None:
        """Keep that a person merged them."""
        self.write({"state": "merged", "decided_by_id": merge.merged_by_id.id})

    @api.model
    def _cron_find(self) -> None:
        """Compare all members of all programs."""
        programs = self.env["retail.loyalty.program"].sudo().search([], limit=1000)
        self._find_duplicates(programs)

    @api.model
    def _find_duplicates(self, programs: models.BaseModel) -> None:
        self.env.flush_all()
        now = self.env["retail.loyalty.ledger"]._now()
        for program in programs.sudo():
            values = {
                "program": program.id,
                "company": program.company_id.id or None,
                "now": now,
            }
            self.env.cr.execute(FIND, values, log_exceptions=False)
            self.env.cr.execute(GONE, values, log_exceptions=False)
        self.invalidate_model()
