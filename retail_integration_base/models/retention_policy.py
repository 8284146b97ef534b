"""``retail.retention.policy``: how long a company keeps what passed through the hub.

One record per company, since law and contracts differ by jurisdiction (R143, R144).
Topics say how long a content is needed; the policy can only shorten that. Read by
``retail.retention``.
"""

from odoo import fields, models

AUDIT_DAYS_DEFAULT = 3653


class RetailRetentionPolicy(models.Model):
    _name = "retail.retention.policy"
    _inherit = ["retail.anchored.mixin", "retail.accountable.mixin"]
    _description = "Retention Policy"
    _order = "company_id"
    _rec_name = "company_id"
    _anchor_fields = ("company_id",)

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    payload_days = fields.Integer(
        string="Contents kept (days)",
        help="What messages contain is erased this long after they are finished, "
        "where a topic does not say sooner. 0: as each topic says.",
    )
    record_days = fields.Integer(
        string="Messages kept (days)",
        help="Messages and their attempts are removed this long after they are "
        "finished, where a topic does not say sooner. 0: as each topic says.",
    )
    audit_days = fields.Integer(
        string="Audit kept (days)",
        default=AUDIT_DAYS_DEFAULT,
        help="Audit entries are removed after this long; the chain stays verifiable. "
        "0: for ever.",
    )
    owner_id = fields.Many2one("res.users", default=lambda self: self.env.user)
    region = fields.Char(
        string="Data region",
        help="Where this company's data has to stay, such as EU. The database, its "
        "backups and the anchors of the audit are placed accordingly.",
    )
    legal_basis = fields.Text(
        string="Why", help="The law, contract or decision that these numbers follow."
    )

    _company_uniq = models.Constraint(
        "UNIQUE (company_id)", "This company has a policy already."
    )
    _days_sensible = models.Constraint(
        "CHECK (payload_days >= 0 AND record_days >= 0 AND audit_days >= 0)",
        "Days are counted from 0.",
    )
