"""Neighbour search on NumPy arrays: who looks for neighbours, who may be one, and the rows of those who do not look."""

from __future__ import annotations

import numba
import numpy as np

from registry.plugins.kernels.compiled import search, tree
from registry.plugins.kernels.compiled.runtime import aligned, run

# Tiles of sixteen hits that share one walk through the tree. More make the walk cheaper a hit, and the list of tiles
# that every hit goes through longer: 16 was the best of 2 to 16 at 8 and 64 neighbours, in three and six dimensions.
GROUP_TILES = 16


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
    finite = np.isfinite(coordinates).all(axis=1)
    looking = candidate = finite
    if direction is not None:
        looking = finite & (direction != 0) & (direction != 2)
        candidate = finite & (direction != 1) & (direction != 2)
    indices = aligned((hits, n_neighbours + 1), np.int32)
    distances = aligned((hits, n_neighbours + 1), np.float32)
    alone = np.flatnonzero(~looking)
    indices[alone], distances[alone] = -1, 0
    indices[alone, 0] = alone
    points, threads = np.ascontiguousarray(coordinates), numba.get_num_threads()
    candidates = run(tree.build, points, row_splits, candidate, threads)
    queries = candidates if direction is None else run(tree.build, points, row_splits, looking, threads)
    run(search.search, candidates, queries, GROUP_TILES, indices, distances)
    return indices, distances


def _check_row_splits(row_splits: np.ndarray, hits: int) -> None:
    if row_splits.size < 1 or row_splits[0] != 0 or row_splits[-1] != hits or (np.diff(row_splits) < 0).any():
        raise ValueError(
            f"nearest_neighbours: expected row splits that ascend from 0 to {hits}, the number of hits; "
            f"received {row_splits}; try the row splits that came with these hits"
        )
