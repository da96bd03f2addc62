"""What is counted, for Prometheus. Rendered in the reactor by the console (``/metrics``).

What happens rarely is counted here (the methods are other rooms' ``Meter``); what somebody else counts anyway
is asked for at the moment of scraping, so that no hot path pays for a metric.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from math import nan

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from twisted.logger import Logger

disable_created_metrics()  # when a counter began says nothing that its process' start does not

LOG = Logger()
Totals = Mapping[tuple[str, ...], float]

CALL_REFUSALS = ("draining", "full", "no media")
RELOADS = ("taken", "refused")

CALL_SECONDS = (5, 15, 30, 60, 120, 300, 600)
BUSINESS_SECONDS = (0.002, 0.01, 0.05, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """One server's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._calls = Counter(
            "hall_calls", "Calls that ended, by outcome", ["outcome"], registry=self.registry
        )
        self._refused = Counter(
            "hall_calls_refused", "Calls not admitted (503)", ["why"], registry=self.registry
        )
        self._faults = Counter(
            "hall_call_faults", "Faults of ours in calls, by where", ["where"], registry=self.registry
        )
        self._seconds = Histogram(
            "hall_call_seconds", "Length of calls", buckets=CALL_SECONDS, registry=self.registry
        )
        self._reloads = Counter("hall_menu_reloads", "Menu reloads", ["result"], registry=self.registry)
        for why in CALL_REFUSALS:  # from the start on, so that the first one is seen to come
            self._refused.labels(why)
        for result in RELOADS:
            self._reloads.labels(result)
        self._business = Counter(
            "hall_business_calls",
            "Calls of the back office, by the port's method and how they ended",
            ["operation", "outcome"],
            registry=self.registry,
        )
        self._business_seconds = Histogram(
            "hall_business_seconds",
            "How long the halls waited for the back office, by the port's method",
            ["operation"],
            buckets=BUSINESS_SECONDS,
            registry=self.registry,
        )

        self._answers: dict[tuple[str, str], tuple[Counter, Histogram]] = {}

    # ---- counted here --------------------------------------------------------------------------------------
    def call_ended(self, outcome: str, seconds: float) -> None:
        self._calls.labels(_label(outcome)).inc()
        self._seconds.observe(seconds)

    def call_refused(self, why: str) -> None:
        self._refused.labels(_label(why)).inc()

    def call_fault(self, where: str) -> None:
        self._faults.labels(where).inc()

    def reloaded(self, result: str) -> None:
        self._reloads.labels(_label(result)).inc()

    def business_called(self, operation: str, outcome: str, seconds: float) -> None:
        """As :mod:`business.guards.measured` tells it; both names are from closed lists."""
        known = self._answers.get((operation, outcome))
        if known is None:
            counted = self._business.labels(operation, outcome)
            known = self._answers[operation, outcome] = counted, self._business_seconds.labels(operation)
        counted, waited = known
        counted.inc()
        waited.observe(seconds)

    # ---- asked for -----------------------------------------------------------------------------------------
    def gauge(self, name: str, what: str, value: Callable[[], float]) -> None:
        """A figure that ``value`` knows at any moment."""
        Gauge(name, what, registry=self.registry).set_function(lambda: _asked(name, value))

    def total(self, name: str, what: str, value: Callable[[], float]) -> None:
        """A count that only rises; it goes out as ``name`` and ``_total``."""
        self.counts(name, what, (), lambda: {(): value()})

    def counts(self, name: str, what: str, labels: Sequence[str], values: Callable[[], Totals]) -> None:
        """Totals by labels, whatever there are just now; those of a closed list are there at 0."""

        def family() -> Metric:
            made = CounterMetricFamily(name, what, labels=labels)
            for each, value in values().items():
                made.add_metric([_label(one) for one in each], value)
            return made

        self.registry.register(_Asked(family))

    def amounts(self, name: str, what: str, labels: Sequence[str], values: Callable[[], Totals]) -> None:
        """As :meth:`counts`, of what goes up and down."""

        def family() -> Metric:
            made = GaugeMetricFamily(name, what, labels=labels)
            for each, value in values().items():
                made.add_metric([_label(one) for one in each], value)
            return made

        self.registry.register(_Asked(family))

    def histogram(
        self, name: str, what: str, bounds: Sequence[float], counts: Callable[[], Sequence[int]]
    ) -> None:
        """Totals by upper bound; ``counts`` has one more for what is above the last."""

        def family() -> Metric:
            names = (*(str(float(bound)) for bound in bounds), "+Inf")
            made = HistogramMetricFamily(name, what)
            made.add_metric([], list(zip(names, accumulate(counts()), strict=True)), sum_value=None)
            return made

        self.registry.register(_Asked(family))

    def render(self) -> str:
        """The exposition text (version 0.0.4)."""
        return generate_latest(self.registry).decode()


class _Asked(Collector):
    """A family that is made when it is asked for."""

    def __init__(self, family: Callable[[], Metric]) -> None:
        self._family = family

    def collect(self) -> Iterable[Metric]:
        try:
            return (self._family(),)
        except Exception:
            LOG.failure("a metric could not be asked for")
            return ()


def _asked(name: str, value: Callable[[], float]) -> float:
    """One that cannot be known keeps no other from being scraped."""
    try:
        return value()
    except Exception:
        LOG.failure("metric {name} could not be asked for", name=name)
        return nan


def _label(text: str) -> str:
    """A label goes out as UTF-8 with all others: half a character would keep the whole page back."""
    return text.encode("utf-8", "replace").decode()
