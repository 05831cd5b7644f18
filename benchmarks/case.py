"""One figure to be measured."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Prepare = Callable[..., Callable[[], Any]]
"""Makes the data for a case and returns what is to be timed."""


@dataclass(frozen=True)
class Case:
    """A contender of a suite, and the numbers of hits, neighbours and so on that it is measured with."""

    suite: str
    contender: str
    parameters: dict[str, int] = field(default_factory=dict)


def every(suite: str, contenders: dict[str, str], parameters: list[dict[str, int]]) -> Iterator[Case]:
    """Yield the cases for all contenders whose package, the dictionary's values, is installed."""
    present = [name for name, package in contenders.items() if importlib.util.find_spec(package)]
    for numbers in parameters:
        for contender in present:
            yield Case(suite, contender, numbers)
