"""The read-out of learned edges."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from registry.contract.clusterer import Clusters
from registry.contract.data import Columns
from registry.contract.labels import Labels, clusters_by_event, ranked


def clusters(columns: Columns, threshold: float, min_hits: int) -> Clusters:
    """Return the clusters of every event; edges that leave the event, as -1 does, connect nothing."""
    neighbours = np.asarray(columns["neighbour_indices"], dtype=np.int64)
    score = np.asarray(columns["edge_score"], dtype=np.float64)

    def event(own: slice) -> Labels:
        hits, ends = own.stop - own.start, neighbours[own] - own.start
        kept = (score[own] > threshold) & (ends >= 0) & (ends < hits)
        starts, _ = np.nonzero(kept)
        edges = coo_array((np.ones(len(starts), bool), (starts, ends[kept])), shape=(hits, hits))
        _, labels = connected_components(edges, directed=False)
        size = np.bincount(labels, minlength=1)
        return ranked(np.where(size[labels] >= min_hits, labels, -1), np.ones(hits)), None

    return clusters_by_event(columns["row_splits"], event)
