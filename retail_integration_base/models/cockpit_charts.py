"""``retail.cockpit``: its charts, from the counters and from open exceptions.

Lives here: series by day or hour in the reader's time zone. How they look is the
browser's business.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta

import pytz

from odoo import fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date

from .measure import Sample, Scope
from .measure_counted import counted

#: a chart of days shows at least this many
DAYS_MIN = 7
#: state of a message -> what the chart of work calls it
OUTCOMES = {
    "done": "worked",
    "ignored": "worked",
    "sent": "worked",
    "retry": "retried",
    "dead": "stuck",
}


class RetailCockpit(models.AbstractModel):
    _inherit = "retail.cockpit"

    def _prepare_charts(
        self, scope: Scope, samples: dict[str, list[Sample]]
    ) -> dict[str, dict]:
        return {
            "sales": self._sales_chart(scope),
            "work": self._work_chart(scope),
            "exceptions": self._exceptions_chart(samples),
            "stores": self._stores_chart(samples["sales"]),
        }

    # --- sales ------------------------------------------------------------------------

    def _sales_chart(self, scope: Scope) -> dict:
        """Return sales and returns per business day."""
        last = fields.Date.context_today(self)
        first = min(scope.since_date, last - timedelta(days=DAYS_MIN - 1))
        wide = Scope(
            scope.now, scope.company_ids, scope.backend_ids, scope.store_ids, first
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT period_at::date, part, sum(count) FROM retail_counter
                    WHERE %s GROUP BY 1, 2""",
                counted("sale", wide, store="store_id"),
            )
        )
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        by_kind: dict[str, dict[date, int]] = defaultdict(dict)
        for day, kind, count in rows:
            by_kind[kind][day] = int(count)
        described = self.env["retail.transaction"].fields_get(["kind"], ["selection"])
        return {
            "labels": [format_date(self.env, day, date_format="d MMM") for day in days],
            "series": [
                {
                    "key": kind,
                    "label": label,
                    "values": [by_kind[kind].get(day, 0) for day in days],
                }
                for kind, label in described["kind"]["selection"]
                if kind in by_kind
            ],
        }

    def _stores_chart(self, samples: list[Sample], stores_max: int = 8) -> dict:
        """Return the sales of the stores that sold most."""
        sums: dict[int, float] = defaultdict(float)
        for sample in samples:
            if sample.store_id:
                sums[sample.store_id] += float(sample.value or 0)
        ranked = sorted(sums.items(), key=lambda item: -item[1])[:stores_max]
        stores = self.env["retail.store"].browse(key for key, _sum in ranked).exists()
        names = {store.id: store.display_name for store in stores}
        shown = [(names[key], value) for key, value in ranked if key in names]
        return {
            "labels": [name for name, _value in shown],
            "series": [
                {
                    "key": "sale",
                    "label": self.env._("Sales"),
                    "values": [value for _name, value in shown],
                }
            ],
        }

    # --- work -------------------------------------------------------------------------

    def _work_chart(self, scope: Scope) -> dict:
        """Return what became of messages, per hour of one day or per day."""
        zone = self.env.user.tz or "UTC"
        hourly = scope.since_date == fields.Date.context_today(self)
        step = timedelta(hours=1) if hourly else timedelta(days=1)
        rows = self.env.execute_query(
            SQL(
                """SELECT date_trunc(%s, period_at AT TIME ZONE 'UTC' AT TIME ZONE %s),
                          detail, sum(count)
                     FROM retail_counter WHERE %s GROUP BY 1, 2""",
                "hour" if hourly else "day",
                zone,
                counted("message", scope),
            )
        )
        sums: dict[str, dict[datetime, int]] = defaultdict(lambda: defaultdict(int))
        for moment, state, count in rows:
            if state in OUTCOMES:
                sums[OUTCOMES[state]][moment] += int(count)
        moments = _moments(scope, zone, step)
        labels = {
            "worked": self.env._("Worked"),
            "retried": self.env._("Tried again"),
            "stuck": self.env._("Needs a person"),
        }
        return {
            "labels": [self._moment_label(moment, hourly) for moment in moments],
            "series": [
                {
                    "key": key,
                    "label": label,
                    "values": [sums[key].get(moment, 0) for moment in moments],
                }
                for key, label in labels.items()
            ],
        }

    def _moment_label(self, moment: datetime, hourly: bool) -> str:
        if hourly:
            return f"{moment:%H:%M}"
        return format_date(self.env, moment.date(), date_format="d MMM")

    # --- exceptions -------------------------------------------------------------------

    def _exceptions_chart(self, samples: dict[str, list[Sample]]) -> dict:
        """Return open exceptions by category: in time, and past their deadline."""
        every = _by_part(samples["exceptions_open"])
        late = _by_part(samples["exceptions_late"])
        ranked = sorted(every, key=lambda part: -every[part])
        measures = self.env["retail.measure"]
        names = self._part_names(measures._get("exceptions_open"))
        in_time = [every[part] - late.get(part, 0) for part in ranked]
        return {
            "labels": [names.get(part, part) for part in ranked],
            "series": [
                {"key": "in_time", "label": self.env._("In time"), "values": in_time},
                {
                    "key": "late",
                    "label": self.env._("Past the deadline"),
                    "values": [late.get(part, 0) for part in ranked],
                },
            ],
        }


def _by_part(samples: list[Sample]) -> dict[str, float]:
    sums: dict[str, float] = defaultdict(float)
    for sample in samples:
        sums[sample.part or ""] += float(sample.value or 0)
    return sums


def _moments(scope: Scope, zone: str, step: timedelta) -> list[datetime]:
    """Return the local beginnings of the periods since ``scope.since``."""
    here = pytz.timezone(zone)
    local = pytz.utc.localize(scope.since).astimezone(here).replace(tzinfo=None)
    end = pytz.utc.localize(scope.now).astimezone(here).replace(tzinfo=None)
    moments = []
    while local <= end:
        moments.append(local)
        local += step
    return moments
