"""What the benchmarks give, as rows of one kind: a figure, its goal, and whether it was reached.

rows = sip_rows(json_of_one_run)
median_of([rows, rows_of_another_run])       # row by row
table("SIP", rows)                           # text
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. ``goal``: at the most (None: nothing was set). ``beside``: what another one reached."""

    what: str
    value: float
    unit: str
    goal: float | None = None
    beside: str = ""
    no_verdict: str = ""

    @property
    def verdict(self) -> str:
        if self.no_verdict:
            return f"no verdict: {self.no_verdict}"
        if self.goal is None:
            return ""
        return "reached" if 0 <= self.value <= self.goal else "not reached"


def median_of(runs: Sequence[Sequence[Row]]) -> list[Row]:
    """Row by row. Runs without a verdict are left out as long as there are others."""
    return [_median(rows) for rows in zip(*runs, strict=True)]


def _median(rows: Sequence[Row]) -> Row:
    good = [row for row in rows if not row.no_verdict] or rows
    return replace(good[0], value=median(row.value for row in good))


def table(title: str, rows: Sequence[Row]) -> str:
    """The rows beneath each other."""
    lines = [title, f"  {'':<58} {'figure':>9} {'':<7} {'goal':>8}  beside it"]
    for row in rows:
        goal = "" if row.goal is None else f"{row.goal:g}"
        value = f"{row.value:.0f}" if abs(row.value) >= 100 else f"{row.value:.3g}"
        lines.append(
            f"  {row.what:<58} {value:>9} {row.unit:<7} {goal:>8}  {row.beside:<24} {row.verdict}".rstrip()
        )
    return "\n".join(lines)


# ---- from each benchmark's own figures ---------------------------------------------------------------------
def business_rows(figures: dict[str, Any]) -> list[Row]:
    loads = [
        Row(f"{each['business']}: loaded, CPU", each["cpu"] + each["server"], "s")
        for each in figures["loads"]
    ]
    return loads + [row for each in figures["calls"] for row in _business_call(each)]


def _business_call(each: dict[str, Any]) -> list[Row]:
    name = f"{each['business']}: {each['call']}, {each['how']}"
    return [
        Row(f"{name}, CPU", each["cpu_us"] + each["server_us"], "µs"),
        Row(f"{name}, p99", each["p99_ms"], "ms"),
        Row(f"{name}, a second", each["a_second"], ""),
    ]


def understanding_rows(figures: dict[str, Any]) -> list[Row]:
    parts = [figures[part] for part in ("tried", "held")]
    ours, none = (sum(part[kind] for part in parts) for kind in ("ours", "none"))
    missed, wrong, taken = (sum(part[kind] for part in parts) for kind in ("missed", "wrong", "taken"))
    return [
        Row("texts of ours that were not understood", 100 * (missed + wrong) / ours, "%", 5.0),
        Row("of them, taken for another service", 100 * wrong / ours, "%", 1.0),
        Row("texts of none that were taken for a service", 100 * taken / none, "%", 2.0),
        Row("changes made unasked", figures["unasked"], "", 0.0),
        Row("a text, p50", figures["p50_us"], "µs", 60.0),
    ]


def sip_rows(figures: dict[str, Any]) -> list[Row]:
    what = "signalling alone: CPU a call set-up"
    return [Row(what, figures["setup_ms"], "ms", 0.20, "Asterisk 1.33", figures["no_verdict"])]


def media_rows(figures: list[dict[str, Any]]) -> list[Row]:
    return [row for each in figures for row in _media_level(each)]


def _media_level(each: dict[str, Any]) -> list[Row]:
    calls, why = f"{each['calls']} calls", each["no_verdict"]
    return [
        Row(
            f"{calls}: 20 ms pacing, p99 of the deviation",
            each["deviation_p99_us"] / 1000,
            "ms",
            5.0,
            "",
            why,
        ),
        Row(f"{calls}: key to next prompt, p99", each["key_p99_us"] / 1000, "ms", 20.0, "", why),
        Row(f"{calls}: media process, CPU-s a call-minute", each["cpu_a_call_minute"], "s", 0.045, "", why),
        Row(f"{calls}: media process, memory a call", each["memory_kb_a_call"], "KB", 60.0),
    ]


