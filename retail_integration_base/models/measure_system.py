"""``retail.measure``: connections, jobs and secrets: what has to be in order."""

from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from .measure import Measure, Scope

_lt = LazyTranslate(__name__)

EXPIRY_WARNING = timedelta(days=14)


class RetailMeasure(models.AbstractModel):
    _inherit = "retail.measure"

    @api.model
    def _measures(self) -> list[Measure]:
        return [*super()._measures(), *SYSTEM]


def _stopped(scope: Scope) -> SQL:
    return SQL(
        """SELECT company_id, id AS backend_id, 1 AS value FROM retail_backend
            WHERE active AND state = 'paused' AND %s""",
        scope.where(company="company_id", backend="id"),
    )


def _stopped_domain(scope: Scope) -> list:
    return [("state", "=", "paused"), *scope.domain(company="company_id", backend="id")]


def _circuits_open(scope: Scope) -> SQL:
    return SQL(
        """SELECT b.company_id, g.backend_id, 1 AS value
             FROM retail_gate g JOIN retail_backend b ON b.id = g.backend_id
            WHERE g.state != 'closed' AND b.active AND %s""",
        scope.where(company="b.company_id", backend="g.backend_id"),
    )


def _circuits_domain(scope: Scope) -> list:
    return [
        ("state", "!=", "closed"),
        ("backend_id.active", "=", True),
        *scope.domain(company="backend_id.company_id", backend="backend_id"),
    ]


def _secrets_expiring(scope: Scope) -> SQL:
    return SQL(
        """SELECT b.company_id, c.backend_id, count(*) AS value
             FROM retail_credential c JOIN retail_backend b ON b.id = c.backend_id
            WHERE c.active AND b.active AND b.state != 'draft'
              AND c.valid_until < %s AND %s
            GROUP BY b.company_id, c.backend_id""",
        scope.now + EXPIRY_WARNING,
        scope.where(company="b.company_id", backend="c.backend_id"),
    )


def _secrets_domain(scope: Scope) -> list:
    return [
        ("valid_until", "<", scope.now + EXPIRY_WARNING),
        ("backend_id.state", "!=", "draft"),
        *scope.domain(company="backend_id.company_id", backend="backend_id"),
    ]


def _jobs_failed(_scope: Scope) -> SQL:
    """Count jobs that ended badly; the sweep works their messages all the same."""
    return SQL(
        "SELECT count(*) AS value FROM queue_job"
        " WHERE state = 'failed' AND model_name LIKE 'retail.%%'"
    )


SYSTEM = (
    Measure(
        "backends_stopped",
        _lt("Connections stopped"),
        _lt("Connected systems that are paused: nothing goes in or out."),
        "technical",
        _stopped,
        model="retail.backend",
        domain=_stopped_domain,
        alarm=0,
    ),
    Measure(
        "circuits_open",
        _lt("Partners not reachable"),
        _lt("Their circuit is open: calls wait until a probe succeeds."),
        "technical",
        _circuits_open,
        model="retail.gate",
        domain=_circuits_domain,
        alarm=0,
    ),
    Measure(
        "secrets_expiring",
        _lt("Secrets about to end"),
        _lt("Their validity ends within 14 days, or has ended."),
        "technical",
        _secrets_expiring,
        model="retail.credential",
        domain=_secrets_domain,
        alarm=0,
    ),
    Measure(
        "jobs_failed",
        _lt("Failed jobs"),
        _lt("Jobs that ended badly; their messages are swept up all the same."),
        "technical",
        _jobs_failed,
        model="queue.job",
        domain=lambda _scope: [
            ("state", "=", "failed"),
            ("model_name", "=like", "retail.%"),
        ],
        dims=frozenset(),
        alarm=5,
    ),
)
