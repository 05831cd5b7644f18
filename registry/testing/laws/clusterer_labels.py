"""Clusters do not depend on the order of hits, nor on other events; labels count from 0 in every event."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from registry.contract.clusterer import Clusterer, Clusters
from registry.testing.broken import Broken
from registry.testing.clustering import partition
from registry.testing.law import CLUSTERERS, law
from registry.testing.subject import Subject
from registry.testing.values import rows_taken

BATCHES = ([25, 0, 40, 1], [3], [0], [1, 1])


@law("labels of clusters", CLUSTERERS, "work on one event after the other, and number its clusters from 0")
def check(subject: Subject) -> None:
    """Make clusters of events, of their hits in another order, and of each event alone."""
    block = subject.block
    assert isinstance(block, Clusterer)
    for seed, sizes in enumerate(BATCHES):
        values, hits = subject.values(sizes, seed), sum(sizes)
        row_splits, random = np.concatenate([[0], np.cumsum(sizes)]).astype(int), np.random.default_rng(seed)
        found = block.cluster(values)
        _require_labels(found, row_splits)
        order = np.concatenate([a + random.permutation(b - a) for a, b in pairwise(row_splits)]).astype(int)
        moved = block.cluster(rows_taken(values, subject.inputs, order, row_splits, hits))
        _compare(moved.assignment, found.assignment[order], row_splits, f"hits of events {sizes} in another order")
        for first, last in pairwise(row_splits):
            one = rows_taken(values, subject.inputs, np.arange(first, last), np.array([0, last - first]), hits)
            part = found.assignment[first:last]
            _compare(block.cluster(one).assignment, part, np.array([0, last - first]), f"an event of {sizes}, alone")


def _compare(found: np.ndarray, expected: np.ndarray, row_splits: np.ndarray, what: str) -> None:
    for first, last in pairwise(row_splits):
        mine, its = found[first:last], expected[first:last]
        if partition(mine) != partition(its):
            raise Broken(f"{what}: the same clusters, {its.tolist()}", mine.tolist())


def _require_labels(found: Clusters, row_splits: np.ndarray) -> None:
    assignment, points = found.assignment, found.condensation_point
    if len(assignment) != row_splits[-1] or len(points) != row_splits[-1]:
        raise Broken(f"{row_splits[-1]} labels, one a hit", f"{len(assignment)} and {len(points)}")
    for first, last in pairwise(row_splits):
        labels = np.unique(assignment[first:last])
        labels = labels[labels >= 0]
        if not np.array_equal(labels, np.arange(len(labels))):
            raise Broken("labels that count from 0 in every event", labels.tolist())
    chosen = points >= 0
    if (assignment[points[chosen]] != assignment[chosen]).any() or (assignment[chosen] < 0).any():
        raise Broken("condensation points within their own clusters", "others")
