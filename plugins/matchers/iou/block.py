"""Declares the matcher by intersection over union."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from registry.contract.block import param
from registry.contract.cuts import Cuts
from registry.contract.matcher import Matcher

if TYPE_CHECKING:
    import numpy as np

    from registry.contract.matching import Overlap


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
        from registry.plugins.evaluation.matching import best_pairs

        return best_pairs(overlap, clusters, self.params.threshold)


BLOCKS = (Iou,)
