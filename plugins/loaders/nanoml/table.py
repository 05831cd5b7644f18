"""The entries of a NanoML tree as two events each: the endcap at z < 0, then that at z > 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from registry.contract.data import DataError
from registry.contract.spelling import did_you_mean
from registry.plugins.loaders.description.table import ColumnType, Values
from registry.plugins.loaders.nanoml.collections import (
    FEATURES,
    TRUTH,
    WHOLE,
    Collection,
    features_of_hits,
    features_of_tracks,
    truth_of,
)
from registry.plugins.loaders.nanoml.names import HITS, MERGED, PARTICLE_FLOW, TRACKS, Names
from registry.plugins.loaders.root.table import RootTable


class NanoMLTable:
    """Features and truth of the hits, and of the tracks, of each endcap."""

    def __init__(self, path: str, table: str, particle_flow: bool, match: str | None) -> None:
        self._tree = RootTable(path, table)
        self.name, self.rows = self._tree.name, 2 * self._tree.rows
        self.pieces = 2 * self._tree.pieces
        self._names = PARTICLE_FLOW if particle_flow else MERGED
        self._match = {HITS.before: match or self._names.match, TRACKS.before: "Track_PFTruthPartIdx"}
        self._parts = (HITS, TRACKS) if particle_flow else (HITS,)
        has_truth = self._match[HITS.before] in self._tree.types
        self.truth = frozenset(TRUTH)
        self.types = {
            name: ColumnType(np.dtype(np.int32 if name in WHOLE else np.float32), 1)
            for name in (*FEATURES, *(TRUTH if has_truth else ()))
        }
        for part in self._parts:
            self._require(part.branches)

    def _require(self, branches: Iterable[str]) -> None:
        for branch in branches:
            if branch not in self._tree.types:
                hint = did_you_mean(branch, self._tree.types)
                raise DataError(f"{self.name} has no branch {branch!r}", "file", hint or "is it a file of NanoML?")

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the endcaps from `start` to before `stop`."""
        wanted = list(names)
        first, last = start // 2, -(-stop // 2)
        truth = [name for name in wanted if name in TRUTH]
        joined = Collection.together([self._collection(part, truth, first, last) for part in self._parts], wanted)
        return {name: _rows(joined, name, start - 2 * first, stop - 2 * first) for name in wanted}

    def _collection(self, part: Names, truth: Sequence[str], first: int, last: int) -> Collection:
        """Return the hits, or the tracks, of some entries with the truth that is asked for."""
        read = self._tree.read(part.branches, first, last)
        splits = self._splits(read, first)
        values = {name.removeprefix(part.before): column.values for name, column in read.items()}
        columns = features_of_hits(values) if part is HITS else features_of_tracks(values)
        entry = np.repeat(np.arange(last - first), np.diff(splits))
        endcap = 2 * entry + (columns["recHitZ"] >= 0)
        if truth:
            match = self._match[part.before]
            objects = self._names.objects if part is HITS else PARTICLE_FLOW.objects
            self._require([match, *objects])
            own = self._tree.read([match, *objects], first, last)
            self._splits({**read, match: own[match]}, first)
            self._splits({name: own[name] for name in objects}, first)
            columns |= truth_of(
                columns, own[match].values, entry, endcap, self._names, own, part is TRACKS, self.name, truth
            )
        return Collection(columns, endcap)

    def _splits(self, read: Mapping[str, Values], first: int) -> np.ndarray:
        """Return where the values of each entry start; raises DataError for branches that differ in it."""
        names = list(read)
        for name in names[1:]:
            sizes, others = (np.diff(read[each].splits[0]) for each in (names[0], name))
            differ = np.flatnonzero(sizes != others)
            if len(differ):
                entry = int(differ[0])
                lengths = f"{names[0]!r} has {sizes[entry]} values, {name!r} has {others[entry]}"
                raise DataError(f"entry {first + entry} of {self.name}: {lengths}", "file", "make or copy it again")
        return read[names[0]].splits[0]

    def array(self, name: str) -> np.ndarray | None:
        """There is no array beside the endcaps."""
        return None

    def arrays(self) -> Iterable[str]:
        """There is no array beside the endcaps."""
        return ()


def _rows(joined: Collection, name: str, start: int, stop: int) -> Values:
    """Return a column of the endcaps from `start` to before `stop` of a collection that is sorted by endcap."""
    first, last = np.searchsorted(joined.endcap, [start, stop])
    sizes = np.bincount(joined.endcap[first:last] - start, minlength=stop - start)
    splits = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Values(joined.column(name)[first:last], (splits,))
