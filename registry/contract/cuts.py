"""Which clusters and objects count when a network is judged."""

from __future__ import annotations

from registry.contract.parameters import BlockParams, param


class Cuts(BlockParams):
    """What counts: an object or cluster below one of these is neither lost nor fake."""

    min_object_hits: int = param(1, "hits of an object that counts", ge=0)
    min_object_energy: float = param(0.0, "true energy of an object that counts, GeV", ge=0)
    min_object_pt: float = param(0.0, "true transverse momentum of an object that counts, GeV", ge=0)
    min_cluster_hits: int = param(1, "hits of a cluster that counts", ge=1)
    min_cluster_energy: float = param(0.0, "energy of a cluster that counts, GeV", ge=0)
