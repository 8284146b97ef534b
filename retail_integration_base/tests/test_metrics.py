"""``/retail/metrics``: who may read it, and that a Prometheus server understands it."""

import os
import time
from unittest.mock import patch

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
from prometheus_client.parser import text_string_to_metric_families as read_plain

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import counter
from . import factories as make
from .common_http import GatewayCase

TOKEN = {"RETAIL_METRICS_TOKEN": "scrape-me-daily"}
BEARER = {"Authorization": "Bearer scrape-me-daily"}
OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}


@tagged("post_install", "-at_install")
class TestMetrics(GatewayCase):
    def setUp(self) -> None:
        super().setUp()
        counter.flush(self.env.cr.dbname)

    def scrape(self, headers: dict | None = None, **environment: str) -> object:
        with patch.dict(os.environ, environment):
            return self.url_open("/retail/metrics", headers=headers or {})

    def families(self) -> dict[str, object]:
        counter.flush(self.env.cr.dbname)
        response = self.scrape(BEARER | OPENMETRICS, **TOKEN)
        self.assertEqual(response.status_code, 200, response.text[:500])
        self.assertIn("application/openmetrics-text", response.headers["Content-Type"])
        return {family.name: family for family in read(response.text)}

    def statuses_of(self, route: str, requests: int) -> dict[str, int]:
        """Wait until the server has counted: it does so after its answer has left."""
        counters = self.env["retail.counter"]
        deadline = time.monotonic() + 10
        while True:
            counter.flush(self.env.cr.dbname)
            self.env.invalidate_all()
            rows = counters.search([("name", "=", "http"), ("part", "=", route)])
            if sum(rows.mapped("count")) >= requests:
                return {row.detail: row.count for row in rows}
            self.assertLess(time.monotonic(), deadline, "requests are not counted")
            time.sleep(0.02)

    def test_nobody_reads_metrics_unless_somebody_said_who(self):
        self.assertProblem(self.scrape(), 401, "RET-1001")
        self.assertProblem(self.scrape(BEARER), 401, "RET-1001")
        self.assertProblem(self.scrape({"Authorization": "Bearer "}), 401, "RET-1001")

    def test_token_opens_metrics_and_another_does_not(self):
        self.assertEqual(self.scrape(BEARER, **TOKEN).status_code, 200)
        two = {"RETAIL_METRICS_TOKEN": "new-one, scrape-me-daily"}
        self.assertEqual(self.scrape(BEARER, **two).status_code, 200)
        for given in ("Bearer scrape-me", "Basic scrape-me-daily", "Bearer é"):
            response = self.scrape({"Authorization": given.encode()}, **TOKEN)
            self.assertProblem(response, 401, "RET-1001")

    def test_allowed_addresses_need_no_token(self):
        inside = {"RETAIL_METRICS_ALLOW": "10.0.0.0/8, 127.0.0.1"}
        self.assertEqual(self.scrape(**inside).status_code, 200)
        outside = {"RETAIL_METRICS_ALLOW": "10.0.0.0/8"}
        self.assertProblem(self.scrape(**outside), 401, "RET-1001")

    def test_wrong_address_list_is_our_mistake_and_says_nothing_outside(self):
        wrong = {"RETAIL_METRICS_ALLOW": "ten.dot.zero"}
        with mute_logger("odoo.http"):
            response = self.scrape(**wrong)
        problem = self.assertProblem(response, 500, "RET-3001")
        self.assertNotIn("ten.dot", str(problem))

    def test_requests_are_counted_and_timed_by_route(self):
        self.send(make.make_event())
        self.send(make.make_event(), path="nowhere/events")
        route = "/retail/v1/backends/<string:code>/events"
        self.assertEqual(self.statuses_of(route, 2), {"202": 1, "401": 1})
        families = self.families()
        statuses = {
            sample.labels["detail"]: sample.value
            for sample in families["retail_http_requests"].samples
            if sample.labels["part"] == route and sample.name.endswith("_total")
        }
        self.assertEqual(statuses, {"202": 1, "401": 1})
        times = families["retail_http_request_duration_seconds"].samples
        counts = {
            sample.name.rpartition("_")[2]: sample.value
            for sample in times
            if sample.labels["route"] == route and sample.labels.get("le") is None
        }
        self.assertEqual(counts["count"], 2)
        self.assertGreater(counts["sum"], 0)

    def test_business_and_technique_stand_side_by_side(self):
        self.receive(
            make.make_event(make.make_receipt(register="1")),
            make.make_event(make.make_receipt([make.line("NEW")], register="2")),
        )
        self.work()
        self.receive(make.make_event())
        families = self.families()
        wanted = {
            "retail_sales": ({"store": "12", "part": "sale"}, 1),
            "retail_sales_failed": ({"backend": "till", "part": "dead"}, 1),
            "retail_exceptions_open": ({"part": "mapping"}, 1),
            "retail_waiting_in": ({"backend": "till", "part": "received"}, 1),
            "retail_messages": ({"part": "in", "detail": "done"}, 1),
            "retail_failures": ({"part": "RET-1202"}, 1),
        }
        for name, (labels, value) in wanted.items():
            with self.subTest(name=name):
                matching = [
                    sample.value
                    for sample in families[name].samples
                    if labels.items() <= sample.labels.items()
                    and not sample.name.endswith("_created")
                ]
                self.assertEqual(matching, [value])
        self.assertEqual(families["retail_sales"].type, "counter")
        self.assertEqual(families["retail_oldest_in_seconds"].type, "gauge")

    def test_counters_only_grow_when_their_rows_are_summed_up(self):
        self.receive(make.make_event())
        self.work()
        before = self.families()["retail_sales"].samples
        self.env["retail.counter"]._fold()
        self.assertEqual(self.families()["retail_sales"].samples, before)

    def test_older_servers_get_the_older_format(self):
        response = self.scrape(BEARER, **TOKEN)
        self.assertIn("text/plain", response.headers["Content-Type"])
        names = {family.name for family in read_plain(response.text)}
        self.assertIn("retail_waiting_in", names)

    def test_metrics_hold_nothing_personal(self):
        customer = {"email": "ada@example.com", "phone": "+32470123456"}
        self.receive(make.make_event(make.make_receipt(customer=customer)))
        self.work()
        text = self.scrape(BEARER, **TOKEN).text
        self.assertNotIn("ada@", text)
        self.assertNotIn("470123456", text)
