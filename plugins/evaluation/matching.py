"""Matches clusters to true objects by the energy they share."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from registry.contract.matching import Overlap


def best_pairs(overlap: Overlap, clusters: np.ndarray, threshold: float) -> np.ndarray:
    """Return the pair of each cluster for which the summed IoU is largest, int64 [clusters], -1 for none.

    `clusters`: bool [clusters], those that may match; only an IoU above `threshold` does.
    """
    union = overlap.clusters.energy[overlap.cluster] + overlap.objects.energy[overlap.object] - overlap.energy
    iou = np.divide(overlap.energy, union, out=np.zeros(len(union)), where=union > 0)
    kept = np.flatnonzero((iou > threshold) & clusters[overlap.cluster])
    pair = np.full(len(clusters), -1, np.int64)
    if not len(kept):
        return pair
    # Clusters and objects without a possible match take no part in the assignment.
    rows, row = np.unique(overlap.cluster[kept], return_inverse=True)
    columns, column = np.unique(overlap.object[kept], return_inverse=True)
    gain, which = np.zeros((len(rows), len(columns))), np.full((len(rows), len(columns)), -1)
    gain[row, column], which[row, column] = iou[kept], kept
    chosen = match(gain, threshold)
    pair[rows[chosen[:, 0]]] = which[chosen[:, 0], chosen[:, 1]]
    return pair


def match(iou: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    """Return the pairs (cluster, object) that maximise the summed IoU, int64 [matched, 2]; only IoU > threshold counts.

    `iou`: [clusters, objects]. From a threshold of 0.5 on the matching is unique: two clusters cannot both hold more
    than half of one object. Source: HGCalML, modules/ShowersMatcher2.py.
    """
    accepted = np.where(iou > threshold, iou, 0.0)
    clusters, objects = linear_sum_assignment(accepted, maximize=True)
    real = accepted[clusters, objects] > 0
    return np.stack([clusters[real], objects[real]], axis=1)
