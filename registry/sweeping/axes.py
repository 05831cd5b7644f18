"""What a sweep varies: an option by its path, as `--set` names it, with the values that it may have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from registry.contract.errors import Origin
from registry.language.layers import EVERY, steps_of
from registry.language.one_line import one_line

Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Choices:
    """An option with a list of values."""

    path: str
    origin: Origin
    values: tuple[Any, ...]

    def count(self) -> int:
        """Return how many values there are."""
        return len(self.values)

    def points(self) -> list[Any]:
        """Return all values."""
        return list(self.values)

    def samples(self) -> list[Any]:
        """Return the values that are checked before anything starts."""
        return self.points()

    def stored(self, value: Any) -> Scalar:
        """Return a value as a study keeps it: lists and mappings as texts, which `meant` takes back."""
        return kept_as(value)

    def meant(self, stored: Any) -> Any:
        """Return the value that a study keeps as `stored`."""
        return next((value for value in self.values if kept_as(value) == stored), stored)

    def text(self) -> str:
        """Return the values in one line."""
        return ", ".join(map(shown, self.values))


@dataclass(frozen=True)
class Range:
    """An option with all numbers between two; `step`: only those so far apart; `whole`: whole numbers."""

    path: str
    origin: Origin
    low: float
    high: float
    log: bool = False
    whole: bool = False
    step: float | None = None

    def count(self) -> int | None:
        """Return how many values there are, None if they cannot be counted."""
        if self.log or (self.step is None and not self.whole):
            return None
        return int((self.high - self.low) / self._step + 1e-9) + 1

    def points(self) -> list[Any] | None:
        """Return all values, None if they cannot be counted."""
        count = self.count()
        return None if count is None else [self._point(number) for number in range(count)]

    @property
    def _step(self) -> float:
        return self.step or 1

    def _point(self, number: int) -> float:
        return self._number(self.low + number * self._step)

    def samples(self) -> list[Any]:
        """Return the ends, and a number between them: an option that takes whole numbers refuses it."""
        if count := self.count():
            return list(dict.fromkeys(map(self._point, (0, count // 2, count - 1))))
        between = (self.low * self.high) ** 0.5 if self.log else self.low + 0.381966 * (self.high - self.low)
        return list(dict.fromkeys(map(self._number, (self.low, between, self.high))))

    def _number(self, value: float) -> float:
        return round(value) if self.whole else float(f"{value:.12g}")

    def stored(self, value: Any) -> Scalar:
        """Return a value as a study keeps it."""
        number: Scalar = value
        return number

    def meant(self, stored: Any) -> Any:
        """Return the value that a study keeps as `stored`."""
        return stored

    def text(self) -> str:
        """Return the range in one line, as it is typed."""
        step = "" if self.step is None else f":{self.step:g}"
        return f"{self.low:g}..{self.high:g}{':int' * self.whole}{':log' * self.log}{step}"


Axis = Choices | Range


def kept_as(value: Any) -> Scalar:
    """Return a value as a study keeps it: lists and mappings as texts."""
    return value if isinstance(value, (str, int, float, bool, type(None))) else one_line(value)


def shown(value: Any) -> str:
    """Return a value in a few characters, for tables."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else one_line(value)


def is_same_option(path: str, other: str) -> bool:
    """Say whether two paths name the same option, written otherwise or by a pattern: `a[0].b`, `a.0.b`, `a[*].b`."""
    first, second = steps_of(path), steps_of(other)
    pairs = zip(first, second, strict=False)
    return len(first) == len(second) and all(one == two or EVERY in (one, two) for one, two in pairs)


def laid_over(axes: Sequence[Axis], over: Sequence[Axis]) -> list[Axis]:
    """Return axes with others in place of those of the same options."""
    kept = [axis for axis in axes if not any(is_same_option(axis.path, other.path) for other in over)]
    return [*kept, *over]
