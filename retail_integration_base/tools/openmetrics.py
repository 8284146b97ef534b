"""Families of samples as the text that a Prometheus server reads. Pure.

Lives here: names, labels, histograms, the two text formats. Not here: where the numbers
come from (``models/metrics.py``). Source: OpenMetrics 1.0 and the Prometheus text
format 0.0.4, both written by ``prometheus_client``; which one the ``Accept`` header
decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from .latency import LABELS

PREFIX = "retail_"


@dataclass(frozen=True)
class Family:
    """All samples of one name: label values in the order of ``labels`` -> value."""

    name: str
    help: str
    is_counter: bool
    labels: tuple[str, ...]
    samples: Mapping[tuple[str, ...], float] = field(default_factory=dict)


@dataclass(frozen=True)
class Histogram:
    """Durations by label values: bucket label -> (count, seconds)."""

    name: str
    help: str
    labels: tuple[str, ...]
    samples: Mapping[tuple[str, ...], Mapping[str, tuple[int, float]]]


class _Collected:
    """What ``prometheus_client`` asks for metrics."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Sequence[Metric]:
        return self._metrics


def render(
    families: Iterable[Family], histograms: Iterable[Histogram], accept: str
) -> tuple[bytes, str]:
    """Return the text of all families and its media type."""
    metrics = [_family(one) for one in families]
    metrics += [_histogram(one) for one in histograms]
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(metrics))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def metric_name(key: str, unit: str) -> str:
    """Return a measure's name in Prometheus' style: base unit at the end."""
    if unit == "seconds":
        key = f"{key.removesuffix('_s')}_seconds"
    return PREFIX + key


def _family(family: Family) -> Metric:
    kind = CounterMetricFamily if family.is_counter else GaugeMetricFamily
    metric = kind(family.name, family.help, labels=family.labels)
    for labels, value in family.samples.items():
        metric.add_metric(labels, value)
    return metric


def _histogram(histogram: Histogram) -> Metric:
    metric = HistogramMetricFamily(
        histogram.name, histogram.help, labels=histogram.labels
    )
    for labels, buckets in histogram.samples.items():
        reached, steps = 0, []
        for label in LABELS:
            reached += buckets.get(label, (0, 0.0))[0]
            steps.append((label, reached))
        seconds = sum(total for _count, total in buckets.values())
        metric.add_metric(labels, steps, seconds)
    return metric
