"""``retail.exception.category``: what kind of trouble it is, and who decides by when.

Data that stewards of the house change: owner, team, deadline, escalation, from which
amount on a second person has to agree. Which category an error belongs to follows from
its code or its kind. Exceptions themselves are in ``retail.exception``.
"""

from decimal import Decimal

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from ..tools.errors import RetailError

FALLBACK = "retail_integration_base.exception_category_technical"
OPERATOR_GROUP = "retail_integration_base.group_operator"
ROLES = [
    ("steward", "The system's steward"),
    ("engineer", "The system's engineer"),
    ("user", "A named person"),
    ("team", "The team"),
]


class RetailExceptionCategory(models.Model):
    _name = "retail.exception.category"
    _description = "Exception Category"
    _inherit = ["mail.thread", "retail.accountable.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, copy=False, help="How programs call it.")
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    error_kinds = fields.Char(
        help="Kinds of errors that belong here, such as: transport security. "
        "Programs know them."
    )
    error_codes = fields.Char(
        help="Single error codes that belong here whatever their kind, such as: "
        "RET-1203 RET-1301."
    )
    owner_role = fields.Selection(
        ROLES, string="Owner", required=True, default="steward", tracking=True
    )
    user_id = fields.Many2one("res.users", string="Named owner", tracking=True)
    group_id = fields.Many2one(
        "res.groups",
        string="Team",
        required=True,
        default=lambda self: self.env.ref(OPERATOR_GROUP, False),
        tracking=True,
        help="Who may take what has no owner.",
    )
    severity = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High")],
        required=True,
        default="medium",
        tracking=True,
    )
    deadline_hours = fields.Integer(
        string="Hours to decide", required=True, default=8, tracking=True
    )
    four_eyes = fields.Selection(
        [
            ("never", "Never"),
            ("above", "From an amount on"),
            ("always", "Always"),
        ],
        string="Second person",
        required=True,
        default="above",
        tracking=True,
        help="When somebody else has to agree before an exception is accepted or "
        "written off. An amount that is not known counts as below.",
    )
    four_eyes_amount = fields.Monetary(string="From this amount on", tracking=True)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    approval_group_id = fields.Many2one(
        "res.groups",
        string="Second person from",
        required=True,
        default=lambda self: self.env.ref(
            "retail_integration_base.group_finance", False
        ),
        tracking=True,
    )
    guidance = fields.Text(
        string="House rules",
        translate=True,
        help="Shown on each exception of this category, below what to do in general.",
    )
    step_ids = fields.One2many(
        "retail.escalation.step", "category_id", string="Escalation", copy=True
    )

    _code_uniq = models.Constraint("UNIQUE (code)", "This code is taken.")
    _deadline_positive = models.Constraint(
        "CHECK (deadline_hours > 0)", "There must be some time to decide."
    )
    _four_eyes_amount_positive = models.Constraint(
        "CHECK (four_eyes_amount >= 0)", "The amount cannot be negative."
    )

    @api.constrains("owner_role", "user_id")
    def _check_named_owner(self) -> None:
        if any(c.owner_role == "user" and not c.user_id for c in self):
            raise ValidationError(self.env._("Say who the named person is."))

    @api.constrains("group_id", "approval_group_id", "user_id")
    def _check_may_decide(self) -> None:
        operator = self.env.ref(OPERATOR_GROUP)
        for category in self:
            for group in category.group_id | category.approval_group_id:
                if operator not in group.all_implied_ids:
                    raise ValidationError(
                        self.env._(
                            "%(group)s may not decide about exceptions; choose a group "
                            "that includes the operators' rights.",
                            group=group.full_name,
                        )
                    )
            user = category.user_id
            if user and operator not in user.all_group_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s may not decide about exceptions.", user=user.name
                    )
                )

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailExceptionCategory":
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals: dict) -> bool:
        self.env.registry.clear_cache()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_fallback(self) -> None:
        self.env.registry.clear_cache()
        if self.env.ref(FALLBACK, False) in self:
            raise UserError(
                self.env._("What belongs nowhere else goes here: it cannot go away.")
            )

    @api.model
    def _find_for(self, error: RetailError) -> "RetailExceptionCategory":
        """Return the category of an error: by code, then by kind, else the fallback."""
        return self.browse(self._find_id(error.code, error.category))

    @api.model
    @tools.ormcache("code", "kind")
    def _find_id(self, code: str, kind: str) -> int:
        categories = self.sudo().search([("active", "=", True)])
        for name, wanted in (("error_codes", code), ("error_kinds", kind)):
            for category in categories:
                if wanted in (category[name] or "").split():
                    return category.id
        return self.env.ref(FALLBACK).id

    def _find_owner(self, backend: models.BaseModel) -> models.BaseModel:
        """Return who decides about trouble of ``backend``; empty: the team."""
        self.ensure_one()
        return self._person(self.owner_role, self.user_id, backend)

    @api.model
    def _person(
        self, role: str, named: models.BaseModel, backend: models.BaseModel
    ) -> models.BaseModel:
        """Return the person behind a role, if that person can see the company."""
        people = {
            "steward": backend.steward_id,
            "engineer": backend.engineer_id,
            "user": named,
        }
        person = people.get(role, named.browse()).sudo()
        at_work = person.active and backend.company_id in person.company_ids
        return person if at_work else named.browse()

    def _asks_second_person(
        self, amount: Decimal | float | None, currency: models.BaseModel
    ) -> bool:
        """Tell whether ending a matter of that amount needs a second person."""
        self.ensure_one()
        if self.four_eyes != "above":
            return self.four_eyes == "always"
        if not amount or not currency:
            return False
        value = currency._convert(
            float(amount), self.currency_id, self.env.company, fields.Date.today()
        )
        return self.currency_id.compare_amounts(value, self.four_eyes_amount) >= 0
