"""``retail.loyalty.segment.member``: who is in a segment, as of its last renewal.

Written by ``retail.loyalty.segment._evaluate`` in SQL only. Read by the engine, the
feeds and the HTTP route.
"""

from odoo import fields, models


class RetailLoyaltySegmentMember(models.Model):
    _name = "retail.loyalty.segment.member"
    _description = "Member of a Segment"
    _log_access = False
    _order = "id desc"
    _rec_name = "member_id"

    segment_id = fields.Many2one(
        "retail.loyalty.segment", required=True, readonly=True, ondelete="cascade"
    )
    member_id = fields.Many2one(
        "retail.loyalty.member",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one("res.company", readonly=True)
    since_at = fields.Datetime(string="Since", required=True, readonly=True)

    _member_uniq = models.Constraint(
        "UNIQUE (segment_id, member_id)", "The member is in this segment."
    )
    _place_idx = models.Index("(segment_id, id)")
