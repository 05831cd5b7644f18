"""Matches clusters to true objects by the energy they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from registry.measuring.overlaps import overlap_of, whole_hits


@dataclass(frozen=True)
class Criteria:
    """What counts: hits an object and a cluster need (else they are left out), and the IoU that a match must exceed."""

    iou_threshold: float = 0.5
    min_object_hits: int = 2
    min_cluster_hits: int = 1


@dataclass(frozen=True)
class Shares:
    """Energy that clusters and objects of one event share, of those with enough hits.

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
) -> Shares:
    """Return how the clusters of one event overlap with its objects; labels below 0 are noise.

    `assignment`, `truth_index`: integers [hits]; `energy`: weights [hits], GeV.
    Source: HGCalML, modules/ShowersMatcher2.py.
    """
    criteria = criteria or Criteria()
    every = overlap_of(assignment, whole_hits(truth_index), energy)
    shared = np.zeros((len(every.clusters.labels), len(every.objects.labels)))
    shared[every.cluster, every.object] = every.energy
    clusters = every.clusters.hits >= criteria.min_cluster_hits
    objects = every.objects.hits >= criteria.min_object_hits
    return Shares(
        every.clusters.labels[clusters],
        every.objects.labels[objects],
        shared[clusters][:, objects],
        every.clusters.energy[clusters],
        every.objects.energy[objects],
    )


def match(iou: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    """Return the pairs (cluster, object) that maximise the summed IoU, int64 [matched, 2]; only IoU > threshold counts.

    `iou`: [clusters, objects]. From a threshold of 0.5 on the matching is unique: two clusters cannot both hold more
    than half of one object. Source: HGCalML, modules/ShowersMatcher2.py.
    """
    accepted = np.where(iou > threshold, iou, 0.0)
    clusters, objects = linear_sum_assignment(accepted, maximize=True)
    real = accepted[clusters, objects] > 0
    return np.stack([clusters[real], objects[real]], axis=1)
