"""``retail.alert.rule``: checking the limits, every minute, cheaply.

A limit that is passed opens an alert when it has been for the rule's time; the alert
ends when the number was back to normal for as long. In between nothing changes, so a
number that sways around its limit neither flickers nor floods (hysteresis).
"""

import logging
from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from odoo import api, models

from ..tools.clock import to_naive, utc_now
from .measure import Sample, Scope

_logger = logging.getLogger(__name__)

#: one rule opens at most this many alerts; more of them say nothing more
ALERTS_MAX = 200


class Place(NamedTuple):
    """What an alert is about, as far as its rule tells places apart."""

    company_id: int | None = None
    backend_id: int | None = None
    store_id: int | None = None


class RetailAlertRule(models.Model):
    _inherit = "retail.alert.rule"

    @api.model
    def _cron_check(self) -> None:
        """Check every active rule."""
        for rule in self.search([("active", "=", True)]):
            rule._check_now(to_naive(utc_now()))

    def _check_now(self, now: datetime) -> None:
        """Compare this rule's numbers with its limit and tell whom it concerns."""
        self.ensure_one()
        self.env.flush_all()  # measures read the tables themselves
        values = self._read_values(now)
        alerts = self.env["retail.alert"].search(
            [("rule_id", "=", self.id), ("state", "!=", "cleared")]
        )
        known = {
            _place(a.company_id.id, a.backend_id.id, a.store_id.id): a for a in alerts
        }
        for place, alert in known.items():
            alert._continue(values.get(place), now)
        for place, value in values.items():
            if place not in known and self._is_breached(value):
                if len(known) >= ALERTS_MAX:
                    _logger.info("rule %s has its %s alerts", self.id, ALERTS_MAX)
                    break
                known[place] = self._prepare_alert(place, value, now)
        due = [alert for alert in known.values() if alert._is_due(now)]
        self.env["retail.alert"].browse(alert.id for alert in due)._raise(now)

    def _scope(self, now: datetime | None = None) -> Scope:
        now = now or to_naive(utc_now())
        since = now - timedelta(minutes=self.window_minutes)
        return Scope(
            now=now,
            company_ids=tuple(self.company_id.ids) or None,
            backend_ids=tuple(self.backend_id.ids) or None,
            since=since,
            since_date=since.date(),
        )

    def _read_values(self, now: datetime) -> dict[Place, float | None]:
        """Return the measure's value at each place that this rule tells apart."""
        measures = self.env["retail.measure"].sudo()
        measure = measures._get(self.measure)
        groups: dict[Place, list[Sample]] = defaultdict(list)
        for sample in measures._read(measure, self._scope(now)):
            groups[self._place_of(sample)].append(sample)
        return {place: measure.total(group) for place, group in groups.items()}

    def _place_of(self, sample: Sample) -> Place:
        return _place(
            sample.company_id,
            sample.backend_id if self.per == "backend" else None,
            sample.store_id if self.per == "store" else None,
        )

    def _is_breached(self, value: float | None) -> bool:
        if value is None:
            return False
        above = self.comparison == "above"
        return value > self.threshold if above else value < self.threshold

    def _is_calm(self, value: float | None) -> bool:
        """Tell whether ``value`` is back to normal; no number at all is normal."""
        if value is None:
            return True
        above = self.comparison == "above"
        return value <= self.clear_threshold if above else value >= self.clear_threshold

    def _prepare_alert(
        self, place: Place, value: float, now: datetime
    ) -> models.BaseModel:
        return self.env["retail.alert"].create(
            {
                "rule_id": self.id,
                "company_id": place.company_id,
                "backend_id": place.backend_id,
                "store_id": place.store_id,
                "state": "pending",
                "value": value,
                "worst": value,
                "breached_at": now,
            }
        )


def _place(*ids: int | None) -> Place:
    return Place(*(record_id or None for record_id in ids))
