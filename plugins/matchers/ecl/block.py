"""Declares the matcher of Belle II's calorimeter."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from registry.contract.block import param
from registry.contract.cuts import Cuts
from registry.contract.matcher import Matcher

if TYPE_CHECKING:
    import numpy as np

    from registry.contract.matching import Overlap


class Ecl(Matcher):
    """Matches a cluster to the object of most energy in it, if that is enough of both; several may match one object.

    With w the energy that cluster and object share: `w / E_cluster > cluster_share` and `w / E_object > object_share`,
    E_object the true energy, or what the hits have of it where the data do not say. Of several objects that pass, the
    one with the largest w matches. Source: Belle II software (basf2), MCMatcherECLClustersModule.
    """

    name: ClassVar[str] = "ecl"

    class Params(Cuts):
        """What is enough, and what counts."""

        cluster_share: float = param(0.2, "the match has more than this of the cluster's energy", ge=0, lt=1)
        object_share: float = param(0.3, "the cluster has more than this of the object's energy", ge=0, lt=1)

    def matched(self, overlap: Overlap, clusters: np.ndarray) -> np.ndarray:
        from registry.plugins.matchers.ecl.rule import largest_enough

        return largest_enough(overlap, clusters, self.params.cluster_share, self.params.object_share)


BLOCKS = (Ecl,)
