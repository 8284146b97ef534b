"""``retail.measure``: what happened, as ``retail.counter`` knows it.

Without a period a counter's measure tells what was counted since ever, plus what is not
summed up yet: a number that only grows, whatever is forgotten meanwhile. With one it
adds up the periods since then.
"""

from functools import partial

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from .measure import Measure, Scope

_lt = LazyTranslate(__name__)

FLOW_DIMS = frozenset({"company", "backend", "topic", "period"})
P95 = 0.95


class RetailMeasure(models.AbstractModel):
    _inherit = "retail.measure"

    @api.model
    def _measures(self) -> list[Measure]:
        return [*super()._measures(), *FLOW, *DOORS]


def counted(name: str, scope: Scope, **columns: str) -> SQL:
    """Return the condition that picks a counter's rows for ``scope``.

    :param columns: dimensions besides company and backend that the counter has
    """
    places = {"company": "company_id", "backend": "backend_id"} | columns
    if scope.since is None:
        when = SQL("level IN ('total', 'fresh')")
    else:
        when = SQL(
            "level IN ('slot', 'hour', 'fresh') AND period_at >= %s", scope.since
        )
    return SQL("name = %s AND %s AND %s", name, when, scope.where(**places))


def count_query(name: str, scope: Scope) -> SQL:
    """Return the statement that adds a counter up by everything it knows."""
    return SQL(
        """SELECT company_id, backend_id, store_id, topic_id, part, detail,
                  sum(count) AS value
             FROM retail_counter WHERE %s
            GROUP BY company_id, backend_id, store_id, topic_id, part, detail""",
        counted(name, scope),
    )


def _share_on_time(scope: Scope) -> SQL:
    return SQL(
        """SELECT company_id, backend_id, topic_id, sum(count) AS base,
                  sum(count) FILTER (WHERE detail = 'on_time') AS value
             FROM retail_counter WHERE %s
            GROUP BY company_id, backend_id, topic_id""",
        counted("lag", scope),
    )


def _mean_s(scope: Scope) -> SQL:
    return SQL(
        """SELECT company_id, backend_id, topic_id, part, sum(count) AS base,
                  sum(total) AS value
             FROM retail_counter WHERE %s
            GROUP BY company_id, backend_id, topic_id, part""",
        counted("lag", scope),
    )


def _http_p95_s(scope: Scope) -> SQL:
    """Return the bucket bound that 95 % of each route's requests stay below.

    Requests have no company: whoever asks for one sees the system's.
    """
    return SQL(
        """SELECT part, min(bound) AS value
             FROM (SELECT part, detail::float AS bound,
                          sum(sum(count)) OVER (
                              PARTITION BY part ORDER BY detail::float) AS reached,
                          sum(sum(count)) OVER (PARTITION BY part) AS every
                     FROM retail_counter WHERE %s GROUP BY part, detail) AS bucket
            WHERE reached >= %s * every GROUP BY part""",
        counted("http_time", Scope(now=scope.now, since=scope.since)),
        P95,
    )


def _http_errors(scope: Scope) -> SQL:
    return SQL(
        """SELECT part, detail, sum(count) AS value
             FROM retail_counter WHERE %s AND detail >= '500' GROUP BY part, detail""",
        counted("http", Scope(now=scope.now, since=scope.since)),
    )


def _refused(scope: Scope) -> SQL:
    """Count refusals; those of addresses that do not exist are everybody's."""
    anywhere = Scope(now=scope.now, backend_ids=scope.backend_ids, since=scope.since)
    return SQL(
        """SELECT b.company_id, c.backend_id, c.part, c.value
             FROM (%s) AS c LEFT JOIN retail_backend b ON b.id = c.backend_id
            WHERE b.id IS NULL OR %s""",
        count_query("refused", anywhere),
        scope.where(company="b.company_id"),
    )


def _requests(scope: Scope) -> SQL:
    return count_query("http", Scope(now=scope.now, since=scope.since))


def counter_domain(name: str, scope: Scope) -> list:
    """Return the domain of a counter's rows in the period."""
    domain = [("name", "=", name), ("level", "!=", "total")]
    if scope.since:
        domain.append(("period_at", ">=", scope.since))
    return domain


def _flow_domain(name: str, scope: Scope) -> list:
    places = scope.domain(company="company_id", backend="backend_id")
    return [*counter_domain(name, scope), *places]


FLOW = (
    Measure(
        "on_time",
        _lt("On time"),
        _lt("Share of messages with their effect within the objective of their topic."),
        "business",
        _share_on_time,
        unit="share",
        combine="ratio",
        model="retail.counter",
        domain=partial(_flow_domain, "lag"),
        dims=frozenset({"company", "backend", "topic", "period"}),
        alarm=0.95,
        exported=False,
    ),
    Measure(
        "received",
        _lt("Received"),
        _lt("Messages that came in, by verdict."),
        "technical",
        partial(count_query, "received"),
        model="retail.counter",
        domain=partial(_flow_domain, "received"),
        dims=frozenset({"company", "backend", "period"}),
        counter=True,
    ),
    Measure(
        "messages",
        _lt("Worked"),
        _lt("Attempts and ends of messages, by direction and state."),
        "technical",
        partial(count_query, "message"),
        model="retail.counter",
        domain=partial(_flow_domain, "message"),
        dims=FLOW_DIMS,
        counter=True,
    ),
    Measure(
        "failures",
        _lt("Failed attempts"),
        _lt("By error code; retries included."),
        "technical",
        partial(count_query, "failure"),
        model="retail.counter",
        domain=partial(_flow_domain, "failure"),
        dims=FLOW_DIMS,
        counter=True,
    ),
    Measure(
        "effect_s",
        _lt("Time to effect"),
        _lt("Mean time from receiving or creating a message to its effect."),
        "technical",
        _mean_s,
        unit="seconds",
        combine="ratio",
        model="retail.counter",
        domain=partial(_flow_domain, "lag"),
        dims=FLOW_DIMS,
        exported=False,
    ),
)
DOOR_DIMS = frozenset({"period"})
DOORS = (
    Measure(
        "refused",
        _lt("Refused requests"),
        _lt("No valid signature or key, by reason."),
        "technical",
        _refused,
        model="retail.refusal",
        domain=lambda scope: [("hour_at", ">=", scope.since)] if scope.since else [],
        dims=frozenset({"backend", "period"}),
        counter=True,
        parts=("retail.refusal", "reason"),
    ),
    Measure(
        "http_requests",
        _lt("Requests"),
        _lt("Answers of the gateway, by route and status."),
        "technical",
        _requests,
        model="retail.counter",
        domain=partial(counter_domain, "http"),
        dims=DOOR_DIMS,
        counter=True,
    ),
    Measure(
        "http_errors",
        _lt("Our errors"),
        _lt("Requests that were answered with 500 or above."),
        "technical",
        _http_errors,
        model="retail.counter",
        domain=lambda scope: [
            *counter_domain("http", scope),
            ("detail", ">=", "500"),
        ],
        dims=DOOR_DIMS,
        alarm=0,
        exported=False,
    ),
    Measure(
        "http_p95_s",
        _lt("Answer time (95 %)"),
        _lt("95 of 100 requests were answered within this time."),
        "technical",
        _http_p95_s,
        unit="seconds",
        combine="max",
        model="retail.counter",
        domain=partial(counter_domain, "http_time"),
        dims=DOOR_DIMS,
        alarm=0.5,
        exported=False,
    ),
)
