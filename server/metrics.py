"""What is counted, for Prometheus. Rendered in the reactor by the console (``/metrics``).

Everything that other rooms count comes in through the small methods here (they are those rooms' ``Meter``
protocols); everything that somebody else knows best is asked for at the moment of scraping.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

Figures = Mapping[str, float]

CALL_SECONDS = (5, 15, 30, 60, 120, 300, 600)


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
        self._seconds = Histogram(
            "hall_call_seconds", "Length of calls", buckets=CALL_SECONDS, registry=self.registry
        )
        self._reloads = Counter("hall_menu_reloads", "Menu reloads", ["result"], registry=self.registry)

    # ---- counted by others ---------------------------------------------------------------------------------
    def call_ended(self, outcome: str, seconds: float) -> None:
        self._calls.labels(outcome).inc()
        self._seconds.observe(seconds)

    def call_refused(self, why: str) -> None:
        self._refused.labels(why).inc()

    def reloaded(self, result: str) -> None:
        self._reloads.labels(result).inc()

    # ---- asked for -----------------------------------------------------------------------------------------
    def gauge(self, name: str, what: str, value: Callable[[], float]) -> None:
        """A figure that ``value`` knows at any moment."""
        Gauge(name, what, registry=self.registry).set_function(value)

    def figures(self, name: str, what: str, values: Callable[[], Figures]) -> None:
        """Several figures of one kind, by ``name{figure=…}``; the labels are those of the first look."""
        family = Gauge(name, what, ["figure"], registry=self.registry)
        for figure in values():
            family.labels(figure).set_function(partial(_one, values, figure))

    def render(self) -> str:
        """The exposition text (version 0.0.4)."""
        return generate_latest(self.registry).decode()


def _one(values: Callable[[], Figures], figure: str) -> float:
    return values().get(figure, 0.0)
