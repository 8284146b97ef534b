"""``retail.loyalty.segment``: a group of members that marketing speaks of (R7, R8).

By rules in plain words (``loyalty_segment_condition.py``) or a list. Who is in it is a
snapshot, renewed on a schedule; who came and went is kept for the feeds. Evaluating is
in ``loyalty_segment_evaluation.py``. Campaigns and earning rules may be for segments.
"""

import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.retail_integration_base.fields import BigInteger

#: as addresses and messages take it
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
STEWARD_GROUP = "retail_integration_base.group_steward"
NO_PURPOSE = ("service", "Service: no consent needed")


class RetailLoyaltySegment(models.Model):
    _name = "retail.loyalty.segment"
    _description = "Member Segment"
    _inherit = ["retail.accountable.mixin", "retail.anchored.mixin"]
    _order = "name, id"
    _anchor_fields = ("program_id", "code")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, copy=False, help="Short name for feeds and addresses; for good."
    )
    active = fields.Boolean(default=True)
    program_id = fields.Many2one(
        "retail.loyalty.program",
        required=True,
        ondelete="cascade",
        index=True,
        default=lambda self: self.env["retail.loyalty.program"].search([], limit=1),
    )
    company_id = fields.Many2one(
        related="program_id.company_id", store=True, index=True
    )
    kind = fields.Selection(
        [("rules", "Rules"), ("list", "A list")],
        string="Made by",
        required=True,
        default="rules",
    )
    match = fields.Selection(
        [("all", "all of these"), ("any", "any of these")],
        string="Members meet",
        required=True,
        default="all",
    )
    condition_ids = fields.One2many(
        "retail.loyalty.segment.condition", "segment_id", copy=True
    )
    listed_member_ids = fields.Many2many(
        "retail.loyalty.member",
        "retail_loyalty_segment_listed_rel",
        "segment_id",
        "member_id",
        string="Listed members",
        copy=False,
    )
    listed_count = fields.Integer(string="On the list", compute="_compute_listed_count")
    purpose = fields.Selection(
        selection="_selection_purpose",
        required=True,
        default="marketing_email",
        help="Only members who agreed to this are in the segment.",
    )
    is_partner_consent_needed = fields.Boolean(
        string="And agreed to sharing with partners",
        help="Where it goes to somebody who uses it for purposes of their own.",
    )
    is_told = fields.Boolean(
        string="Told to subscribers",
        help="Partners that subscribed to segments learn who came and went.",
    )
    interval_hours = fields.Integer(
        string="Renew every (hours)", required=True, default=24
    )
    next_at = fields.Datetime(string="Next time", readonly=True, copy=False)
    evaluated_at = fields.Datetime(string="As of", readonly=True, copy=False)
    generation = fields.Integer(readonly=True, copy=False, default=0)
    member_count = BigInteger(string="Members", readonly=True, copy=False, default=0)
    added_count = BigInteger(string="Came last", readonly=True, copy=False, default=0)
    removed_count = BigInteger(string="Went last", readonly=True, copy=False, default=0)
    summary = fields.Text(string="In words", compute="_compute_summary")

    _code_uniq = models.Constraint("UNIQUE (code)", "Another segment has this code.")
    _interval_check = models.Constraint(
        "CHECK (interval_hours > 0)", "A segment is renewed every hour at most."
    )

    @api.model
    def _selection_purpose(self) -> list[tuple[str, str]]:
        """Return what members are asked for, and service, for which nobody asks."""
        consents = self.env["retail.loyalty.consent"]
        purposes = consents._fields["purpose"]._description_selection(self.env)
        return [*purposes, NO_PURPOSE]

    @api.depends("listed_member_ids")
    def _compute_listed_count(self) -> None:
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT segment_id, count(*) FROM retail_loyalty_segment_listed_rel"
            " WHERE segment_id = ANY(%s) GROUP BY segment_id",
            (self.ids,),
        )
        counts = dict(self.env.cr.fetchall())
        for segment in self:
            segment.listed_count = counts.get(segment.id, 0)

    @api.depends("match", "kind", "condition_ids.summary")
    def _compute_summary(self) -> None:
        for segment in self:
            words = segment.condition_ids.filtered("summary").mapped("summary")
            glue = self.env._("or") if segment.match == "any" else self.env._("and")
            segment.summary = f"\n{glue} ".join(words)

    @api.constrains("code")
    def _check_code(self) -> None:
        for segment in self:
            if not CODE.fullmatch(segment.code):
                raise ValidationError(
                    self.env._("Codes have letters, digits, dots, - and _ only.")
                )

    # --- what people do ---------------------------------------------------------------

    def action_evaluate(self) -> None:
        """Renew the segments now.

        :raises AccessError: not a steward
        """
        self._check_steward()
        self.sudo()._evaluate()

    def action_open_members(self) -> dict:
        """List who is in the segment."""
        self.ensure_one()
        return self._list(self.env._("Members of %s", self.name), "member")

    def action_open_changes(self) -> dict:
        """List who came and went, the last one first."""
        self.ensure_one()
        return self._list(self.env._("Came and went: %s", self.name), "change")

    def _list(self, name: str, what: str) -> dict:
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": f"retail.loyalty.segment.{what}",
            "view_mode": "list",
            "domain": [("segment_id", "=", self.id)],
        }

    def _check_steward(self) -> None:
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group(STEWARD_GROUP)):
            raise AccessError(self.env._("Only stewards change segments."))
