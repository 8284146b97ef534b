"""``retail.api.scope``: one thing that a partner's key may be allowed to do.

Records, so that each module adds its own (``loyalty:read``) beside its routes. Routes
name scopes in their declaration; a test holds both lists against each other.
"""

from odoo import fields, models


class RetailApiScope(models.Model):
    _name = "retail.api.scope"
    _description = "API Scope"
    _order = "name"

    name = fields.Char(
        string="Scope", required=True, readonly=True, help="As routes ask for it."
    )
    description = fields.Char(required=True, readonly=True, translate=True)

    _name_uniq = models.Constraint("UNIQUE (name)", "This scope exists already.")
    _name_form = models.Constraint(
        "CHECK (name ~ '^[a-z_]+:[a-z_]+$')",
        "A scope has the form resource:right, such as events:write.",
    )
