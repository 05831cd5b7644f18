"""A figure to reach, and the ways to take it from the results of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.growth import fit_exponent

Results = list[dict[str, Any]]
Measured = Callable[[Results], float | None]


@dataclass(frozen=True)
class Target:
    """A figure to reach; `measured` returns it from the results of a run, None where they do not hold it."""

    text: str
    measured: Measured
    limit: float
    at_least: bool = False
    unit: str = ""

    def row(self, results: Results) -> list[str]:
        """Return the row of the table: target, what was measured, and whether that is enough."""
        value = self.measured(results)
        if value is None:
            return [self.text, "not measured", ""]
        reached = value >= self.limit if self.at_least else value <= self.limit
        return [self.text, f"{value:,.2f}{self.unit}", "yes" if reached else "**no**"]


def figure(results: Results, suite: str, contender: str, name: str, **numbers: int) -> float | None:
    """Return a figure of a contender of a suite at these numbers, None if it was not measured."""
    wanted = {"suite": suite, "contender": contender, **numbers}
    for result in results:
        if name in result and all(result.get(key) == value for key, value in wanted.items()):
            return float(result[name])
    return None


def value(suite: str, contender: str, name: str = "seconds", factor: float = 1, **numbers: int) -> Measured:
    """Return what takes a figure times `factor`."""

    def measured(results: Results) -> float | None:
        found = figure(results, suite, contender, name, **numbers)
        return None if found is None else factor * found

    return measured


def ratio(suite: str, one: str, other: str, name: str = "seconds", **numbers: int) -> Measured:
    """Return what takes a figure of one contender in units of that of another."""

    def measured(results: Results) -> float | None:
        first, second = (figure(results, suite, way, name, **numbers) for way in (one, other))
        return first / second if first and second else None

    return measured


def growth(suite: str, contender: str, name: str, **fixed: int) -> Measured:
    """Return what takes the exponent with which a figure grows with hits."""

    def measured(results: Results) -> float | None:
        wanted = {"suite": suite, "contender": contender, **fixed}
        points = [
            (float(result["hits"]), float(result[name]))
            for result in results
            if result.get(name) and all(result.get(key) == value for key, value in wanted.items())
        ]
        return fit_exponent(points) if len(points) >= 3 else None

    return measured
