"""The read-out by all edges, event by event."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from registry.contract.clusterer import Clusters
from registry.contract.data import Columns
from registry.contract.labels import Labels, clusters_by_event, ranked
from registry.plugins.clusterers.multicut.contraction import contracted

SMALLEST = 1e-6
"""Scores are kept this far from 0 and 1."""

Edges = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Both hits of each edge, the first one before the second, and its score."""


class Cuts:
    """The edges of some events, cut at several thresholds: clusters that differ in the other limits are made once."""

    def __init__(self, columns: Columns) -> None:
        self._splits = np.asarray(columns["row_splits"]).reshape(-1)
        neighbours = np.asarray(columns["neighbour_indices"], dtype=np.int64)
        score = np.asarray(columns["edge_score"], dtype=np.float64)
        numbers = columns.get("exclusive")
        hits = len(neighbours)
        self._numbers = np.full(hits, -1) if numbers is None else np.asarray(numbers).reshape(-1).astype(np.int64)
        self._edges = {
            start: edges(neighbours[start:stop] - start, score[start:stop])
            for start, stop in pairwise(self._splits.tolist())
        }
        self._known: dict[float, dict[int, np.ndarray]] = {}

    def clusters(self, threshold: float, min_score: float, min_hits: int) -> Clusters:
        """Return the clusters of every event."""
        cut = self._known.setdefault(threshold, {})

        def event(own: slice) -> Labels:
            if own.start not in cut:
                first, second, score = self._edges[own.start]
                weight = logit(score) - logit(threshold)
                cut[own.start] = contracted(first, second, weight, self._numbers[own])
            labels = cut[own.start]
            size = np.bincount(labels, minlength=1)
            kept = size >= min_hits
            if min_score > 0:
                kept &= mean_scores(labels, *self._edges[own.start]) > min_score
            return ranked(np.where(kept[labels], labels, -1), np.ones(len(labels))), None

        return clusters_by_event(self._splits, event)


def edges(neighbours: np.ndarray, score: np.ndarray) -> Edges:
    """Return the edges of an event, each once, with the mean of its scores; those that leave the event are none.

    `neighbours`: [hits, K], places in the event; `score` [hits, K].
    """
    hits = len(neighbours)
    kept = (neighbours >= 0) & (neighbours < hits) & np.isfinite(score)
    kept &= neighbours != np.arange(hits)[:, None]
    starts, _ = np.nonzero(kept)
    ends = neighbours[kept]
    pairs, place = np.unique(np.minimum(starts, ends) * max(hits, 1) + np.maximum(starts, ends), return_inverse=True)
    mean = np.bincount(place, score[kept], len(pairs)) / np.maximum(np.bincount(place, minlength=len(pairs)), 1)
    return pairs // max(hits, 1), pairs % max(hits, 1), mean


def logit(score: np.ndarray | float) -> np.ndarray:
    """Return ln(p / (1 - p))."""
    kept = np.clip(score, SMALLEST, 1 - SMALLEST)
    return np.asarray(np.log(kept) - np.log1p(-kept))


def mean_scores(labels: np.ndarray, first: np.ndarray, second: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Return the mean score of the edges within each cluster, [clusters]; 0 for a cluster without edges."""
    own = labels[first]
    within = own == labels[second]
    clusters = int(labels.max(initial=-1)) + 1
    total, count = (np.bincount(own[within], values, clusters) for values in (score[within], np.ones(within.sum())))
    return np.asarray(total / np.maximum(count, 1))
