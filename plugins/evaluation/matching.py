"""Matches clusters to true objects by the energy they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment


@dataclass(frozen=True)
class Criteria:
    """What counts: hits an object and a cluster need (else they are left out), and the IoU that a match must exceed."""

    iou_threshold: float = 0.5
    min_object_hits: int = 2
    min_cluster_hits: int = 1


@dataclass(frozen=True)
class Overlap:
    """Energy that clusters and objects of one event share.

    `clusters` [clusters], `objects` [objects]: their labels; `shared` [clusters, objects], `cluster_energy` [clusters]
    and `object_energy` [objects]: sums over hits, in the unit of the weights. Noise hits in a cluster count in
    `cluster_energy`, and hits of an object that joined no cluster in `object_energy`.
    """

    clusters: np.ndarray
    objects: np.ndarray
    shared: np.ndarray
    cluster_energy: np.ndarray
    object_energy: np.ndarray

    def iou(self) -> np.ndarray:
        """Return `shared / (cluster + object - shared)`, [clusters, objects], 0 where nothing has energy."""
        union = self.cluster_energy[:, None] + self.object_energy[None, :] - self.shared
        return np.divide(self.shared, union, out=np.zeros_like(self.shared), where=union > 0)


def overlap(
    assignment: np.ndarray, truth_index: np.ndarray, energy: np.ndarray, criteria: Criteria | None = None
) -> Overlap:
    """Return how the clusters of one event overlap with its objects; labels below 0 are noise.

    `assignment`, `truth_index`: integers [hits]; `energy`: weights [hits], GeV.
    Source: HGCalML, modules/ShowersMatcher2.py.
    """
    criteria = criteria or Criteria()
    energy = np.asarray(energy, dtype=np.float64).reshape(-1)
    clusters, cluster_of = _number(np.asarray(assignment).reshape(-1), criteria.min_cluster_hits)
    objects, object_of = _number(np.asarray(truth_index).reshape(-1), criteria.min_object_hits)
    both = (cluster_of >= 0) & (object_of >= 0)
    pair = cluster_of[both] * len(objects) + object_of[both]
    shared = np.bincount(pair, energy[both], minlength=len(clusters) * len(objects))
    return Overlap(
        clusters,
        objects,
        shared.reshape(len(clusters), len(objects)).astype(np.float64),
        _sums(cluster_of, energy, len(clusters)),
        _sums(object_of, energy, len(objects)),
    )


def _number(labels: np.ndarray, min_hits: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels with enough hits, and for each hit the position of its label among them, or -1."""
    found, position, hits = np.unique(labels, return_inverse=True, return_counts=True)
    kept = (found >= 0) & (hits >= min_hits)
    number = np.where(kept, np.cumsum(kept) - 1, -1)
    return found[kept], number[position]


def _sums(group: np.ndarray, energy: np.ndarray, groups: int) -> np.ndarray:
    grouped = group >= 0
    return np.bincount(group[grouped], energy[grouped], minlength=groups).astype(np.float64)


def match(iou: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    """Return the pairs (cluster, object) that maximise the summed IoU, int64 [matched, 2]; only IoU > threshold counts.

    `iou`: [clusters, objects]. From a threshold of 0.5 on the matching is unique: two clusters cannot both hold more
    than half of one object. Source: HGCalML, modules/ShowersMatcher2.py.
    """
    accepted = np.where(iou > threshold, iou, 0.0)
    clusters, objects = linear_sum_assignment(accepted, maximize=True)
    real = accepted[clusters, objects] > 0
    return np.stack([clusters[real], objects[real]], axis=1)
