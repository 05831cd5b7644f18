"""Conditions on recorded values: equal to one, one of several, or compared with one."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from registry.contract.errors import InputError, Problem
from registry.tracking.flatten import as_text

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "!=": operator.ne,
    "==": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}

_WRITTEN = re.compile(r"\s*(<=|>=|!=|==|<|>)\s*(.*?)\s*$", re.DOTALL)


@dataclass(frozen=True)
class Condition:
    """A comparison with one of several values: numbers as numbers, everything else as text."""

    compare: str
    values: tuple[str, ...]

    @classmethod
    def of(cls, name: str, asked: Any) -> Condition:
        """Return what is asked of a value; raises InputError for an order of something that is no number."""
        if isinstance(asked, (list, tuple, set, frozenset, range)):
            return cls("==", tuple(map(as_text, asked)))
        written = _WRITTEN.match(asked) if isinstance(asked, str) else None
        compare, text = (written[1], written[2]) if written else ("==", as_text(asked))
        if compare not in ("==", "!=") and _number(text) is None:
            raise InputError([Problem(f"search: {name!r}: expected a number after {compare!r}, received {text!r}")])
        return cls(compare, (text,))

    def met(self, value: Any) -> bool:
        """Say whether a value meets it."""
        return any(self._met(value, wanted) for wanted in self.values)

    def _met(self, value: Any, wanted: str) -> bool:
        compare, number, limit = _COMPARISONS[self.compare], _number(value), _number(wanted)
        if number is not None and limit is not None:
            return compare(number, limit)
        return self.compare in ("==", "!=") and compare(as_text(value), wanted)


def matching(name: str) -> Callable[[str], bool]:
    """Return whether a name is the one that is asked for; `*` in that stands for anything."""
    return lambda found: found == name or fnmatchcase(found, name)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
