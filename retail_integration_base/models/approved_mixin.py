"""``retail.approved.mixin``: versions that hold from a day on, once somebody agreed.

A draft is one person's; a second one approves it (four eyes), and only then does it
hold. What holds is never rewritten: a change is a new version, which on approval takes
its days from the one before. An exclusion constraint in the database sees to it that
two versions of one thing never hold on the same day, whoever approves at the same time.
Who uses it declares that constraint with :func:`no_overlap`.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ..tools.clock import to_naive, utc_now
from ..tools.validity import Span

APPROVERS = (
    "retail_integration_base.group_steward",
    "retail_integration_base.group_finance",
)
#: days of an open end, in a number that no date reaches
DAYS_MAX = 4_194_303


def no_overlap(slot: str) -> str:
    """Return the constraint that lets one approved version hold a day per ``slot``.

    A range of numbers instead of ``btree_gist``, which not every server has: slot and
    day become one number, whose index ships with PostgreSQL. Two slots with the same
    64-bit hash would refuse each other, which is on the safe side.

    :param slot: SQL of a text that is the same for versions of one thing; immutable
    """
    base = f"hashtextextended({slot}, 0)::numeric * {DAYS_MAX + 1}"
    return (
        f"EXCLUDE USING gist (numrange({base} + (valid_from - DATE '0001-01-01'),"
        f" {base} + COALESCE(valid_until - DATE '0001-01-01', {DAYS_MAX}), '[]')"
        " WITH &&) WHERE (state = 'approved' AND active)"
    )


class RetailApprovedMixin(models.AbstractModel):
    _name = "retail.approved.mixin"
    _inherit = ["mail.thread", "retail.accountable.mixin"]
    _description = "Version that a Second Person Approves"

    #: fields that name what these are versions of
    _version_key: tuple[str, ...] = ()
    #: further fields that an approval is about
    _version_content: tuple[str, ...] = ()

    active = fields.Boolean(default=True, copy=False)
    state = fields.Selection(
        [("draft", "To approve"), ("approved", "Approved"), ("replaced", "Replaced")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    valid_from = fields.Date(required=True, default=fields.Date.today, tracking=True)
    valid_until = fields.Date(tracking=True)
    changed_by_id = fields.Many2one(
        "res.users", string="Changed by", readonly=True, copy=False
    )
    approved_by_id = fields.Many2one(
        "res.users", string="Approved by", readonly=True, copy=False, tracking=True
    )
    approved_at = fields.Datetime(string="Approved", readonly=True, copy=False)
    can_approve = fields.Boolean(compute="_compute_can_approve")

    @api.depends("state", "changed_by_id")
    @api.depends_context("uid")
    def _compute_can_approve(self) -> None:
        approver = self._is_approver()
        for version in self:
            version.can_approve = (
                version.state == "draft"
                and approver
                and version.changed_by_id != self.env.user
            )

    @api.constrains("valid_from", "valid_until")
    def _check_dates(self) -> None:
        if any(v.valid_until and v.valid_until < v.valid_from for v in self):
            raise ValidationError(self.env._("It cannot end before it begins."))

    # --- who may change what --------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailApprovedMixin":
        for vals in vals_list:
            self._check_own_words(vals)
            vals["changed_by_id"] = self.env.uid
        return super().create(vals_list)

    def write(self, vals: dict) -> bool:
        self._check_own_words(vals)
        guarded = self._guarded().intersection(vals)
        if guarded:
            self.check_access("write")
            if not self.env.su and any(v.state != "draft" for v in self):
                raise UserError(
                    self.env._(
                        "What is approved does not change: press New version, so that "
                        "a second person sees it and past days keep what held then."
                    )
                )
            if not self.env.su:
                vals = vals | {"changed_by_id": self.env.uid}
        return super().write(vals)

    def _guarded(self) -> set[str]:
        return {
            *(*self._version_key, *self._version_content),
            *("valid_from", "valid_until", "active"),
        }

    def _check_own_words(self, vals: dict) -> None:
        facts = {"state", "changed_by_id", "approved_by_id", "approved_at"}
        if not self.env.su and facts & set(vals):
            raise UserError(self.env._("Use the buttons to approve it."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self) -> None:
        if any(version.state != "draft" for version in self):
            raise UserError(
                self.env._("What was approved stays as a record; end it instead.")
            )

    def _is_approver(self) -> bool:
        return self.env.su or any(self.env.user.has_group(g) for g in APPROVERS)

    def _check_approver(self) -> None:
        """Let stewards and finance pass.

        :raises AccessError: neither
        """
        self.check_access("write")
        if not self._is_approver():
            raise AccessError(self.env._("Only stewards and finance approve."))

    # --- what people do -------------------------------------------------------------

    def action_approve(self) -> None:
        """Let these drafts hold from their day on; a second person's decision.

        :raises AccessError: neither steward nor finance
        :raises UserError: one's own draft
        """
        self._check_approver()
        drafts = self.filtered(lambda version: version.state == "draft")
        if not self.env.su and self.env.user in drafts.changed_by_id:
            raise UserError(
                self.env._("You wrote this yourself; somebody else has to look at it.")
            )
        drafts._approve()
        drafts._after_approval()

    def _approve(self, **details: object) -> None:
        """Put these into force for the caller, who answers for it."""
        for version in self:
            first = version.changed_by_id
            version._make_room()
            version.sudo().write(
                {
                    "state": "approved",
                    "approved_by_id": self.env.uid,
                    "approved_at": to_naive(utc_now()),
                }
            )
            # Now: the constraint is to speak here, where the caller is told.
            version.flush_recordset()
            version._audit("approved", {"written_by": first.login, **details})

    def _after_approval(self) -> None:
        """Act on versions that hold from now on; extended by who uses this."""

    def _make_room(self) -> None:
        """Take this version's days from those that held so far."""
        self.ensure_one()
        mine = self._span()
        for old in self._same_slot().filtered(lambda v: v._span().overlaps(mine)):
            pieces = old._span().without(mine)
            if not pieces:
                old.sudo().write({"state": "replaced"})
            for number, piece in enumerate(pieces):
                days = {"valid_from": piece.start, "valid_until": piece.until}
                if number:
                    facts = {
                        "state": "approved",
                        "approved_by_id": old.approved_by_id.id,
                        "approved_at": old.approved_at,
                    }
                    old.sudo().copy({**days, **facts})
                else:
                    old.sudo().write(days)
                # Before anything else takes its days: the constraint looks at once.
                old.flush_recordset()
            old.flush_recordset()

    def _same_slot(self) -> "RetailApprovedMixin":
        """Return the approved versions of the same thing, this one left out."""
        domain = Domain("state", "=", "approved") & Domain("id", "!=", self.id)
        for name in self._version_key:
            value = self[name]
            plain = value.id if isinstance(value, models.BaseModel) else value
            domain &= Domain(name, "=", plain)
        return self.sudo().search(domain, order="valid_from")

    def _span(self) -> Span:
        return Span(self.valid_from, self.valid_until or None)

    def action_new_version(self) -> dict:
        """Open a draft with the same content, to be changed and approved."""
        self.ensure_one()
        self.check_access("write")
        start = max(fields.Date.context_today(self), self.valid_from)
        until = self.valid_until
        draft = self.copy(
            {
                "valid_from": start,
                "valid_until": until and until >= start and until,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": draft.id,
            "view_mode": "form",
        }

    def action_end(self) -> None:
        """Let these hold until today and no longer; nothing follows.

        :raises AccessError: neither steward nor finance
        """
        self._check_approver()
        today = fields.Date.context_today(self)
        for version in self.filtered(lambda v: v.state == "approved"):
            if version.valid_from > today:
                version.sudo().write({"state": "replaced"})
            elif not version.valid_until or version.valid_until > today:
                version.sudo().write({"valid_until": today})
            version.message_post(
                body=self.env._(
                    "Ends on %(day)s: %(user)s",
                    day=format_date(self.env, today),
                    user=self.env.user.name,
                )
            )

    @api.model
    def _in_force(self, day: fields.Date) -> Domain:
        """Restrict to the versions that hold on ``day``."""
        return (
            Domain("state", "=", "approved")
            & Domain("valid_from", "<=", day)
            & (Domain("valid_until", "=", False) | Domain("valid_until", ">=", day))
        )
