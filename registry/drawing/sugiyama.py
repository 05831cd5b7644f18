"""Sugiyama's search for an order with few crossings, from igraph."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

ROUNDS = 50
"""Rounds of the search."""


@contextmanager
def _without_matplotlib() -> Iterator[None]:
    """Hide matplotlib from an import: igraph would load pyplot, which takes longer than a whole layout."""
    if "matplotlib" in sys.modules:
        yield
        return
    sys.modules["matplotlib"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["matplotlib"]


with _without_matplotlib():
    import igraph


def order_across(count: int, edges: Sequence[tuple[int, int]], layers: Sequence[int]) -> list[float]:
    """Return where each of `count` items stands in its layer, as a number that grows from left to right."""
    graph = igraph.Graph(count, edges, directed=True)
    layout = graph.layout_sugiyama(layers=layers, maxiter=ROUNDS)
    return [float(x) for x, _ in layout.coords]
