"""``retail.loyalty.board``: what of loyalty needs somebody today (R17).

The cockpit's screen with loyalty's measures only, narrowed by program, store, company.
Numbers come from ``measure_loyalty.py``, so that board, cockpit, alerts and metrics
never disagree. Called by the client action ``retail_loyalty_board``.
"""

from collections import defaultdict
from textwrap import shorten

from odoo import models
from odoo.tools import SQL

from odoo.addons.retail_integration_base.models.measure import Measure, Sample, Scope

from .measure_loyalty import PREFIX, LoyaltyScope, _where

#: minutes up to which an open hold belongs to the column, and its words
AGES = (5, 15, 60, 24 * 60)
FAILURES = ("loyalty_accruals_failed", "loyalty_unmatched", "loyalty_reversals_failed")
STORES_MAX = 8
LABEL_CHARS_MAX = 36


class RetailLoyaltyBoard(models.AbstractModel):
    _name = "retail.loyalty.board"
    _description = "Loyalty Board"
    _inherit = "retail.cockpit"

    def _shown(self) -> list[Measure]:
        return [one for one in super()._shown() if one.key.startswith(PREFIX)]

    def _scope(self, filters: dict) -> Scope:
        scope = super()._scope(filters)
        programs = self._chosen("retail.loyalty.program", filters.get("program_id"))
        return LoyaltyScope(**vars(scope), program_ids=programs)

    def _prepare_choices(self) -> dict[str, list[dict]]:
        programs = self.env["retail.loyalty.program"]
        return {
            **super()._prepare_choices(),
            "programs": programs.search_read([], ["display_name"], limit=100),
        }

    def _prepare_tile(
        self, measure: Measure, samples: list[Sample], scope: Scope
    ) -> dict:
        tile = super()._prepare_tile(measure, samples, scope)
        if scope.program_ids and "program" not in measure.dims:
            tile["ignores"].append("program")
        return tile

    def _prepare_alerts(self, scope: Scope) -> dict:
        """Return none: the cockpit shows the alerts, of whatever they are."""
        return {"count": 0, "can_acknowledge": False, "shown": []}

    def _prepare_systems(
        self, scope: Scope, samples: dict[str, list[Sample]]
    ) -> list[dict]:
        return []

    # --- charts -----------------------------------------------------------------------

    def _prepare_charts(
        self, scope: Scope, samples: dict[str, list[Sample]]
    ) -> dict[str, dict]:
        return {
            "holds": self._holds_chart(scope),
            "reasons": self._reasons_chart(samples),
            "stores": self._failing_stores_chart(samples),
        }

    def _holds_chart(self, scope: Scope) -> dict:
        """Return open holds by age; beyond the program's time they are late."""
        rows = self.env.execute_query(
            SQL(
                """SELECT width_bucket(
                              extract(epoch FROM %s - hold.created_at)::numeric / 60,
                              %s::numeric[]), hold.expires_at < %s, count(*)
                     FROM retail_loyalty_hold AS hold
                    WHERE hold.state = 'open' AND %s GROUP BY 1, 2""",
                scope.now,
                list(AGES),
                scope.now,
                _where(
                    scope, "hold.program_id", "hold.company_id", store="hold.store_id"
                ),
            )
        )
        counts = {(bucket, late): count for bucket, late, count in rows}
        columns = range(len(AGES) + 1)
        series = (
            ("in_time", False, self.env._("In time")),
            ("late", True, self.env._("Past their time")),
        )
        return {
            "labels": [
                self.env._("under 5 min"),
                self.env._("5 to 15 min"),
                self.env._("15 to 60 min"),
                self.env._("1 to 24 h"),
                self.env._("longer"),
            ],
            "series": [
                {
                    "key": key,
                    "label": label,
                    "values": [counts.get((n, late), 0) for n in columns],
                }
                for key, late, label in series
            ],
        }

    def _reasons_chart(self, samples: dict[str, list[Sample]]) -> dict:
        """Return failures by what is wrong, the most frequent first."""
        sums: dict[str, float] = defaultdict(float)
        for sample in (one for key in FAILURES for one in samples[key]):
            sums[sample.part or ""] += float(sample.value or 0)
        names = self._part_names(self.env["retail.measure"]._get(FAILURES[0]))
        short = {
            key: shorten(name, LABEL_CHARS_MAX, placeholder="…")
            for key, name in names.items()
        }
        return self._failures_chart({short.get(k, k): v for k, v in sums.items()})

    def _failing_stores_chart(self, samples: dict[str, list[Sample]]) -> dict:
        """Return the stores whose sales fail most."""
        sums: dict[int, float] = defaultdict(float)
        for sample in (one for key in FAILURES for one in samples[key]):
            if sample.store_id:
                sums[sample.store_id] += float(sample.value or 0)
        stores = self.env["retail.store"].browse(sums).exists()
        found = {one.display_name: sums[one.id] for one in stores}
        return self._failures_chart(found)

    def _failures_chart(self, sums: dict[str, float]) -> dict:
        ranked = sorted(sums.items(), key=lambda item: -item[1])[:STORES_MAX]
        return {
            "labels": [name for name, _value in ranked],
            "series": [
                {
                    "key": "late",
                    "label": self.env._("Failed"),
                    "values": [value for _name, value in ranked],
                }
            ],
        }
