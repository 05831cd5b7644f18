"""How many pairs of hits of one object are neighbours, in every space of a graph that does not learn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from registry.contract.data import Columns
from registry.training.checked_source import CheckedSource
from registry.wiring.checked_graph import CheckedGraph, Ref
from registry.wiring.loaders import ROW_SPLITS

MOST_HITS = 50_000
"""Hits of the training part that are looked at, and an event at the least."""

INDICES = "neighbour_indices"
"""The output that makes a node a search for neighbours."""


@dataclass(frozen=True)
class Neighbourhood:
    """A search for neighbours: its node, the tensor that it searches in, and how many neighbours a hit has.

    `pairs`: of two hits of one object, each counted from either hit; `found`: those that are neighbours; `neighbours`:
    all neighbours of hits of objects. A hit is no neighbour of itself.
    """

    node: str
    space: str
    k: int
    pairs: int
    found: int
    neighbours: int

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        return {**asdict(self), "share_of_pairs": self.found / self.pairs if self.pairs else None}

    @property
    def text(self) -> str:
        """What it says, for the terminal."""
        pairs = f"{100 * self.found / self.pairs:.1f} %" if self.pairs else "none"
        same = f"{100 * self.found / self.neighbours:.1f} %" if self.neighbours else "none"
        return f"{pairs} of the pairs of one object are among the {self.k} nearest, which are {same} of these"


def fixed_searches(checked: CheckedGraph) -> list[str]:
    """Return the nodes that search neighbours in a space without weights, made of the loader's columns alone."""
    return [
        path
        for path, node in checked.nodes.items()
        if INDICES in node.types and isinstance(node.inputs.get("coordinates"), Ref) and _is_fixed(checked, path)
    ]


def _is_fixed(checked: CheckedGraph, path: str) -> bool:
    nodes = [checked.nodes[name] for name in checked.ancestors([Ref(path, INDICES)])]
    return all(not node.weights.trainable and not node.weights.frozen and node.weights.known for node in nodes)


def look_at_neighbours(checked: CheckedGraph, source: CheckedSource) -> list[Neighbourhood]:
    """Return what the training events say of every such space; none without truth, or without hits."""
    searches = fixed_searches(checked)
    if not searches or "truth_index" not in checked.loader.types or not source.sizes("train").any():
        return []
    from registry.compiling.layers import build_layer

    nodes = checked.ancestors([Ref(path, INDICES) for path in searches])
    layers = {path: build_layer(path, checked.nodes[path]) for path in nodes if path != checked.loader.written.path}
    counts = {path: np.zeros(3, np.int64) for path in searches}
    widths = dict.fromkeys(searches, 0)
    for columns in _events(source):
        values = _values(checked, layers, columns)
        for path in searches:
            near = np.asarray(values[Ref(path, INDICES)])
            own, widths[path] = counted(near, columns["truth_index"], columns[ROW_SPLITS])
            counts[path] += own
    return [
        Neighbourhood(path, str(checked.nodes[path].inputs["coordinates"]), widths[path], *map(int, counts[path]))
        for path in searches
    ]


def _events(source: CheckedSource) -> Iterator[Columns]:
    hits = 0
    for event, size in enumerate(source.sizes("train").tolist()):
        if hits and hits + size > MOST_HITS:
            return
        hits += size
        yield source.read("train", np.array([event]), None)


def _values(checked: CheckedGraph, layers: dict[str, Any], columns: Columns) -> dict[Ref, Any]:
    import tensorflow as tf

    from registry.compiling.layers import by_port, call_layer
    from registry.compiling.model import arguments

    loader = checked.loader.written.path
    values = {Ref(loader, port): tf.convert_to_tensor(value) for port, value in columns.items()}
    for path, layer in layers.items():
        node = checked.nodes[path]
        result = call_layer(path, node, layer, arguments(node, values))
        values |= by_port(path, node, layer, result)
    return values


def counted(neighbours: np.ndarray, truth_index: np.ndarray, row_splits: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the pairs of one object, those that are neighbours, and the neighbours of hits of objects; and K.

    `neighbours` [hits, K]: positions of hits, -1 for none, the hit itself among them or not; `truth_index` [hits, 1].
    """
    truth = np.asarray(truth_index).reshape(-1)
    hits, width = np.arange(len(truth)), neighbours.shape[1]
    of_object = truth >= 0
    event = np.repeat(np.arange(len(row_splits) - 1), np.diff(row_splits))
    _, sizes = np.unique(np.stack([event, truth])[:, of_object], axis=1, return_counts=True)
    there = (neighbours >= 0) & (neighbours != hits[:, None]) & of_object[:, None]
    same = there & (truth[np.maximum(neighbours, 0)] == truth[:, None])
    listed = bool(len(hits)) and bool((neighbours == hits[:, None]).any())
    return np.array([(sizes * (sizes - 1)).sum(), same.sum(), there.sum()]), width - listed
