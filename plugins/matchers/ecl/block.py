"""Declares the matcher of Belle II's calorimeter."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from registry.contract.block import param
from registry.contract.matcher import Cuts, Matcher, Overlap


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
        true = overlap.objects.energy if overlap.true_energy is None else overlap.true_energy
        enough = overlap.energy > self.params.cluster_share * overlap.clusters.energy[overlap.cluster]
        enough &= overlap.energy > self.params.object_share * true[overlap.object]
        pair = overlap.majority(np.where(enough, overlap.energy, -1.0))
        passed = pair >= 0
        passed[passed] = enough[pair[passed]]
        return np.where(passed & clusters, pair, -1)


BLOCKS = (Ecl,)
