"""How cost grows: the exponent of a power law, fitted to the medians."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

FIGURES = (
    *("seconds", "fastest", "slowest", "extra_mb", "process_mb", "cpu", "waiting", "hits_per_second", "monitors"),
    *("records_per_second", "cpu_ms", "failed", "alone", "operations", "growth_mb", "resident_growth_mb"),
    *("suite", "contender"),
)


def growth_lines(results: list[dict[str, Any]]) -> list[str]:
    """Return one line for each contender and quantity (hits, neighbours, ...) that varies while the others stay."""
    lines = []
    for contender, quantity, fixed, points in _series(results):
        exponent = fit_exponent(points)
        others = ", ".join(f"{name} {value:,}" for name, value in fixed)
        lines.append(f"  {contender}: time grows as {quantity}^{exponent:.2f} ({len(points)} points; {others})")
    return lines


def fit_exponent(points: list[tuple[float, float]]) -> float:
    """Return b of the least-squares fit of ln y = a + b ln x."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x = sum(x for x, _ in logs) / len(logs)
    mean_y = sum(y for _, y in logs) / len(logs)
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)


def _series(
    results: list[dict[str, Any]],
) -> Iterator[tuple[str, str, tuple[tuple[str, int], ...], list[tuple[float, float]]]]:
    groups: dict[tuple[str, str, tuple[tuple[str, int], ...]], list[tuple[float, float]]] = defaultdict(list)
    for result in results:
        if "failed" in result:
            continue
        parameters = {name: value for name, value in result.items() if name not in FIGURES}
        for quantity, value in parameters.items():
            fixed = tuple((name, other) for name, other in parameters.items() if name != quantity)
            groups[result["contender"], quantity, fixed].append((value, result["seconds"]))
    for (contender, quantity, fixed), points in groups.items():
        if len({x for x, _ in points}) >= 3:
            yield contender, quantity, fixed, points
