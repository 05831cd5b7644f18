"""Matches clusters to true objects by the energy they share."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from registry.contract.matching import Overlap


def best_pairs(overlap: Overlap, clusters: np.ndarray, threshold: float) -> np.ndarray:
    """Return the pair of each cluster for which the summed IoU is largest, int64 [clusters], -1 for none.

    `clusters`: bool [clusters], those that may match; only an IoU above `threshold` does.
    """
    iou = shares_of_union(overlap.by_weight or overlap)
    kept = np.flatnonzero((iou > threshold) & clusters[overlap.cluster])
    pair = np.full(len(clusters), -1, np.int64)
    if not len(kept):
        return pair
    for pairs in _groups(overlap.cluster[kept], overlap.object[kept]):
        own = kept[pairs]
        if len(own) == 1:
            pair[overlap.cluster[own]] = own
            continue
        rows, row = np.unique(overlap.cluster[own], return_inverse=True)
        columns, column = np.unique(overlap.object[own], return_inverse=True)
        gain, which = np.zeros((len(rows), len(columns))), np.full((len(rows), len(columns)), -1)
        gain[row, column], which[row, column] = iou[own], own
        chosen = match(gain, threshold)
        pair[rows[chosen[:, 0]]] = which[chosen[:, 0], chosen[:, 1]]
    return pair


def shares_of_union(overlap: Overlap) -> np.ndarray:
    """Return `shared / (cluster + object - shared)` of energies, float64 [pairs]; 0 where there is none."""
    union = overlap.clusters.energy[overlap.cluster] + overlap.objects.energy[overlap.object] - overlap.energy
    share: np.ndarray = np.divide(overlap.energy, union, out=np.zeros(len(union)), where=union > 0)
    return share


def _groups(cluster: np.ndarray, object_: np.ndarray) -> list[np.ndarray]:
    """Return the possible pairs in groups that share no cluster and no object: each is assigned alone.

    All at once would take a matrix of clusters x objects, and time that grows with the cube of their number.
    """
    clusters, row = np.unique(cluster, return_inverse=True)
    objects, column = np.unique(object_, return_inverse=True)
    size = len(clusters) + len(objects)
    links = coo_array((np.ones(len(row), bool), (row, column + len(clusters))), shape=(size, size))
    group = connected_components(links, directed=False)[1][row]
    order = np.argsort(group, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


def match(iou: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    """Return the pairs (cluster, object) that maximise the summed IoU, int64 [matched, 2]; only IoU > threshold counts.

    `iou`: [clusters, objects]. From a threshold of 0.5 on the matching is unique: two clusters cannot both hold more
    than half of one object. Source: HGCalML, modules/ShowersMatcher2.py.
    """
    accepted = np.where(iou > threshold, iou, 0.0)
    clusters, objects = linear_sum_assignment(accepted, maximize=True)
    real = accepted[clusters, objects] > 0
    return np.stack([clusters[real], objects[real]], axis=1)