TIMES = {"memory": ("kannel", 1.5), "sql": ("kannel", 2.0)}
"""A side's goal: so many times what another spends in the same run."""
FLOOR = ("sql", "kannel-app")


def sms_rows(figures: list[dict[str, Any]]) -> list[Row]:
    spent = {(each["side"], each["window"]): each["CPU-s per 1,000"] for each in figures}
    rows = [row for each in figures for row in _sms_side(each, spent)]
    largest = max(each["window"] for each in figures)
    ours, other = (spent.get((side, largest)) for side in FLOOR)
    if ours is not None and other is not None:
        rows.append(Row("floor: sql beside Kannel, application and store", ours / other, "times", 1.0))
    return rows


def _sms_side(each: dict[str, Any], spent: dict[tuple[str, int], float]) -> list[Row]:
    side, window = each["side"], each["window"]
    why = "the driver was saturated" if each["driver load"] > 0.85 else ""
    name, ours = f"{side}, window {window}:", side in TIMES
    beside, times = TIMES.get(side, ("", 0.0))
    goal = spent[beside, window] * times if (beside, window) in spent else None
    told = f"{times:g} x Kannel" if goal else ""
    return [
        Row(f"{name} CPU-s per 1,000", each["CPU-s per 1,000"], "s", goal, told, why),
        Row(f"{name} p50", each["p50 ms"], "ms", {10: 5.0, 100: 30.0}.get(window) if ours else None, "", why),
        Row(f"{name} p99", each["p99 ms"], "ms", None, "", why),
        Row(f"{name} a second", each["texts/s"], "", None, "", why),
        *([Row(f"{name} wrong answers", each["wrong"], "", 0.0, "", why)] if ours else []),
    ]


def hall_rows(figures: dict[str, Any]) -> list[Row]:
    rows = [row for each in figures["windows"] for row in _hall_window(each)]
    setups = figures["set_ups"]
    if setups is not None:
        at = f"whole application, {setups['rate']:.0f} set-ups a second:"
        why = setups["no_verdict"]
        rows.append(Row(f"{at} CPU a set-up", setups["setup_ms"], "ms", 0.35, "Asterisk 1.33", why))
        rows.append(Row(f"{at} INVITE to 200, p99", setups["answer_p99_ms"], "ms", None, "", why))
    return rows


def _hall_window(each: dict[str, Any]) -> list[Row]:
    name, why = f"{each['calls']} calls, {each['beside']}:", each["no_verdict"]
    rows = [
        Row(f"{name} 20 ms pacing, p99", each["deviation_ms"], "ms", 5.0, "Asterisk: 300 calls", why),
        Row(f"{name} key to next prompt, p50", each["key_p50_ms"], "ms", 5.0, "Asterisk 3.2", why),
        Row(f"{name} key to next prompt, p99", each["key_p99_ms"], "ms", 20.0, "Asterisk 22", why),
        Row(
            f"{name} first audio after 200, p99", each["first_p99_ms"], "ms", 20.0, "Asterisk 0.6 or 500", why
        ),
    ]
    if each["beside"] == "alone":
        rows += [
            Row(f"{name} CPU-s a call-minute", each["cpu_a_minute"], "s", 0.045, "Asterisk 0.174", why),
            Row(f"{name} of it the hall", each["hall_a_minute"], "s", None, "", why),
            Row(f"{name} of it the media process", each["media_a_minute"], "s", None, "", why),
            Row(f"{name} memory a call", each["memory_kb"], "KB", 60.0, "Asterisk 152-197"),
        ]
    return rows


ROWS: dict[str, Callable[[Any], list[Row]]] = {
    "business": business_rows,
    "sip": sip_rows,
    "understanding": understanding_rows,
    "media": media_rows,
    "sms": sms_rows,
    "hall": hall_rows,
}
