"""Staging and comparing on the clock, in a worker of the real system."""

import json
import resource
import time
from pathlib import Path

from odoo import SUPERUSER_ID, http
from odoo.http import Response, request

from .bench import ROUTE


class RetailBenchReconcileController(http.Controller):
    @http.route("/retail_bench/stage", **ROUTE)
    def stage(self) -> Response:
        """Begin a run with the file and the source that the body names."""
        asked = request.get_json_data()
        env = request.env(user=SUPERUSER_ID)
        rules = env["retail.reconciliation.rule"]
        source = asked.get("source", "retail.reconciliation.source.bench")
        # A module may ship a proposal of the same source, without a backend.
        own = [("source", "=", source), ("backend_id.code", "=", asked["backend"])]
        rule = rules.search(own, limit=1) or rules.create(
            {
                "name": "Bench",
                "backend_id": env["retail.backend"]
                .search([("code", "=", asked["backend"])])
                .id,
                "source": source,
                "lookback_days": 0,
            }
        )
        run = env["retail.reconciliation.run"]._begin(rule, file_name="there.csv")
        started = time.monotonic()
        with Path(asked["file"]).open("rb") as file:
            run._load_file(file)
        self._tell({"run": run.id, "load_s": time.monotonic() - started})
        return request.make_json_response({"status": "staged"}, status=202)

    @http.route("/retail_bench/compare", **ROUTE)
    def compare(self) -> Response:
        """Compare the run that was staged last."""
        env = request.env(user=SUPERUSER_ID)
        env.cr.execute("SELECT payload FROM retail_bench_row ORDER BY id DESC LIMIT 1")
        figures = json.loads(env.cr.fetchone()[0])
        run = env["retail.reconciliation.run"].browse(figures["run"])
        started = time.monotonic()
        run._step()
        figures["compare_s"] = time.monotonic() - started
        env.invalidate_all()
        with env.registry.cursor() as cr:
            cr.execute(
                "SELECT missing_here_count, missing_there_count, differs_count"
                " FROM retail_reconciliation_run WHERE id = %s",
                [run.id],
            )
            names = ("missing_here", "missing_there", "differs")
            figures |= dict(zip(names, cr.fetchone(), strict=True))
        # Linux counts the peak in KiB.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self._tell(figures | {"worker_bytes": peak * 1024})
        return request.make_json_response({"status": "compared"}, status=202)

    def _tell(self, figures: dict) -> None:
        request.env.cr.execute(
            "INSERT INTO retail_bench_row (payload) VALUES (%s)", [json.dumps(figures)]
        )
