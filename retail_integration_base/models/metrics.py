"""``retail.metrics``: every measure as Prometheus reads it (R156, R157).

Lives here: which labels a sample gets. Numbers come from the measures; who may read
them is decided in ``controllers/metrics.py``. Several workers need no shared memory:
all of them read the same rows, so any worker may be asked.
"""

from collections import defaultdict
from time import monotonic

from odoo import api, models
from odoo.tools import SQL

from ..tools.openmetrics import PREFIX, Family, Histogram, metric_name, render
from .measure import Measure, Sample, Scope

#: label -> field of a sample, model that it names, field that is stable there
LABELS = {
    "company": ("company_id", "res.company", "name"),
    "backend": ("backend_id", "retail.backend", "code"),
    "store": ("store_id", "retail.store", "code"),
    "topic": ("topic_id", "retail.topic", "name"),
    "currency": ("currency_id", "res.currency", "name"),
}
PARTS = ("part", "detail")


class RetailMetrics(models.AbstractModel):
    _name = "retail.metrics"
    _description = "Metrics"

    @api.model
    def _render(self, accept: str) -> tuple[bytes, str]:
        """Return all exported measures of all companies, and their media type."""
        started = monotonic()
        scope = Scope()
        measures = self.env["retail.measure"].sudo()
        names = self._names()
        families = [
            _family(measure, measures._read(measure, scope), names)
            for measure in measures._measures()
            if measure.exported
        ]
        histogram = self._http_histogram()
        took = Family(
            f"{PREFIX}scrape_seconds",
            "How long this page took to make.",
            False,
            (),
            {(): monotonic() - started},
        )
        return render([*families, took], [histogram], accept)

    def _names(self) -> dict[str, dict[int, str]]:
        """Return label -> id -> what the outside calls it; deleted ones are missing."""
        return {
            label: {
                record["id"]: record[name]
                for record in self.env[model]
                .sudo()
                .with_context(active_test=False, lang=None)
                .search_read([], [name])
            }
            for label, (_field, model, name) in LABELS.items()
        }

    def _http_histogram(self) -> Histogram:
        rows = self.env.execute_query(
            SQL(
                """SELECT part, detail, sum(count), sum(total) FROM retail_counter
                    WHERE name = 'http_time' AND level IN ('total', 'fresh')
                    GROUP BY part, detail"""
            )
        )
        samples: dict[tuple[str, ...], dict[str, tuple[int, float]]] = defaultdict(dict)
        for route, bound, count, seconds in rows:
            samples[(route,)][bound] = (int(count), float(seconds))
        return Histogram(
            f"{PREFIX}http_request_duration_seconds",
            "Time to answer a request, by route.",
            ("route",),
            samples,
        )


def _family(
    measure: Measure, samples: list[Sample], names: dict[str, dict[int, str]]
) -> Family:
    """Return the family of a measure, with the labels that its samples have."""
    used = [
        label
        for label, (field, _model, _name) in LABELS.items()
        if any(getattr(sample, field) is not None for sample in samples)
    ]
    parts = [p for p in PARTS if any(getattr(s, p) is not None for s in samples)]
    sums: dict[tuple[str, ...], float] = defaultdict(float)
    for sample in samples:
        values = [
            names[label].get(getattr(sample, LABELS[label][0]), "") for label in used
        ]
        values += [getattr(sample, part) or "" for part in parts]
        sums[tuple(values)] += float(sample.value or 0)
    if not sums and not used:
        sums[()] = 0.0
    return Family(
        metric_name(measure.key, measure.unit),
        measure.help._source,
        measure.counter,
        (*used, *parts),
        sums,
    )
