"""Matches clusters to true objects by the energy they share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import linear_sum_assignment

from registry.contract.cuts import Cuts
from registry.contract.matching import Matches, Overlap, matches_of


@dataclass(frozen=True)
class Criteria:
    """What counts: hits an object and a cluster need (else they are left out), and the IoU that a match must exceed."""

    iou_threshold: float = 0.5
    min_object_hits: int = 2
    min_cluster_hits: int = 1

    def match(self, overlap: Overlap) -> Matches:
        """Return the matches of one event, as the matcher `iou` does."""
        cuts = Cuts(min_object_hits=self.min_object_hits, min_cluster_hits=self.min_cluster_hits)
        return matches_of(overlap, cuts, partial(best_pairs, threshold=self.iou_threshold))


def large_objects(truth_index: np.ndarray, min_hits: int) -> np.ndarray:
    """Return the truth indices [hits] of one event, with -1 for those of objects with fewer hits."""
    labels, number, hits = np.unique(truth_index, return_inverse=True, return_counts=True)
    kept = (labels >= 0) & (hits >= min_hits)
    return np.where(kept[number.reshape(-1)], truth_index, -1) if len(labels) else truth_index


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
