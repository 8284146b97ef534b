"""``retail.backend``: how fast and how often its system is called, and when not at all.

Settings and what the gates make of them. The gates themselves are ``retail.gate``.
"""

from urllib.parse import urlsplit

from odoo import fields, models

from ..tools.backoff import RETRY_AFTER_CAP_S
from .gate import GateLimits, Wait


class RetailBackend(models.Model):
    _inherit = "retail.backend"

    calls_per_s = fields.Float(
        string="Calls per second",
        digits=(8, 3),
        help="Our own limit for calls to each host of this system, over all workers; "
        "0 for none. Vendors that count costs: cost units per second.",
    )
    calls_burst = fields.Integer(
        string="Calls at once",
        default=10,
        required=True,
        help="How many calls may follow each other at once after a pause.",
    )
    retry_after_cap_s = fields.Integer(
        string="Longest pause we grant (s)",
        default=RETRY_AFTER_CAP_S,
        required=True,
        help="A partner that asks us to wait longer is asked again after this time.",
    )
    breaker_failures = fields.Integer(
        string="Failures until the circuit opens",
        default=5,
        required=True,
        help="So many calls in a row without an answer, and nobody calls for a while; "
        "0: never.",
    )
    breaker_open_s = fields.Integer(
        string="Circuit stays open (s)", default=30, required=True
    )
    gate_ids = fields.One2many("retail.gate", "backend_id", readonly=True)

    _pace_bounds = models.Constraint(
        "CHECK (calls_per_s >= 0 AND calls_burst > 0 AND retry_after_cap_s > 0"
        " AND breaker_failures >= 0 AND breaker_open_s > 0)",
        "Limits of outgoing calls must be positive.",
    )

    def _gate_limits(self) -> GateLimits:
        return GateLimits(
            rate=self.calls_per_s,
            burst=float(self.calls_burst),
            failures_max=self.breaker_failures,
            open_s=self.breaker_open_s,
            pause_s=self.retry_base_s,
            pause_s_max=self.retry_after_cap_s,
        )

    def _gate_wait(self, url: str) -> Wait:
        """Return how the gate of ``url`` stands for calls of this backend."""
        limits = self._gate_limits()
        endpoint = urlsplit(url).netloc
        waits = self.env["retail.gate"]._waits(self.id, [endpoint], limits)
        untouched = int(limits.bucket(1.0)["burst"]) if limits.rate > 0 else None
        return waits.get(endpoint) or Wait(None, untouched)
