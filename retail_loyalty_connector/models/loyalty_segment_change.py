"""``retail.loyalty.segment.change``: who came into a segment and who left it, and when.

In numbered batches per renewal, so that a feed that repeats itself sends the same
message again (``loyalty_segment_batch.py``). Written in SQL only; old ones are removed.
"""

from datetime import timedelta

from odoo import api, fields, models

KEPT = timedelta(days=400)
GC_BATCH = 50_000


class RetailLoyaltySegmentChange(models.Model):
    _name = "retail.loyalty.segment.change"
    _description = "Change of a Segment"
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
    change = fields.Selection(
        [("added", "Came"), ("removed", "Went")], required=True, readonly=True
    )
    changed_at = fields.Datetime(string="When", required=True, readonly=True)
    generation = fields.Integer(required=True, readonly=True)
    batch = fields.Integer(required=True, readonly=True)

    _batch_idx = models.Index("(segment_id, generation, batch)")
    _changed_idx = models.Index("(changed_at)")

    @api.autovacuum
    def _gc_changes(self) -> None:
        limit = self.env["retail.loyalty.ledger"]._now() - KEPT
        for table, column in (("change", "changed_at"), ("batch", "evaluated_at")):
            self.env.cr.execute(
                f"DELETE FROM retail_loyalty_segment_{table} WHERE id IN ("  # nosec B608
                f"SELECT id FROM retail_loyalty_segment_{table}"
                f" WHERE {column} < %s LIMIT %s)",
                (limit, GC_BATCH),
            )
