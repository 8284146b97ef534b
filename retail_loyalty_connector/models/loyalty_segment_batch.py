"""``retail.loyalty.segment.batch``: a part of what one renewal of a segment changed.

What a feed sends as one message. Its place (segment, generation, number) names the
message, so that telling it twice is harmless. Written in SQL only.
"""

from odoo import fields, models


class RetailLoyaltySegmentBatch(models.Model):
    _name = "retail.loyalty.segment.batch"
    _description = "Part of a Segment's Changes"
    _log_access = False
    _order = "id desc"

    segment_id = fields.Many2one(
        "retail.loyalty.segment", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True)
    generation = fields.Integer(required=True, readonly=True)
    number = fields.Integer(required=True, readonly=True)
    batch_count = fields.Integer(required=True, readonly=True)
    added_count = fields.Integer(string="Came", required=True, readonly=True)
    removed_count = fields.Integer(string="Went", required=True, readonly=True)
    evaluated_at = fields.Datetime(string="When", required=True, readonly=True)

    _place_uniq = models.Constraint(
        "UNIQUE (segment_id, generation, number)", "This part is known."
    )
    _evaluated_idx = models.Index("(evaluated_at)")
