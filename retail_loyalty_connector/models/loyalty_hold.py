"""``retail.loyalty.hold``: points reserved for a payment that is under way.

``open → captured | voided | expired``, once and for good; ``refused`` if there were not
enough, which stays so under the same id. Written by the SQL of the ledger only.
"""

from odoo import api, fields, models

from odoo.addons.retail_integration_base.fields import BigInteger, LooseMany2one


class RetailLoyaltyHold(models.Model):
    _name = "retail.loyalty.hold"
    _description = "Loyalty Hold"
    _log_access = False
    _order = "id desc"
    _rec_name = "uuid"

    uuid = fields.Char(string="Hold ID", required=True, readonly=True)
    content_hash = fields.Char(required=True, readonly=True)
    program_id = LooseMany2one("retail.loyalty.program", required=True, readonly=True)
    company_id = LooseMany2one("res.company", readonly=True)
    account_id = LooseMany2one("retail.loyalty.account", required=True, readonly=True)
    member_id = fields.Many2one(related="account_id.member_id")
    state = fields.Selection(
        [
            ("open", "Open"),
            ("captured", "Captured"),
            ("voided", "Voided"),
            ("expired", "Expired"),
            ("refused", "Refused"),
        ],
        required=True,
        readonly=True,
    )
    points = BigInteger(required=True, readonly=True)
    captured = BigInteger(
        required=True, readonly=True, help="What was spent; the rest went back."
    )
    ttl_s = fields.Integer(string="Time (s)", required=True, readonly=True)
    created_at = fields.Datetime(string="Reserved", required=True, readonly=True)
    expires_at = fields.Datetime(string="Ends", required=True, readonly=True)
    resolved_at = fields.Datetime(string="Resolved", readonly=True)
    channel = fields.Char(readonly=True)
    store_id = LooseMany2one("retail.store", readonly=True)
    ref = fields.Char(string="Reference", readonly=True)
    user_id = LooseMany2one("res.users", string="User", readonly=True)
    correlation_id = fields.Char(readonly=True)
    entry_ids = fields.One2many("retail.loyalty.entry", "hold_id")

    _uuid_uniq = models.Constraint("UNIQUE (uuid)", "This hold exists already.")
    _account_idx = models.Index("(account_id) WHERE state = 'open'")
    _expires_idx = models.Index("(expires_at) WHERE state = 'open'")
    _points_check = models.Constraint(
        "CHECK (points > 0 AND captured BETWEEN 0 AND points"
        " AND (state = 'captured') = (captured > 0))",
        "A hold cannot be captured beyond its points.",
    )
    _resolved_check = models.Constraint(
        "CHECK ((state = 'open') = (resolved_at IS NULL))",
        "A hold is open until it is resolved.",
    )

    @api.depends("state", "points")
    def _compute_display_name(self) -> None:
        states = dict(self._fields["state"]._description_selection(self.env))
        for hold in self:
            hold.display_name = f"{hold.points} {states.get(hold.state, '')}"
