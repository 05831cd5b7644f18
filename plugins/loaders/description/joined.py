"""Several collections of hits in one table, joined event by event: `{}` in a column's name stands for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from registry.contract.casting import in_one_type
from registry.contract.data import DataError
from registry.plugins.loaders.description.table import ColumnType, Table, Values

EACH = "{}"
"""What stands for the name of every collection."""

WHICH = "collection"
"""The column that says which collection a hit is from, counted from 0."""


class JoinedTable:
    """A table of lists in which the hits of an event are those of one collection, then those of the next."""

    def __init__(self, table: Table, collections: Sequence[str]) -> None:
        self.table, self.collections = table, list(collections)
        self.name, self.rows, self.pieces = table.name, table.rows, table.pieces
        first = self.collections[0]
        self._common: dict[str, str] = {}
        for name in table.types:
            general = name.replace(first, EACH)
            if general != name and all(general.replace(EACH, each) in table.types for each in self.collections):
                self._common.setdefault(general, name)
        if not self._common:
            message = f"{table.name} has no column that all of {', '.join(self.collections)} share"
            raise DataError(message, "collections", "name what stands before the columns, `ECalBarrelCollection`")
        self._length = next((name for name in self._common if table.types[self._common[name]].depth), "")
        self.types: Mapping[str, ColumnType] = _Joined(table, self._common)

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the rows from `start` to before `stop`."""
        wanted = list(names)
        plain = [name for name in wanted if name not in self._common and name != WHICH]
        found = self.table.read(plain, start, stop)
        for name in wanted:
            if name in self._common:
                found[name] = interleaved(self._parts(name, start, stop), name)
            elif name == WHICH:
                parts = self._parts(self._length, start, stop)
                which = [Values(np.full(len(part.values), n), part.splits[:1]) for n, part in enumerate(parts)]
                found[name] = interleaved(which, name)
        return found

    def _parts(self, name: str, start: int, stop: int) -> list[Values]:
        own = [name.replace(EACH, each) for each in self.collections]
        read = self.table.read(own, start, stop)
        return [read[each] for each in own]

    def array(self, name: str) -> np.ndarray | None:
        """Return a whole array beside the table."""
        return self.table.array(name)

    def arrays(self) -> Iterable[str]:
        """Return the names of what `array` returns."""
        return self.table.arrays()


class _Joined(dict[str, ColumnType]):
    """The types of a table and of the columns that collections share, looked up when they are asked for."""

    def __init__(self, table: Table, common: Mapping[str, str]) -> None:
        super().__init__(dict.fromkeys([*common, WHICH, *table.types], ColumnType(np.dtype(object))))
        self._table, self._common = table, common

    def __getitem__(self, name: str) -> ColumnType:
        if name == WHICH:
            return ColumnType(np.dtype(np.int64), 1)
        return self._table.types[self._common.get(name, name)]

    def get(self, name: str, default: ColumnType | None = None) -> ColumnType | None:  # type: ignore[override]
        """Return what a column holds, or `default` for one that is not there."""
        return self[name] if name in self else default  # noqa: SIM401  (`dict.get` does not look the type up)


def places(splits: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return where the values of each part come to lie when parts are joined event by event, int64 [values]."""
    sizes = np.stack([np.diff(each) for each in splits])
    before = np.concatenate([np.zeros((1, sizes.shape[1]), np.int64), np.cumsum(sizes, axis=0)[:-1]])
    starts = np.concatenate([[0], np.cumsum(sizes.sum(axis=0))])[:-1]
    return [
        np.repeat(starts + shift - own[:-1], np.diff(own)) + np.arange(own[-1])
        for own, shift in zip(splits, before, strict=True)
    ]


def interleaved(parts: Sequence[Values], name: str) -> Values:
    """Return the values of parts joined event by event."""
    splits = np.concatenate([[0], np.cumsum(sum(np.diff(part.splits[0]) for part in parts))])
    where = places([part.splits[0] for part in parts])
    own = in_one_type([part.values for part in parts], name)
    if len(parts[0].splits) > 1:
        return _nested(parts, own, splits, where)
    values = np.zeros(int(splits[-1]), own[0].dtype)
    missing = np.zeros(len(values), bool)
    for part, each, place in zip(parts, own, where, strict=True):
        values[place] = each
        if part.missing is not None:
            missing[place] = part.missing
    return Values(values, (splits,), missing if missing.any() else None)


def _nested(
    parts: Sequence[Values], own: Sequence[np.ndarray], splits: np.ndarray, where: Sequence[np.ndarray]
) -> Values:
    """Return lists of lists joined event by event."""
    sizes = np.zeros(int(splits[-1]), np.int64)
    for part, place in zip(parts, where, strict=True):
        sizes[place] = np.diff(part.splits[1])
    inner = np.concatenate([[0], np.cumsum(sizes)])
    values = np.zeros(int(inner[-1]), own[0].dtype)
    missing = np.zeros(len(values), bool)
    for part, each, place in zip(parts, own, where, strict=True):
        ends = part.splits[1]
        to = np.repeat(inner[:-1][place] - ends[:-1], np.diff(ends)) + np.arange(ends[-1])
        values[to] = each
        if part.missing is not None:
            missing[to] = part.missing
    return Values(values, (splits, inner), missing if missing.any() else None)
