"""``retail.measure``: the registry of what is measured (R156, R157).

Lives here: what a measure is, who sees how much of it, reading several at once. The
measures themselves stand in ``measure_<topic>.py``; a feature module adds its own by
extending ``_measures``. Read by ``/retail/metrics``, the alerts and the cockpit, which
therefore never disagree.

A measure's query has to be cheap however many messages are stored: it reads partial
indexes over what is unfinished, or ``retail.counter``. A test explains every query.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL
from odoo.tools.translate import LazyGettext

from ..tools.clock import to_naive, utc_now


@dataclass(frozen=True)
class Scope:
    """Which part of the world is asked about; ``None`` means all of it.

    :param since: naive UTC; without it counters tell what happened since ever
    :param since_date: the same as a business date of the reader
    """

    now: datetime = field(default_factory=lambda: to_naive(utc_now()))
    company_ids: tuple[int, ...] | None = None
    backend_ids: tuple[int, ...] | None = None
    store_ids: tuple[int, ...] | None = None
    since: datetime | None = None
    since_date: date | None = None

    def where(self, **columns: str) -> SQL:
        """Return the condition on the columns that hold company, backend and store.

        :param columns: ``company="e.company_id"``: dimension and its column
        """
        limits = {
            "company": self.company_ids,
            "backend": self.backend_ids,
            "store": self.store_ids,
        }
        terms = [
            SQL("%s = ANY (%s)", SQL.identifier(*column.split(".")), list(ids))
            for dimension, column in columns.items()
            if (ids := limits[dimension]) is not None
        ]
        return SQL(" AND ").join(terms) if terms else SQL("TRUE")

    def domain(self, **fields: str) -> list[tuple]:
        """Return the same condition for the records behind a number."""
        limits = {
            "company": self.company_ids,
            "backend": self.backend_ids,
            "store": self.store_ids,
        }
        return [
            (name, "in", list(ids))
            for dimension, name in fields.items()
            if (ids := limits[dimension]) is not None
        ]


class Sample(NamedTuple):
    """One value of a measure, with what it belongs to.

    ``base`` is what ``value`` is a part of, or the number it is a sum over.
    """

    value: float
    base: float | None = None
    company_id: int | None = None
    backend_id: int | None = None
    store_id: int | None = None
    topic_id: int | None = None
    currency_id: int | None = None
    part: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class Measure:
    """One thing that is measured.

    :param kind: ``business`` | ``technical``
    :param unit: ``count`` | ``seconds`` | ``amount`` | ``share``
    :param query: statement whose columns are named like the fields of ``Sample``
    :param combine: how samples become one number: ``sum`` | ``max`` | ``ratio``
    :param model: of the records behind the number; ``domain`` says which
    :param dims: what it can be asked by: company, backend, store, topic, period
    :param alarm: above this somebody should look; for a ``share``, below it
    :param counter: grows for ever when asked without a period, as Prometheus wants it
    :param parts: model and field that name the values of ``part``: a selection, or
        the code of records
    :param exported: whether ``/retail/metrics`` shows it
    """

    key: str
    label: LazyGettext
    help: LazyGettext
    kind: str
    query: Callable[[Scope], SQL]
    unit: str = "count"
    combine: str = "sum"
    model: str | None = None
    domain: Callable[[Scope], list] | None = None
    dims: frozenset[str] = frozenset({"company", "backend"})
    alarm: float | None = None
    counter: bool = False
    parts: tuple[str, str] | None = None
    exported: bool = True

    def total(self, samples: Iterable[Sample]) -> float | None:
        """Return the one number that ``samples`` are; ``None`` if it has none."""
        rows = list(samples)
        if self.combine == "ratio":
            base = sum(float(row.base or 0) for row in rows)
            return sum(float(row.value or 0) for row in rows) / base if base else None
        values = [float(row.value or 0) for row in rows]
        if self.combine == "max":
            return max(values, default=0.0)
        return sum(values)

    def is_alarming(self, value: float | None) -> bool:
        """Tell whether somebody should look at ``value``."""
        if value is None or self.alarm is None:
            return False
        return value < self.alarm if self.unit == "share" else value > self.alarm


class RetailMeasure(models.AbstractModel):
    _name = "retail.measure"
    _description = "Measure"

    @api.model
    def _measures(self) -> list[Measure]:
        """Return all measures, in the order in which people should see them.

        Extended by files and modules that measure something; called often, so it
        builds nothing but the list.
        """
        return []

    @api.model
    def _by_key(self) -> dict[str, Measure]:
        return {measure.key: measure for measure in self._measures()}

    @api.model
    def _get(self, key: str) -> Measure:
        """Return the measure called ``key``.

        :raises ValidationError: there is none, or its module is gone
        """
        measure = self._by_key().get(key)
        if measure is None:
            raise ValidationError(self.env._("Unknown measure: %(key)s", key=key))
        return measure

    @api.model
    def _read(self, measure: Measure, scope: Scope) -> list[Sample]:
        """Return the samples of one measure; the caller has checked who is asking."""
        rows = self.env.execute_query_dict(measure.query(scope))
        return [Sample(**_numbers(row)) for row in rows]

    @api.model
    def _action(self, measure: Measure, scope: Scope) -> dict:
        """Return the action that opens the records behind the number."""
        domain = measure.domain(scope) if measure.domain else []
        views = "list,graph,pivot" if measure.model == "retail.counter" else "list,form"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(measure.label),
            "res_model": measure.model,
            "view_mode": views,
            "views": [[False, view] for view in views.split(",")],
            "domain": domain,
            "target": "current",
        }


def _numbers(row: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name in Sample._fields}
