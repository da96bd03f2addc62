"""The exposition that Prometheus reads."""

from __future__ import annotations

from collections import Counter
from typing import Any

from server.metrics import Metrics


def test_what_is_counted_and_what_is_asked_for() -> None:
    metrics = Metrics()
    texts: Counter[tuple[str, ...]] = Counter()
    late = [0, 0, 0]
    metrics.gauge("hall_calls_in_progress", "Calls", lambda: 7)
    metrics.counts("hall_texts", "Texts", ("service", "how"), lambda: texts)
    metrics.histogram("hall_late", "Lateness", (1, 5), lambda: late)
    metrics.call_ended("bye", 12.5)
    metrics.call_refused("full")
    metrics.reloaded("taken")
    metrics.business_called("fee", "answered", 0.03)
    texts["crbt", "code"] += 3
    late[:] = [10, 2, 1]
    shown = metrics.render()
    for line in (
        'hall_calls_total{outcome="bye"} 1.0',
        'hall_calls_refused_total{why="full"} 1.0',
        'hall_call_seconds_bucket{le="15.0"} 1.0',
        'hall_menu_reloads_total{result="taken"} 1.0',
        "hall_calls_in_progress 7.0",
        'hall_business_calls_total{operation="fee",outcome="answered"} 1.0',
        'hall_business_seconds_bucket{le="0.01",operation="fee"} 0.0',
        'hall_business_seconds_bucket{le="0.05",operation="fee"} 1.0',
        'hall_texts_total{how="code",service="crbt"} 3.0',
        'hall_late_bucket{le="1.0"} 10.0',
        'hall_late_bucket{le="5.0"} 12.0',
        'hall_late_bucket{le="+Inf"} 13.0',
    ):
        assert line in shown, shown


def test_what_only_rises_is_a_counter_and_closed_lists_are_there_from_the_start() -> None:
    """So that the first reload that fails is seen to come, by rate() too."""
    metrics = Metrics()
    metrics.total("hall_media_restarts", "Restarts", lambda: 3)
    shown = metrics.render()
    for line in (
        "# TYPE hall_media_restarts_total counter",
        "hall_media_restarts_total 3.0",
        'hall_menu_reloads_total{result="refused"} 0.0',
        'hall_menu_reloads_total{result="taken"} 0.0',
        'hall_calls_refused_total{why="draining"} 0.0',
        'hall_calls_refused_total{why="full"} 0.0',
        'hall_calls_refused_total{why="no media"} 0.0',
    ):
        assert line in shown, shown


def test_a_figure_that_cannot_be_known_keeps_no_other_back() -> None:
    metrics = Metrics()

    def fails() -> Any:
        raise ValueError("not known")

    metrics.gauge("hall_a", "A", fails)
    metrics.counts("hall_b", "B", (), fails)
    metrics.counts("hall_c", "C", ("name",), lambda: {("\udcff",): 1})
    metrics.call_ended("\ud800", 1.0)
    metrics.gauge("hall_d", "D", lambda: 7)
    shown = metrics.render()
    for line in (
        'hall_c_total{name="?"} 1.0',
        'hall_calls_total{outcome="?"} 1.0',
        "hall_d 7.0",
        "hall_a NaN",
    ):
        assert line in shown
