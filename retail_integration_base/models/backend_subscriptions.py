"""``retail.backend``: what it is told, and what it may ask to be told."""

from odoo import fields, models


class RetailBackend(models.Model):
    _inherit = "retail.backend"

    subscription_ids = fields.One2many("retail.subscription", "backend_id")
    offered_topic_ids = fields.Many2many(
        "retail.topic",
        "retail_backend_offered_topic_rel",
        domain=[("direction", "=", "out")],
        string="Topics it may subscribe to",
        help="What the partner may choose when it makes subscriptions itself.",
    )

    def _all_subscriptions(self) -> models.BaseModel:
        """Return the subscriptions, those that were closed included."""
        everything = self.env["retail.subscription"].with_context(active_test=False)
        return everything.search([("backend_id", "in", self.ids)])
