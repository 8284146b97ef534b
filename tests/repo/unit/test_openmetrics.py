"""``tools/openmetrics.py``: what a Prometheus server gets to read."""

from __future__ import annotations

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from retail_integration_base.tools.openmetrics import (
    Family,
    Histogram,
    metric_name,
    render,
)

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def parsed(*families: Family, histograms: tuple[Histogram, ...] = ()) -> dict:
    body, content_type = render(families, histograms, OPENMETRICS)
    assert content_type.startswith("application/openmetrics-text")
    found = text_string_to_metric_families(body.decode())
    return {family.name: family for family in found}


def test_counter_and_gauge_keep_labels_and_values():
    waiting = Family("retail_waiting", "Waits.", False, ("backend",), {("till",): 3})
    sales = Family("retail_sales", "Sold.", True, ("store",), {("12",): 7.0})
    found = parsed(waiting, sales)
    assert found["retail_waiting"].type == "gauge"
    assert found["retail_waiting"].samples[0].labels == {"backend": "till"}
    assert found["retail_sales"].type == "counter"
    assert found["retail_sales"].samples[0].name == "retail_sales_total"
    assert found["retail_sales"].samples[0].value == 7


def test_hostile_label_values_are_escaped():
    value = 'a"b\\c\nd'
    family = Family("retail_x", "X.", False, ("part",), {(value,): 1})
    assert parsed(family)["retail_x"].samples[0].labels == {"part": value}


def test_histogram_adds_its_buckets_up():
    buckets = {"0.005": (2, 0.006), "0.1": (1, 0.08), "+Inf": (1, 30.0)}
    histogram = Histogram("retail_time", "Time.", ("route",), {("/x",): buckets})
    samples = parsed(histograms=(histogram,))["retail_time"].samples
    steps = {s.labels["le"]: s.value for s in samples if "le" in s.labels}
    assert steps["0.005"] == 2
    assert steps["0.05"] == 2
    assert steps["0.1"] == 3
    assert steps["+Inf"] == 4
    [total] = [s.value for s in samples if s.name.endswith("_sum")]
    assert abs(total - 30.086) < 1e-9


def test_seconds_stand_at_the_end_of_a_name():
    assert metric_name("oldest_in_s", "seconds") == "retail_oldest_in_seconds"
    assert metric_name("sales", "count") == "retail_sales"


def test_nothing_at_all_is_still_a_page():
    body, _type = render([], [], OPENMETRICS)
    assert body == b"# EOF\n"
