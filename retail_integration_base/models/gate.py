"""``retail.gate``: what every call to one address of a backend has to pass.

A token bucket and a circuit breaker in one row, shared by all workers: one statement
lets a call through or says when to come back, one notes how it went
(``gate_outcome.py``). Both run on a cursor of their own, so that a job that rolls back
forgets no failure and holds no row. Lives elsewhere: the call itself
(``backend_outbound.py``), the settings (``backend_limits.py``).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from odoo import api, fields, models
from odoo.sql_db import BaseCursor

from ..tools.errors import CircuitOpen, RateLimited, RetailError

_logger = logging.getLogger(__name__)

#: A probe that says nothing for this long after its deadline died with its worker.
PROBE_GRACE_S = 30
#: Coming back more often than this costs more than it brings.
PAUSE_S_MIN = 1.0
#: Marks an error of the gate itself: nothing went out, so it is no attempt.
POSTPONED = {"postponed": True, "unknown_outcome": False}
#: PostgreSQL's clock, not the worker's: nodes may disagree.
NOW = "(SELECT clock_timestamp() AT TIME ZONE 'UTC' AS at) AS now"
FILLED = (
    "LEAST(%(burst)s, g.tokens + %(rate)s"
    " * GREATEST(0, EXTRACT(EPOCH FROM now.at - g.refilled_at)))"
)

ENTER = f"""
    UPDATE retail_gate AS g
       SET tokens = {FILLED} - CASE WHEN %(rate)s > 0 THEN %(cost)s ELSE 0 END,
           refilled_at = GREATEST(g.refilled_at, now.at),
           state = CASE g.state WHEN 'closed' THEN 'closed' ELSE 'half_open' END,
           probe_until_at = CASE g.state WHEN 'closed' THEN NULL
               ELSE now.at + %(probe_s)s * interval '1 s' END
      FROM {NOW}
     WHERE g.id = %(id)s
       AND (g.not_before_at IS NULL OR g.not_before_at <= now.at)
       AND (g.state = 'closed'
            OR g.state = 'open' AND g.retry_at <= now.at
            OR g.state = 'half_open' AND g.probe_until_at <= now.at)
       AND (%(rate)s <= 0 OR {FILLED} >= %(cost)s)
 RETURNING g.state"""  # nosec B608 # names of ours only
FIND = f"""
    SELECT g.id, g.state = 'closed'
           AND (g.not_before_at IS NULL OR g.not_before_at <= now.at)
      FROM retail_gate g, {NOW}
     WHERE g.backend_id = %s AND g.endpoint = %s"""  # nosec B608 # names of ours only
CREATE = """
    INSERT INTO retail_gate (backend_id, endpoint, state, failure_count, tokens,
           refilled_at)
    VALUES (%s, %s, 'closed', 0, %s, clock_timestamp() AT TIME ZONE 'UTC')
    ON CONFLICT (backend_id, endpoint) DO NOTHING"""
WAITS = f"""
    SELECT g.endpoint, g.state, {FILLED},
           EXTRACT(EPOCH FROM g.not_before_at - now.at),
           EXTRACT(EPOCH FROM CASE g.state WHEN 'open' THEN g.retry_at
                   WHEN 'half_open' THEN g.probe_until_at END - now.at)
      FROM retail_gate g, {NOW}
     WHERE g.backend_id = %(backend_id)s AND g.endpoint = ANY (%(endpoints)s)"""  # nosec B608 # names of ours only


@dataclass(frozen=True)
class GateLimits:
    """A backend's settings: ``rate`` is cost units per second, 0 for no limit;
    ``failures_max`` 0 for a circuit that never opens."""

    rate: float
    burst: float
    failures_max: int
    open_s: int
    pause_s: int
    pause_s_max: int

    def bucket(self, cost: float) -> dict[str, float]:
        """Return the parameters of the bucket; it holds at least one call."""
        rate = max(self.rate, 0.0)
        return {"rate": rate, "burst": max(self.burst, rate, cost)}


@dataclass(frozen=True)
class Wait:
    """How a gate stands: ``error`` says why and how long not to call, if so."""

    error: RetailError | None
    #: calls of this cost that may go at once; ``None`` without a rate
    allowance: int | None = None


class RetailGate(models.Model):
    _name = "retail.gate"
    _description = "Gate for Outgoing Calls"
    _order = "backend_id, endpoint"
    _rec_name = "endpoint"
    _log_access = False

    backend_id = fields.Many2one(
        "retail.backend",
        string="System",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="backend_id.company_id")
    endpoint = fields.Char(string="Host", required=True, readonly=True)
    state = fields.Selection(
        [
            ("closed", "Closed: calls go through"),
            ("open", "Open: no calls"),
            ("half_open", "Trying one call"),
        ],
        string="Circuit",
        required=True,
        readonly=True,
        default="closed",
    )
    failure_count = fields.Integer(
        string="Failures in a row", readonly=True, required=True, default=0
    )
    last_error = fields.Char(string="Last failure", readonly=True)
    opened_at = fields.Datetime(string="Open since", readonly=True)
    retry_at = fields.Datetime(string="Next try", readonly=True)
    probe_until_at = fields.Datetime(readonly=True)
    not_before_at = fields.Datetime(string="Partner asked to wait until", readonly=True)
    tokens = fields.Float(string="Calls left at once", readonly=True)
    refilled_at = fields.Datetime(readonly=True)

    _endpoint_uniq = models.Constraint(
        "UNIQUE (backend_id, endpoint)", "This host has a gate already."
    )

    # --- before a call ------------------------------------------------------------

    @api.model
    def _read_committed(self, cr: BaseCursor) -> None:
        """Let each statement of a new transaction see what others committed.

        A lost race for the row would otherwise be a serialization error. A cursor in
        the middle of its transaction keeps its level.
        """
        if cr._cnx.info.transaction_status == TRANSACTION_STATUS_IDLE:
            cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")

    @api.model
    def _enter(
        self,
        backend_id: int,
        endpoint: str,
        limits: GateLimits,
        cost: float,
        deadline_s: float,
    ) -> int:
        """Let one call through; return the gate's id.

        :param cost: units of the rate that the call takes
        :raises CircuitOpen: nobody calls now; ``retry_after_s``
        :raises RateLimited: too fast, by our limit or by the partner's word
        """
        gate_id, free = self._find_gate(backend_id, endpoint, limits)
        if free and limits.rate <= 0:
            return gate_id
        self.env.cr.execute(
            ENTER,
            {
                "id": gate_id,
                "cost": cost,
                "probe_s": deadline_s + PROBE_GRACE_S,
                **limits.bucket(cost),
            },
        )
        admitted = self.env.cr.fetchone()
        if not admitted:
            raise self._refusal(backend_id, endpoint, limits, cost)
        if admitted[0] == "half_open":
            self.browse(gate_id)._log_change("half_open", "one call tries again")
        return gate_id

    def _refusal(
        self, backend_id: int, endpoint: str, limits: GateLimits, cost: float
    ) -> RetailError:
        error = self._waits(backend_id, [endpoint], limits, cost)[endpoint].error
        # What kept the call back may have passed since: then come back soon.
        return error or RateLimited(
            f"calls to {endpoint} wait for their turn",
            retry_after_s=PAUSE_S_MIN,
            context=dict(POSTPONED),
        )

    def _find_gate(
        self, backend_id: int, endpoint: str, limits: GateLimits
    ) -> tuple[int, bool]:
        """Return the gate's id, made at the first call, and whether it stands open."""
        self.env.cr.execute(FIND, [backend_id, endpoint])
        found = self.env.cr.fetchone()
        if found:
            return found
        self.env.cr.execute(
            CREATE, [backend_id, endpoint, max(limits.burst, limits.rate)]
        )
        return self._find_gate(backend_id, endpoint, limits)

    @api.model
    def _waits(
        self,
        backend_id: int,
        endpoints: Sequence[str],
        limits: GateLimits,
        cost: float = 1.0,
    ) -> dict[str, Wait]:
        """Return how things stand at ``endpoints``; those never called are missing."""
        bucket = limits.bucket(cost)
        self.env.cr.execute(
            WAITS,
            {"backend_id": backend_id, "endpoints": list(endpoints), **bucket},
        )
        waits = {}
        for endpoint, state, filled, told_s, circuit_s in self.env.cr.fetchall():
            tokens_s, allowance = None, None
            if limits.rate > 0:
                tokens_s = (cost - filled) / limits.rate
                allowance = max(0, int(filled / cost))
            error = _refusal(endpoint, state, told_s, circuit_s, tokens_s)
            waits[endpoint] = Wait(error, allowance)
        return waits

    def _log_change(self, state: str, why: str) -> None:
        _logger.info(
            "gate backend=%s host=%s is %s: %s",
            self.backend_id.code,
            self.endpoint,
            state,
            why,
        )


def _refusal(
    endpoint: str,
    state: str,
    told_s: float | None,
    circuit_s: float | None,
    tokens_s: float | None,
) -> RetailError | None:
    """Return what the seconds until each condition is met mean."""
    waits = [float(one) for one in (told_s, tokens_s) if one and one > 0]
    if state == "half_open" and circuit_s and circuit_s > 0:
        # The call that tries now decides soon; only its worker's death takes longer.
        circuit_s = PAUSE_S_MIN * 2
    if state != "closed" and circuit_s and circuit_s > 0:
        return CircuitOpen(
            f"{endpoint} failed too often: no calls for the moment",
            retry_after_s=max(PAUSE_S_MIN, float(circuit_s), *waits),
            context=dict(POSTPONED),
        )
    if not waits:
        return None
    return RateLimited(
        f"calls to {endpoint} wait for their turn",
        retry_after_s=max(PAUSE_S_MIN, *waits),
        context=dict(POSTPONED),
    )
