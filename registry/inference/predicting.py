"""Runs an inference model over the events of a source, some whole events at a time, in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, pairwise

import keras
import numpy as np

from registry.contract.data import Columns, Part
from registry.measuring.positions import moved
from registry.training.checked_source import CheckedSource
from registry.training.packing import pack
from registry.wiring.checked_graph import CheckedGraph, CheckedNode
from registry.wiring.loaders import ROW_SPLITS
from registry.wiring.needed import outputs_of_hits, outputs_with_positions
from registry.wiring.truth import declared_truth

HITS_AT_A_TIME = 50_000
"""Hits of the events that are predicted in one call; an event with more of them is predicted alone."""

EVENTS_AT_A_TIME = 1000


@dataclass(frozen=True, eq=False)
class PredictedEvents:
    """Some whole events, one after the other: what a network was given and what it says, one row a hit.

    `numbers`: position of each event within its part of the source, int64 [events]; `names`: what its source calls it.
    `row_splits`: where each event starts and the last one ends, int64 [events + 1].
    `columns`: what the loader provides, [hits, width] by port; truth only if it was asked for.
    `outputs`: what the network says, [hits, width] by the name of the output.
    `original`: the ids that the data have where the loader numbers them anew, [hits, 1] by port.
    `others`: outputs that have no row for each hit of the events (row splits, edges, pooled hits), as they are.
    `positions`: the outputs whose values are positions of hits; they count from the first hit of the first event.
    """

    numbers: np.ndarray
    names: Sequence[str]
    row_splits: np.ndarray
    columns: Columns
    outputs: Columns
    original: Columns = field(default_factory=dict)
    others: Columns = field(default_factory=dict)
    positions: frozenset[str] = frozenset()

    @property
    def hits(self) -> int:
        """Hits of all these events."""
        return int(self.row_splits[-1])

    @cached_property
    def event_of_hit(self) -> np.ndarray:
        """Position among these events of each hit's event, int64 [hits]."""
        return np.repeat(np.arange(len(self.numbers)), np.diff(self.row_splits))

    def written(self) -> dict[str, np.ndarray]:
        """Return the outputs as files have them: positions of hits count from the first hit of their event."""
        starts = self.row_splits[:-1][self.event_of_hit]
        return {
            name: moved(values, -starts.reshape(-1, *[1] * (values.ndim - 1))) if name in self.positions else values
            for name, values in self.outputs.items()
        }

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[PredictedEvents]:
        """Yield each event alone, without what has no row for each hit."""
        for index, (start, stop) in enumerate(pairwise(self.row_splits.tolist())):
            own = slice(start, stop)
            yield replace(
                self,
                numbers=self.numbers[index : index + 1],
                names=self.names[index : index + 1],
                row_splits=np.array([0, stop - start]),
                columns={name: column[own] for name, column in self.columns.items()},
                outputs={
                    name: moved(column[own], -start) if name in self.positions else column[own]
                    for name, column in self.outputs.items()
                },
                original={name: column[own] for name, column in self.original.items()},
                others={},
            )


class Network:
    """An inference model that is called with the columns of whole events, by port of the loader.

    `of_hits`: the outputs that have one row for each hit of the events; empty if nothing says which; `positions`:
    those of them whose values are positions of hits. The model, as `load_model` returns it, is traced once, for any
    number of hits and events.
    """

    def __init__(self, model: keras.Model, of_hits: Iterable[str] = (), positions: Iterable[str] = ()) -> None:
        self.model, self.of_hits, self.positions = model, tuple(of_hits), frozenset(positions)

    @classmethod
    def of_graph(cls, model: keras.Model, checked: CheckedGraph) -> Network:
        """Return the network of a graph that has one loader."""
        return cls(model, outputs_of_hits(checked), outputs_with_positions(checked))

    def __call__(self, columns: Columns) -> dict[str, np.ndarray]:
        """Return all outputs for the columns of some whole events, each of the dtype that the model declares."""
        predicted: dict[str, np.ndarray] = self.model.predict_on_batch(columns)
        return predicted


def packs(sizes: np.ndarray, hits: int = HITS_AT_A_TIME, events: int = EVENTS_AT_A_TIME) -> list[np.ndarray]:
    """Return all events in their order, in groups of at most so many hits and events; larger events stand alone.

    `sizes`: hits per event, int64 [events].
    """
    large = np.flatnonzero(sizes > hits)
    found: list[np.ndarray] = []
    # Large events cut the others into runs.
    for start, stop in pairwise([-1, *large.tolist(), len(sizes)]):
        small = np.arange(start + 1, stop)
        found += chain.from_iterable(_cut(group, events) for group in pack(sizes, small, hits))
        if stop < len(sizes):
            found.append(np.array([stop]))
    return found


def _cut(group: np.ndarray, most: int) -> list[np.ndarray]:
    return [group[start : start + most] for start in range(0, len(group), most)]


def predict_events(
    network: Network,
    source: CheckedSource,
    loader: CheckedNode,
    part: Part,
    groups: Sequence[np.ndarray] | None = None,
    truth: bool = False,
) -> Iterator[PredictedEvents]:
    """Yield what a network says of the events of a part, group by group, in their order.

    `groups`: the events that are predicted together, by default `packs` of all; `truth`: hand on the truth that the
    loader has. The next group is read while the network is at work. Raises InputError for data that cannot be used.
    """
    groups = packs(source.sizes(part)) if groups is None else groups
    hidden = set() if truth else declared_truth(loader.block)

    def read(group: np.ndarray) -> tuple[Columns, Columns, list[str]]:
        names = [source.describe(part, int(event)) for event in group]
        return source.read(part, group, None), source.original(part, group), names

    for group, (columns, original, names) in _ahead(groups, read):
        said = network(columns)
        yield PredictedEvents(
            numbers=np.asarray(group, dtype=np.int64),
            names=names,
            row_splits=columns[ROW_SPLITS].astype(np.int64),
            columns={name: columns[name] for name in loader.types if name not in hidden and name != ROW_SPLITS},
            outputs={name: said[name] for name in network.of_hits},
            original={name: column for name, column in original.items() if name not in hidden},
            others={name: value for name, value in said.items() if name not in network.of_hits},
            positions=network.positions,
        )


def _ahead(
    groups: Sequence[np.ndarray], read: Callable[[np.ndarray], tuple[Columns, Columns, list[str]]]
) -> Iterator[tuple[np.ndarray, tuple[Columns, Columns, list[str]]]]:
    """Yield every group with what was read of it; the next one is read meanwhile."""
    with ThreadPoolExecutor(1, "predict") as pool:
        waiting = pool.submit(read, groups[0]) if len(groups) else None
        for index, group in enumerate(groups):
            assert waiting is not None
            found = waiting.result()
            waiting = pool.submit(read, groups[index + 1]) if index + 1 < len(groups) else None
            yield group, found
