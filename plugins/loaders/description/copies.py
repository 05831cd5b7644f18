"""Whether what the network sees is a copy of the truth, under another name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.columns import TRUTH, WEIGHTS, ColumnOptions


class Copies:
    """Compares features, and columns of tracks, with truth columns, as the events are read.

    A column of at most two values, such as a flag, is equal to another one by chance, and a truth column that is the
    hit's own energy or position stands for one that the file does not have: neither is compared.
    """

    def __init__(self, columns: ColumnOptions) -> None:
        own = [name for output in ("energy", "coordinates") for _, name in columns.of(output)]
        # How much a hit counts may be a column of the hit itself.
        known = [output for output in TRUTH if output not in WEIGHTS]
        truth = {name: output for output in known for _, name in columns.of(output)}
        seen = [*columns.of("features"), *columns.of("is_track")]
        self._truth = truth
        self._equal = {(path, name, other): set[float]() for path, name in seen for other in truth}
        self._stand_ins = {(name, other) for name in own for other in truth}
        self._empty = True

    def compare(self, value: Callable[[str], np.ndarray]) -> None:
        """Look at some more events; `value` gives a column by its name, [hits]."""
        names = {name for _, name, _ in self._equal} | {name for name, _ in self._stand_ins} | set(self._truth)
        values = {name: value(name) for name in names}
        self._empty = self._empty and not any(map(len, values.values()))
        self._stand_ins = {pair for pair in self._stand_ins if np.array_equal(values[pair[0]], values[pair[1]])}
        for key in list(self._equal):
            _, name, other = key
            if not np.array_equal(values[name], values[other]):
                del self._equal[key]
            elif len(self._equal[key]) <= 2:
                self._equal[key].update(np.unique(values[name])[:3].tolist())

    def join(self, other: Copies) -> None:
        """Add what was seen of other events."""
        self._empty = self._empty and other._empty
        self._stand_ins &= other._stand_ins
        self._equal = {key: found | other._equal[key] for key, found in self._equal.items() if key in other._equal}

    def plain(self) -> dict[str, Any]:
        """Return what was seen as plain values."""
        equal = [[list(key), sorted(found)[:3]] for key, found in self._equal.items()]
        return {"equal": equal, "stand_ins": sorted(map(list, self._stand_ins)), "empty": self._empty}

    @classmethod
    def of_plain(cls, columns: ColumnOptions, plain: Mapping[str, Any]) -> Copies:
        """Return what `plain` gave."""
        made = cls(columns)
        made._equal = {(path, name, other): set(found) for (path, name, other), found in plain["equal"]}
        made._stand_ins = {(name, other) for name, other in plain["stand_ins"]}
        made._empty = plain["empty"]
        return made

    def check(self) -> None:
        """Raise DataError for the first column that was equal to a truth column in all events."""
        stand_ins = {other for _, other in self._stand_ins}
        for (path, name, other), found in self._equal.items():
            if other not in stand_ins and len(found) > 2 and not self._empty:
                message = f"column {name!r} is truth: its values are those of {other!r}, the column of "
                hint = "what is known of simulated events only cannot be predicted from"
                raise DataError(message + repr(self._truth[other]), path, hint)
