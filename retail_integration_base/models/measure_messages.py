"""``retail.measure``: messages in and out that wait or that need a person.

Waiting and failed messages are read from the partial indexes over unfinished ones,
through their lanes, so that history costs nothing.
"""

from functools import partial

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from .measure import Measure, Scope

_lt = LazyTranslate(__name__)

IN, OUT = "retail.inbox.event", "retail.outbox.event"
TABLES = {IN: "retail_inbox_event", OUT: "retail_outbox_event"}
#: states that only wait for their turn
WAITING = {IN: ("received", "retry"), OUT: ("pending", "sending", "retry")}
BEGUN = {IN: "received_at", OUT: "created_at"}
SALE_HANDLER = "retail.handler.transaction"


class RetailMeasure(models.AbstractModel):
    _inherit = "retail.measure"

    @api.model
    def _measures(self) -> list[Measure]:
        return [*super()._measures(), *BUSINESS, *QUEUES]


def _by_state(model: str, states: tuple[str, ...], scope: Scope) -> SQL:
    """Count unfinished messages by backend and state."""
    return SQL(
        """SELECT b.company_id, l.backend_id, e.state AS part, count(*) AS value
             FROM retail_lane l
             JOIN retail_backend b ON b.id = l.backend_id
             JOIN %s e ON e.lane_id = l.id AND e.state IN %s
            WHERE %s GROUP BY b.company_id, l.backend_id, e.state""",
        SQL.identifier(TABLES[model]),
        states,
        scope.where(company="b.company_id", backend="l.backend_id"),
    )


def _oldest_s(model: str, scope: Scope) -> SQL:
    """Return how long the oldest waiting message of each backend has waited."""
    return SQL(
        """SELECT b.company_id, l.backend_id,
                  max(greatest(0, EXTRACT(EPOCH FROM %s - o.begun_at))) AS value
             FROM retail_lane l
             JOIN retail_backend b ON b.id = l.backend_id
            CROSS JOIN LATERAL (
                  SELECT e.%s AS begun_at FROM %s e
                   WHERE e.lane_id = l.id AND e.state IN %s
                   ORDER BY e.id LIMIT 1) o
            WHERE %s GROUP BY b.company_id, l.backend_id""",
        scope.now,
        SQL.identifier(BEGUN[model]),
        SQL.identifier(TABLES[model]),
        WAITING[model],
        scope.where(company="b.company_id", backend="l.backend_id"),
    )


def _sales_stuck(scope: Scope) -> SQL:
    """Count sales that were received and are not booked, nor will be by themselves."""
    return SQL(
        """SELECT e.company_id, e.backend_id, e.topic_id, e.state AS part,
                  count(*) AS value
             FROM retail_lane l
             JOIN retail_inbox_event e
               ON e.lane_id = l.id AND e.state IN ('dead', 'held')
             JOIN retail_topic t ON t.id = e.topic_id AND t.handler = %s
            WHERE %s GROUP BY e.company_id, e.backend_id, e.topic_id, e.state""",
        SALE_HANDLER,
        scope.where(company="e.company_id", backend="e.backend_id"),
    )


def _overdue(scope: Scope) -> SQL:
    """Count messages that wait for their effect longer than their topic promises."""
    return SQL(
        """SELECT e.company_id, e.backend_id, e.topic_id, count(*) AS value
             FROM retail_lane l
             JOIN retail_inbox_event e
               ON e.lane_id = l.id AND e.state IN ('received', 'retry')
             JOIN retail_topic t ON t.id = e.topic_id
            WHERE e.received_at < %s - t.objective_s * interval '1 second' AND %s
            GROUP BY e.company_id, e.backend_id, e.topic_id""",
        scope.now,
        scope.where(company="e.company_id", backend="e.backend_id"),
    )


def _messages(states: tuple[str, ...], scope: Scope) -> list:
    return [
        ("state", "in", list(states)),
        *scope.domain(company="company_id", backend="backend_id"),
    ]


def _overdue_domain(scope: Scope) -> list:
    return [("is_overdue", "=", True), *_messages(WAITING[IN], scope)]


def _sales_stuck_domain(scope: Scope) -> list:
    handler = ("topic_id.handler", "=", SALE_HANDLER)
    return [handler, *_messages(("dead", "held"), scope)]


BUSINESS = (
    Measure(
        "sales_failed",
        _lt("Sales not booked"),
        _lt("Receipts and orders that were received and need a person."),
        "business",
        _sales_stuck,
        model=IN,
        domain=_sales_stuck_domain,
        dims=frozenset({"company", "backend", "topic"}),
        alarm=0,
        parts=(IN, "state"),
    ),
    Measure(
        "messages_overdue",
        _lt("Late messages"),
        _lt("Waiting longer than the objective of their topic."),
        "business",
        _overdue,
        model=IN,
        domain=_overdue_domain,
        dims=frozenset({"company", "backend", "topic"}),
        alarm=0,
    ),
    Measure(
        "deliveries_failed",
        _lt("Partners not told"),
        _lt("Outgoing messages that were given up and need a person."),
        "business",
        partial(_by_state, OUT, ("dead", "held")),
        model=OUT,
        domain=partial(_messages, ("dead", "held")),
        alarm=0,
        parts=(OUT, "state"),
    ),
)
QUEUES = (
    Measure(
        "waiting_in",
        _lt("Waiting, incoming"),
        _lt("Messages that wait for their turn."),
        "technical",
        partial(_by_state, IN, WAITING[IN]),
        model=IN,
        domain=partial(_messages, WAITING[IN]),
        parts=(IN, "state"),
    ),
    Measure(
        "oldest_in_s",
        _lt("Oldest incoming"),
        _lt("How long the oldest waiting message has waited."),
        "technical",
        partial(_oldest_s, IN),
        unit="seconds",
        combine="max",
        model=IN,
        domain=partial(_messages, WAITING[IN]),
        alarm=300,
    ),
    Measure(
        "waiting_out",
        _lt("Waiting, outgoing"),
        _lt("Messages that have yet to reach a partner."),
        "technical",
        partial(_by_state, OUT, WAITING[OUT]),
        model=OUT,
        domain=partial(_messages, WAITING[OUT]),
        parts=(OUT, "state"),
    ),
    Measure(
        "oldest_out_s",
        _lt("Oldest outgoing"),
        _lt("How long the oldest message to a partner has waited."),
        "technical",
        partial(_oldest_s, OUT),
        unit="seconds",
        combine="max",
        model=OUT,
        domain=partial(_messages, WAITING[OUT]),
        alarm=900,
    ),
)
