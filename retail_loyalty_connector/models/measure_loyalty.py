"""``retail.measure``: what of loyalty waits for people (R17).

Points that failed, payments with points under way, unknown customers, returns that do
not fit, differences, decisions. Read from partial indexes over what is unfinished. The
loyalty board shows them all and narrows them by program; cockpit, alerts and metrics
know them as well.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from odoo.addons.retail_integration_base.models.measure import Measure, Scope

_lt = LazyTranslate(__name__)

PREFIX = "loyalty_"
RETURNS = (
    "original_unknown",
    "original_open",
    "unreferenced",
    "return_exceeds",
    "settlement_refused",
)
UNMATCHED = ("unmatched",)
#: a hold that ends so soon may take the points from a payment under way
ENDING = timedelta(minutes=5)
#: whatever a rule that compares loyalty reads is called so
SOURCES = "retail.reconciliation.source.loyalty%"
REASON = ("retail.loyalty.accrual", "reason")
SALE_DIMS = frozenset({"company", "backend", "store", "program"})
HOLD_DIMS = frozenset({"company", "store", "program"})


@dataclass(frozen=True)
class LoyaltyScope(Scope):
    """Also by program; ``None`` means all of them."""

    program_ids: tuple[int, ...] | None = None


class RetailMeasure(models.AbstractModel):
    _inherit = "retail.measure"

    @api.model
    def _measures(self) -> list[Measure]:
        return [*super()._measures(), *LOYALTY]


def _programs(scope: Scope) -> tuple[int, ...] | None:
    return scope.program_ids if isinstance(scope, LoyaltyScope) else None


def _where(scope: Scope, program: str, company: str, **columns: str) -> SQL:
    """Return the condition; what belongs to a group's program is every company's."""
    terms = [scope.where(**columns)]
    if scope.company_ids is not None:
        name = SQL.identifier(*company.split("."))
        ids = list(scope.company_ids)
        terms.append(SQL("(%s IS NULL OR %s = ANY (%s))", name, name, ids))
    if (programs := _programs(scope)) is not None:
        name = SQL.identifier(*program.split("."))
        terms.append(SQL("%s = ANY (%s)", name, list(programs)))
    return SQL(" AND ").join(terms)


def _domain(scope: Scope, **fields: str) -> list[tuple]:
    found = scope.domain(**fields)
    if scope.company_ids is not None:
        found.append(("company_id", "in", [*scope.company_ids, False]))
    if (programs := _programs(scope)) is not None:
        found.append(("program_id", "in", list(programs)))
    return found


# --- sales whose points failed ----------------------------------------------------


def _failed(operator: SQL, reasons: tuple[str, ...]) -> Callable[[Scope], SQL]:
    def query(scope: Scope) -> SQL:
        return SQL(
            """SELECT accrual.company_id, sale.backend_id, sale.store_id,
                      accrual.reason AS part, count(*) AS value
                 FROM retail_loyalty_accrual AS accrual
                 JOIN retail_transaction AS sale ON sale.id = accrual.transaction_id
                WHERE accrual.state IN ('failed', 'skipped')
                  AND accrual.state = 'failed' AND accrual.reason %s (%s) AND %s
                GROUP BY 1, 2, 3, 4""",
            operator,
            SQL(", ").join(SQL("%s", reason) for reason in reasons),
            _where(
                scope,
                "accrual.program_id",
                "accrual.company_id",
                backend="sale.backend_id",
                store="sale.store_id",
            ),
        )

    return query


def _failed_domain(operator: str, reasons: tuple[str, ...]) -> Callable[[Scope], list]:
    def domain(scope: Scope) -> list:
        return [
            ("state", "=", "failed"),
            ("reason", operator, reasons),
            *_domain(
                scope,
                backend="transaction_id.backend_id",
                store="transaction_id.store_id",
            ),
        ]

    return domain


def _measure_failed(
    key: str, label: object, text: object, operator: str, reasons: tuple[str, ...]
) -> Measure:
    return Measure(
        key,
        label,
        text,
        "business",
        _failed(SQL({"in": "IN", "not in": "NOT IN"}[operator]), reasons),
        model="retail.loyalty.accrual",
        domain=_failed_domain(operator, reasons),
        dims=SALE_DIMS,
        alarm=0,
        parts=REASON,
    )


# --- payments with points ---------------------------------------------------------


def _holds(scope: Scope) -> SQL:
    return _open_holds(scope, SQL("TRUE"))


def _holds_ending(scope: Scope) -> SQL:
    return _open_holds(scope, SQL("hold.expires_at < %s", scope.now + ENDING))


def _open_holds(scope: Scope, condition: SQL) -> SQL:
    return SQL(
        """SELECT hold.company_id, hold.store_id, count(*) AS value
             FROM retail_loyalty_hold AS hold
            WHERE hold.state = 'open' AND %s AND %s GROUP BY 1, 2""",
        condition,
        _where(scope, "hold.program_id", "hold.company_id", store="hold.store_id"),
    )


def _holds_domain(scope: Scope) -> list:
    return [("state", "=", "open"), *_domain(scope, store="store_id")]


# --- what people have to decide ---------------------------------------------------


def _adjustments(scope: Scope) -> SQL:
    return SQL(
        """SELECT company_id, count(*) AS value FROM retail_loyalty_adjustment
            WHERE state = 'draft' AND %s GROUP BY 1""",
        _where(scope, "program_id", "company_id"),
    )


def _platform_refused(scope: Scope) -> SQL:
    return SQL(
        """SELECT company_id, backend_id, count(*) AS value
             FROM retail_loyalty_platform_order
            WHERE state IN ('stuck', 'refused') AND %s GROUP BY 1, 2""",
        _where(scope, "program_id", "company_id", backend="backend_id"),
    )


def _variances(scope: Scope) -> SQL:
    return SQL(
        """SELECT line.company_id, line.backend_id, rule.name->>'en_US' AS part,
                  count(*) AS value
             FROM retail_reconciliation_line AS line
             JOIN retail_reconciliation_rule AS rule ON rule.id = line.rule_id
            WHERE line.state IN ('open', 'proposed') AND rule.source LIKE %s AND %s
            GROUP BY 1, 2, 3""",
        SOURCES,
        scope.where(company="line.company_id", backend="line.backend_id"),
    )


def _variances_domain(scope: Scope) -> list:
    return [
        ("state", "in", ("open", "proposed")),
        ("rule_id.source", "=like", SOURCES),
        *scope.domain(company="company_id", backend="backend_id"),
    ]


LOYALTY = (
    _measure_failed(
        "loyalty_accruals_failed",
        _lt("Failed points"),
        _lt("Sales whose points could not be posted, without those told beside."),
        "not in",
        RETURNS + UNMATCHED,
    ),
    _measure_failed(
        "loyalty_unmatched",
        _lt("Unmatched loyalty customers"),
        _lt("Sales with a card, address or number that belongs to nobody known."),
        "in",
        UNMATCHED,
    ),
    _measure_failed(
        "loyalty_reversals_failed",
        _lt("Reversal exceptions"),
        _lt("Returns whose points could not be taken or given back."),
        "in",
        RETURNS,
    ),
    Measure(
        "loyalty_holds_open",
        _lt("Pending redemptions"),
        _lt("Points that are reserved for payments under way."),
        "business",
        _holds,
        model="retail.loyalty.hold",
        domain=_holds_domain,
        dims=HOLD_DIMS,
    ),
    Measure(
        "loyalty_holds_ending",
        _lt("Redemptions about to end"),
        _lt("Reserved points that are free again within five minutes."),
        "business",
        _holds_ending,
        model="retail.loyalty.hold",
        domain=lambda scope: [
            *_holds_domain(scope),
            ("expires_at", "<", scope.now + ENDING),
        ],
        dims=HOLD_DIMS,
    ),
    Measure(
        "loyalty_variances",
        _lt("Loyalty differences"),
        _lt("Ledger, platform, sales and books were compared and do not agree."),
        "business",
        _variances,
        model="retail.reconciliation.line",
        domain=_variances_domain,
        alarm=0,
        parts=("retail.reconciliation.rule", "name"),
    ),
    Measure(
        "loyalty_adjustments_open",
        _lt("Adjustments to decide"),
        _lt("Points to be given or taken by hand, which nobody has posted yet."),
        "business",
        _adjustments,
        model="retail.loyalty.adjustment",
        domain=lambda scope: [("state", "=", "draft"), *_domain(scope)],
        dims=frozenset({"company", "program"}),
    ),
    Measure(
        "loyalty_platform_refused",
        _lt("Refused by platforms"),
        _lt("Movements of points that the program's platform did not take."),
        "business",
        _platform_refused,
        model="retail.loyalty.platform.order",
        domain=lambda scope: [
            ("state", "in", ("stuck", "refused")),
            *_domain(scope, backend="backend_id"),
        ],
        dims=frozenset({"company", "backend", "program"}),
        alarm=0,
    ),
)
