"""``retail.cockpit``: what the first screen shows (R160, R161).

Lives here: who may see how much, tiles, the verdict, the connected systems. Charts are
in ``cockpit_charts.py``, numbers come from the measures; nothing is computed twice.
Called by the client action ``retail_cockpit``.
"""

from collections import defaultdict
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools.clock import to_naive, to_rfc3339, utc_now
from .measure import Measure, Sample, Scope

USER_GROUP = "retail_integration_base.group_user"
#: choice of the reader -> days before today that it reaches back
PERIODS = {"today": 0, "week": 6, "month": 29}
#: what the line of a connected system says
SYSTEM_COLUMNS = {
    "waiting": ("waiting_in", "waiting_out"),
    "failed": ("sales_failed", "deliveries_failed"),
    "exceptions": ("exceptions_open",),
    "late": ("exceptions_late",),
    "worked": ("messages",),
}
#: a tile shows at most so many parts of its number
PARTS_MAX = 2


class RetailCockpit(models.AbstractModel):
    _name = "retail.cockpit"
    _description = "Cockpit"

    # --- what the screen asks -----------------------------------------------------

    @api.model
    @api.readonly
    def action_read(self, filters: dict) -> dict:
        """Return everything that the screen shows.

        :param filters: ``period`` (today, week, month), ``company_id``, ``store_id``,
            ``backend_id``; what is missing or not the reader's is not filtered by
        :raises AccessError: not a user of this module
        """
        self._check_reader()
        scope = self._scope(filters)
        measures = self.env["retail.measure"].sudo()
        known = self._shown()
        samples = {one.key: measures._read(one, scope) for one in known}
        tiles = [self._prepare_tile(one, samples[one.key], scope) for one in known]
        return {
            "at": to_rfc3339(scope.now.replace(microsecond=0)),
            "choices": self._prepare_choices(),
            "verdict": _verdict(tiles),
            "alerts": self._prepare_alerts(scope),
            "tiles": tiles,
            "charts": self._prepare_charts(scope, samples),
            "systems": self._prepare_systems(scope, samples),
        }

    @api.model
    @api.readonly
    def action_open(self, key: str, filters: dict) -> dict:
        """Return the action that opens the records behind a measure's number.

        :raises AccessError: not a user of this module
        """
        self._check_reader()
        measures = self.env["retail.measure"]
        return measures._action(measures._get(key), self._scope(filters))

    def _shown(self) -> list[Measure]:
        """Return the measures that have a tile; boards of a topic show fewer."""
        return self.env["retail.measure"]._measures()

    def _check_reader(self) -> None:
        if not (self.env.su or self.env.user.has_group(USER_GROUP)):
            raise AccessError(self.env._("The cockpit is for users of this module."))

    # --- who sees how much ----------------------------------------------------------

    def _scope(self, filters: dict) -> Scope:
        """Return what the reader asked for, within the companies they work in."""
        mine = self.env.companies.ids
        company = filters.get("company_id")
        days = PERIODS.get(filters.get("period"), 0)
        zone = pytz.timezone(self.env.user.tz or "UTC")
        today = fields.Date.context_today(self)
        first = today - timedelta(days=days)
        since = zone.localize(datetime.combine(first, time.min))
        return Scope(
            now=to_naive(utc_now()),
            company_ids=(company,) if company in mine else tuple(mine),
            backend_ids=self._chosen("retail.backend", filters.get("backend_id")),
            store_ids=self._chosen("retail.store", filters.get("store_id")),
            since=to_naive(since),
            since_date=first,
        )

    def _chosen(self, model: str, record_id: int | None) -> tuple[int, ...] | None:
        """Return the chosen record, nothing if it is not the reader's to see."""
        if not isinstance(record_id, int) or not record_id:
            return None
        return tuple(self.env[model].search([("id", "=", record_id)]).ids)

    def _prepare_choices(self) -> dict[str, list[dict]]:
        active = [("active", "=", True)]
        return {
            "companies": self.env.companies.mapped(
                lambda company: {"id": company.id, "name": company.name}
            ),
            "stores": self.env["retail.store"].search_read(active, ["display_name"]),
            "backends": self.env["retail.backend"].search_read(
                active, ["display_name"]
            ),
        }

    # --- tiles ------------------------------------------------------------------------

    def _prepare_tile(
        self, measure: Measure, samples: list[Sample], scope: Scope
    ) -> dict:
        value = measure.total(samples)
        asked = {"store": scope.store_ids, "backend": scope.backend_ids}
        return {
            "key": measure.key,
            "label": self.env._(measure.label),
            "help": self.env._(measure.help),
            "kind": measure.kind,
            "unit": measure.unit,
            "value": value,
            "amounts": _amounts(samples) if measure.unit == "amount" else [],
            "parts": self._prepare_parts(measure, samples),
            "is_alarming": measure.is_alarming(value),
            "is_watched": measure.alarm is not None,
            "by_period": "period" in measure.dims,
            # Told openly: a number that a filter does not narrow looks wrong.
            "ignores": [
                dim for dim, ids in asked.items() if ids and dim not in measure.dims
            ],
            "can_open": bool(
                measure.model and self.env[measure.model].has_access("read")
            ),
        }

    def _prepare_parts(self, measure: Measure, samples: list[Sample]) -> list[dict]:
        """Return what a number consists of, the largest first, named for people."""
        if not measure.parts or measure.combine != "sum" or measure.unit != "count":
            return []
        sums: dict[str, float] = defaultdict(float)
        for sample in samples:
            sums[sample.part or ""] += float(sample.value or 0)
        names = self._part_names(measure)
        ranked = sorted(sums.items(), key=lambda item: -item[1])
        return [
            {"label": names.get(part, part), "value": value}
            for part, value in ranked[:PARTS_MAX]
            if value
        ]

    def _part_names(self, measure: Measure) -> dict[str, str]:
        model, name = measure.parts
        described = self.env[model].fields_get([name], ["selection"])[name]
        if "selection" in described:
            return dict(described["selection"])
        # Models that tell parts apart hold few records: categories, topics, systems.
        # pylint: disable-next=no-search-all
        records = self.env[model].sudo().search([])
        # Samples name a part as it is stored, whatever the reader's language.
        stored = records.with_context(lang=None)
        return {
            part[name]: record.display_name
            for part, record in zip(stored, records, strict=True)
        }

    # --- connected systems ----------------------------------------------------------

    def _prepare_systems(
        self, scope: Scope, samples: dict[str, list[Sample]]
    ) -> list[dict]:
        """Return one line per connected system, those in trouble first."""
        domain = [("state", "!=", "draft"), *scope.domain(company="company_id")]
        domain += scope.domain(backend="id")
        sums: dict[str, dict[int, float]] = {
            column: defaultdict(float) for column in SYSTEM_COLUMNS
        }
        for column, keys in SYSTEM_COLUMNS.items():
            for sample in (one for key in keys for one in samples.get(key, ())):
                sums[column][sample.backend_id] += float(sample.value or 0)
        states = self.env["retail.backend"].fields_get(["state"], ["selection"])
        names = dict(states["state"]["selection"])
        lines = [
            {
                "id": backend.id,
                "name": backend.name,
                "state": backend.state,
                "state_label": names[backend.state],
                **{column: sums[column].get(backend.id, 0) for column in sums},
            }
            for backend in self.env["retail.backend"].search(domain)
        ]
        return sorted(lines, key=_trouble)


def _trouble(line: dict) -> tuple:
    return (-line["failed"], -line["late"], line["state"] != "paused", line["name"])


def _amounts(samples: list[Sample]) -> list[dict]:
    """Return the sum per currency, the largest first: currencies are never added."""
    sums: dict[int, float] = defaultdict(float)
    for sample in samples:
        sums[sample.currency_id] += float(sample.value or 0)
    ranked = sorted(sums.items(), key=lambda item: -abs(item[1]))
    return [{"currency_id": key, "value": value} for key, value in ranked if key]


def _verdict(tiles: list[dict]) -> dict:
    """Return whether business integrity is preserved, and how many say otherwise."""
    alarming = [tile for tile in tiles if tile["is_alarming"]]
    business = [tile["key"] for tile in alarming if tile["kind"] == "business"]
    return {
        "is_good": not business,
        "business": business,
        "technical": len(alarming) - len(business),
    }
