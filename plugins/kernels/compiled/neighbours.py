"""Neighbour search on NumPy arrays: who looks for neighbours, who may be one, and the rows of those who do not look."""

from __future__ import annotations

import numba
import numpy as np

from registry.plugins.kernels.compiled import search, tree
from registry.plugins.kernels.compiled.runtime import aligned, run
from registry.plugins.kernels.compiled.vectors import LANES

WORK_A_THREAD, A_SEARCH = 30_000, 32
"""What is worth waking a thread, in neighbours found; a search counts as so many of them besides its own."""


def find(
    coordinates: np.ndarray, row_splits: np.ndarray, n_neighbours: int, direction: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return indices and squared distances of the nearest neighbours, as `kernels.nearest_neighbours` defines them.

    Args:
        coordinates: [hits, d] float32.
        row_splits: [events + 1] int32, from 0 to hits.
        n_neighbours: neighbours besides the hit itself.
        direction: [hits] int32 or None.

    Raises:
        ValueError: the row splits do not run from 0 to the number of hits, ascending.
    """
    hits = coordinates.shape[0]
    _check_row_splits(row_splits, hits)
    indices, bits = _two_tables(hits, n_neighbours + 1)
    points = np.ascontiguousarray(coordinates)
    directions = _NO_DIRECTIONS if direction is None else np.ascontiguousarray(direction)
    candidates = run(tree.build, points, row_splits, directions, tree.NOT_FOUND)
    queries = candidates if direction is None else run(tree.build, points, row_splits, directions, tree.NOT_LOOKING)
    if queries.counts.sum() < hits:
        indices[:], bits[:] = -1, 0
        indices[:, 0] = np.arange(hits)
    threads = max(1, min(numba.get_num_threads(), hits * (n_neighbours + A_SEARCH) // WORK_A_THREAD))
    run(search.search, candidates, queries, threads, indices, bits)
    return indices, bits.view(np.float32)


def _two_tables(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two int32 tables for TensorFlow to take over.

    They share one piece of memory: of two, the allocator gives the larger half back to the system when they are freed,
    and taking it again, page by page, takes as long as a search.
    """
    size = rows * columns
    both = aligned((2, -(-size // LANES) * LANES), np.int32)
    return both[0, :size].reshape(rows, columns), both[1, :size].reshape(rows, columns)


_NO_DIRECTIONS = np.zeros(0, np.int32)


def _check_row_splits(row_splits: np.ndarray, hits: int) -> None:
    if row_splits.size < 1 or row_splits[0] != 0 or row_splits[-1] != hits or (row_splits[1:] < row_splits[:-1]).any():
        raise ValueError(
            f"nearest_neighbours: expected row splits that ascend from 0 to {hits}, the number of hits; "
            f"received {row_splits}; try the row splits that came with these hits"
        )
