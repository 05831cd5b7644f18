"""Declares the matcher by intersection over union."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from registry.contract.block import param
from registry.contract.matcher import Cuts, Matcher, Overlap


class Iou(Matcher):
    """Matches clusters to objects one to one so that the summed intersection over union is largest.

    `IoU = shared / (cluster + object - shared)`, sums of energy; only pairs with `IoU > threshold` match. From a
    threshold of 0.5 on, no choice is left: two clusters cannot both share more than half of one object.
    Source: HGCalML, modules/ShowersMatcher2.py; H. W. Kuhn, 1955 (the assignment).
    """

    name: ClassVar[str] = "iou"

    class Params(Cuts):
        """What matches, and what counts."""

        threshold: float = param(0.5, "a match has a larger intersection over union than this", ge=0, lt=1)

    def matched(self, overlap: Overlap, clusters: np.ndarray) -> np.ndarray:
        from scipy.optimize import linear_sum_assignment

        union = overlap.clusters.energy[overlap.cluster] + overlap.objects.energy[overlap.object] - overlap.energy
        iou = np.divide(overlap.energy, union, out=np.zeros(len(union)), where=union > 0)
        kept = np.flatnonzero((iou > self.params.threshold) & clusters[overlap.cluster])
        pair = np.full(len(clusters), -1, np.int64)
        if not len(kept):
            return pair
        # Clusters and objects without a possible match take no part in the assignment.
        rows, row = np.unique(overlap.cluster[kept], return_inverse=True)
        columns, column = np.unique(overlap.object[kept], return_inverse=True)
        gain, which = np.zeros((len(rows), len(columns))), np.full((len(rows), len(columns)), -1)
        gain[row, column], which[row, column] = iou[kept], kept
        chosen = linear_sum_assignment(gain, maximize=True)
        pair[rows[chosen[0]]] = which[chosen]
        return pair


BLOCKS = (Iou,)
