"""Declares the matcher by intersection over union."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from registry.contract.block import param
from registry.contract.cuts import Cuts
from registry.contract.matcher import Matcher

if TYPE_CHECKING:
    import numpy as np

    from registry.contract.clusterer import Clusters
    from registry.contract.matching import Overlap


class Iou(Matcher):
    """Matches clusters to objects one to one so that the summed intersection over union is largest.

    `IoU = shared / (cluster + object - shared)`, sums of energy; only pairs with `IoU > threshold` match. From a
    threshold of 0.5 on, no choice is left: two clusters cannot both share more than half of one object. With
    `track_weight`, a track that a cluster formed around counts so much in these sums, and every other track nothing:
    the cluster matches the object of its track. What is measured stays in energies.
    Source: HGCalML, modules/ShowersMatcher2.py, on branch phd ShowersMatcher3.py; H. W. Kuhn, 1955 (the assignment).
    """

    name: ClassVar[str] = "iou"

    class Params(Cuts):
        """What matches, and what counts."""

        threshold: float = param(0.5, "a match has a larger intersection over union than this", ge=0, lt=1)
        track_weight: float | None = param(
            None, "a track that a cluster formed around weighs this, others 0; null: tracks weigh their energy", gt=0
        )

    @property
    def takes(self) -> tuple[str, ...]:
        return () if self.params.track_weight is None else ("is_track",)

    def weights_of_hits(self, hits: Mapping[str, np.ndarray], clusters: Clusters) -> np.ndarray | None:
        from registry.plugins.matchers.iou.weights import with_tracks

        weight = self.params.track_weight
        return None if weight is None else with_tracks(hits, clusters.condensation_point, weight)

    def matched(self, overlap: Overlap, clusters: np.ndarray) -> np.ndarray:
        from registry.plugins.evaluation.matching import best_pairs

        return best_pairs(overlap, clusters, self.params.threshold)


BLOCKS = (Iou,)
