"""``retail.ownership.rule``: which system's word counts for which field (R130).

One record says for a kind of record, or one field of it, whether Odoo, a system or the
newest word decides, and what becomes of anybody else's. Versions with days and a second
person (``approved_mixin.py``). Without a rule Odoo owns the field, and what a system
sends is shown to a person. Asked by ``retail.ownership`` only.
"""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .approved_mixin import no_overlap


class RetailOwnershipRule(models.Model):
    _name = "retail.ownership.rule"
    _description = "Ownership Rule"
    _inherit = ["retail.anchored.mixin", "retail.approved.mixin"]
    _order = "subject, valid_from desc"
    _rec_name = "subject"
    _check_company_auto = True
    _anchor_fields = ("company_id",)
    _version_key = ("company_id", "subject")
    _version_content = ("owned_by", "backend_id", "refusal")

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    subject = fields.Selection(
        selection="_selection_subject",
        string="What",
        required=True,
        help="A rule for one field goes before the rule for everything.",
    )
    owned_by = fields.Selection(
        [
            ("here", "Odoo"),
            ("backend", "A system"),
            ("newest", "Whoever changed it last"),
        ],
        string="Whose word counts",
        required=True,
        default="here",
        tracking=True,
    )
    backend_id = fields.Many2one(
        "retail.backend", string="System", check_company=True, tracking=True
    )
    refusal = fields.Selection(
        [
            ("exception", "A person decides"),
            ("ignore", "Noted on the message, nothing else"),
        ],
        string="What others send",
        required=True,
        default="exception",
        tracking=True,
    )
    owner_id = fields.Many2one("res.users", default=lambda self: self.env.user)
    note = fields.Char(string="Why", help="The agreement that this rule follows.")

    _in_force_excl = models.Constraint(
        no_overlap("company_id::text || ':' || subject"),
        "Another version of this rule holds on one of these days.",
    )

    @api.model
    def _selection_subject(self) -> list[tuple[str, str]]:
        """Every kind of record that systems share, and each of its fields."""
        subjects = []
        for name in sorted(
            self.env.registry.descendants(["retail.shared.mixin"], "_inherit")
        ):
            model = self.env[name]
            if model._abstract:
                continue
            noun = self.env["ir.model"]._get(name).name
            subjects.append((name, self.env._("%(what)s: everything", what=noun)))
            for key, field in model._shared_fields.items():
                label = model._fields[field].get_description(self.env)["string"]
                subjects.append((f"{name}:{key}", f"{noun}: {label}"))
        return subjects

    @api.constrains("owned_by", "backend_id")
    def _check_system(self) -> None:
        if any((r.owned_by == "backend") != bool(r.backend_id) for r in self):
            raise ValidationError(
                self.env._("Name the system if, and only if, a system owns it.")
            )

    @api.onchange("owned_by")
    def _onchange_owned_by(self) -> None:
        if self.owned_by != "backend":
            self.backend_id = False

    @api.depends("subject")
    @api.depends_context("lang")
    def _compute_display_name(self) -> None:
        labels = dict(self._selection_subject())
        for rule in self:
            rule.display_name = labels.get(rule.subject, rule.subject)

    @api.model
    def _find_rules(
        self, company: models.BaseModel, model: str
    ) -> dict[str, "RetailOwnershipRule"]:
        """Return ``field -> rule`` in force today; the key "" is for all others."""
        subjects = [
            model,
            *(f"{model}:{key}" for key in self.env[model]._shared_fields),
        ]
        domain = Domain("company_id", "=", company.id) & Domain(
            "subject", "in", subjects
        )
        found = self.sudo().search(domain & self._in_force(fields.Date.today()))
        return {rule.subject.partition(":")[2]: rule for rule in found}

    def _owner_name(self) -> str:
        """Return who owns it, for people; empty rule: Odoo."""
        if self.owned_by == "newest":
            return self.env._("whoever changed it last")
        return self.backend_id.name if self.owned_by == "backend" else "Odoo"
