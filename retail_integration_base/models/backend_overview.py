"""``retail.backend``: what its form shows at a glance.

Addresses to give to the partner, and how much is waiting.
"""

from odoo import api, fields, models

from .event_mixin import FINAL_STATES


class RetailBackend(models.Model):
    _inherit = "retail.backend"

    events_address = fields.Char(
        compute="_compute_addresses", help="Canonical events: one, many or NDJSON."
    )
    webhook_address = fields.Char(
        compute="_compute_addresses", help="The vendor's own webhook format."
    )
    inbox_open_count = fields.Integer(compute="_compute_open_counts")
    outbox_open_count = fields.Integer(compute="_compute_open_counts")
    exception_open_count = fields.Integer(compute="_compute_open_counts")

    @api.depends("code")
    def _compute_addresses(self) -> None:
        for backend in self:
            base = f"{backend.get_base_url()}/retail/v1/backends/{backend.code}"
            backend.events_address = f"{base}/events" if backend.code else False
            backend.webhook_address = f"{base}/webhook" if backend.code else False

    def _compute_open_counts(self) -> None:
        open_states = [("state", "not in", FINAL_STATES)]
        counts = {
            name: dict(
                self.env[model]._read_group(
                    [("backend_id", "in", self.ids), *domain],
                    ["backend_id"],
                    ["__count"],
                )
            )
            for name, model, domain in (
                ("inbox_open_count", "retail.inbox.event", open_states),
                ("outbox_open_count", "retail.outbox.event", open_states),
                (
                    "exception_open_count",
                    "retail.exception",
                    [("state", "!=", "resolved")],
                ),
            )
        }
        for backend in self:
            for name, by_backend in counts.items():
                backend[name] = by_backend.get(backend, 0)
