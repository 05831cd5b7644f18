"""Helps read-outs to walk over events and to number clusters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from registry.contract.clusterer import Clusters

Labels = tuple[np.ndarray, np.ndarray | None]
"""The cluster of each hit of an event, and the hit that it formed around, as `clusters_by_event` takes them."""


def clusters_by_event(row_splits: np.ndarray, event: Callable[[slice], Labels]) -> Clusters:
    """Return the clusters that `event` finds in the hits of a slice, event by event.

    `event` returns the cluster of each hit [hits of the event], below 0 for none, and the position within the event of
    the hit that its cluster formed around, or None.
    """
    splits = np.asarray(row_splits).reshape(-1)
    hits = int(splits[-1]) if len(splits) else 0
    found = Clusters(np.full(hits, -1, np.int32), np.full(hits, -1, np.int64))
    for start, stop in zip(splits[:-1].tolist(), splits[1:].tolist(), strict=True):
        if stop > start:
            labels, points = event(slice(start, stop))
            found.assignment[start:stop] = np.where(labels >= 0, labels, -1)
            if points is not None:
                found.condensation_point[start:stop] = np.where((labels >= 0) & (points >= 0), points + start, -1)
    return found


def flat(column: np.ndarray) -> np.ndarray:
    """Return a column [hits, 1] as float64 [hits]."""
    return np.asarray(column, dtype=np.float64).reshape(-1)


def ranked(labels: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return cluster labels [hits] numbered anew from 0 by falling sum of `weight` [hits]; below 0 stays -1.

    Of equal sums, the cluster that has the first hit comes first.
    """
    inside = labels >= 0
    if not inside.any():
        return np.full(len(labels), -1, np.int32)
    _, first, number = np.unique(labels[inside], return_index=True, return_inverse=True)
    sums = np.bincount(number, weight[inside])
    rank = np.empty(len(sums), np.int32)
    rank[np.lexsort((first, -sums))] = np.arange(len(sums))
    result = np.full(len(labels), -1, np.int32)
    result[inside] = rank[number]
    return result
