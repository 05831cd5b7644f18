"""The cells of the tables that terminals and pages show."""

from __future__ import annotations

import re
from collections.abc import Sequence

from registry.comparing.evaluated import OverEvents
from registry.comparing.numbers import NONE, duration, number, p_value, with_error
from registry.comparing.ranking import Ranking, Row
from registry.drawing.labels import memory_text

ASIDE = re.compile(r"train/|epoch/|validation/(\S+\.\S+|regularisation)$|evaluation/[^/]+/[^/]+/")
"""Metrics that only the page and the CSV file show."""


def head(found: Ranking) -> list[str]:
    """Return what stands above the columns of the table."""
    tests = [f"difference to {found.against.letter}", "p (t)", "p (signs)"] if len(found.rows) > 1 else []
    return ["group", "seeds", found.metric, *tests, "time", "memory", *(["peak"] if measured(found) else []), "weights"]


def measured(found: Ranking) -> bool:
    """Say whether the memory of any training was recorded."""
    return any(row.cost.peak.known for row in found.rows)


def cells(row: Row, found: Ranking) -> list[str]:
    """Return the cells of a group."""
    cost, test = row.cost, row.test
    tests: Sequence[str] = []
    if len(found.rows) > 1:
        tests = [NONE] * 3
        if test:
            corrected = f" ({p_value(test.p_holm)})" if several_tested(found) and test.p == test.p else ""
            tests = [with_error(test.difference), p_value(test.p) + corrected, p_value(test.p_signs)]
    memory = NONE if cost.memory is None else memory_text(cost.memory)
    peak = [f"{cost.peak.mean:.1f} GB" if cost.peak.known else NONE] if measured(found) else []
    weights = NONE if cost.weights is None else f"{cost.weights:,}"
    seeds = ", ".join(map(str, row.group.seeds))
    return [row.group.title, seeds, with_error(row.value), *tests, duration(cost.seconds.mean), memory, *peak, weights]


def over_events_rows(found: Ranking) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the table of differences over events, a row for each figure of merit."""
    tested = {letter: items for letter, items in found.events.items() if items}
    names = dict.fromkeys(name for items in tested.values() for name in items)
    rows = [[name, *(over_events_text(items.get(name)) for items in tested.values())] for name in names]
    return ["figure", *tested], rows


def over_events_text(item: OverEvents | None) -> str:
    """Return a difference over events as text: its value, its interval, its p-value."""
    if item is None:
        return NONE
    low, high = number(item.low, 2), number(item.high, 2)
    return f"{number(item.difference, 3)} [{low}, {high}] p {p_value(item.p)}"


def main_metrics(found: Ranking) -> list[str]:
    """Return the metrics without those of single records, of epochs, terms of a loss, samples and baselines."""
    return [name for name in found.metrics if name in ("epoch/loss", found.metric) or not ASIDE.match(name)]


def several_tested(found: Ranking) -> bool:
    """Say whether more than one group is tested: then their p-values are corrected for it."""
    return sum(row.test is not None for row in found.rows) > 1
