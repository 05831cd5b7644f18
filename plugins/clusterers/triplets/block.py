"""Declares the read-out without a network for trackers: a search by triplets, and track following."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.block import BlockParams, Port, param
from registry.contract.clusterer import Clusterer, Clusters
from registry.contract.data import Columns
from registry.plugins.shared.ports import ROW_SPLITS


class Triplets(Clusterer):
    """Makes tracks of hits that lie on a line or a circle: triplets are seeds, and are followed from hit to hit.

    Doublets: a hit, and one farther from the beam within `max_step`, whose line passes the beam within
    `max_distance`, at |z| within `max_z`; of these the `max_followers` nearest. A third hit fits a doublet if it is
    within `max_chi` standard deviations of where the two point to: `sigma^2 = resolution^2 (1 + (1 + q)^2 + q^2) +
    (scattering l)^2`, l the second step, q the ratio of both. The bend across the beam may be up to `max_curvature`.
    Triplets are followed outwards, to the hit that fits the last two best among those of the nearest layer (and keeps
    the curvature). Tracks are taken by falling number of hits, then rising mean of chi squared; a hit is of one track;
    of its hits at most `max_shared` may be taken already. Tracks of `min_hits` have to pass `short_chi`. It needs no
    training and no number of layers: the baseline to compare networks with. Source: search by triplet,
    arXiv:2207.03936; CMS pixel tracks, arXiv:2008.13461.
    """

    name: ClassVar[str] = "triplets"
    inputs = (Port("coordinates", "hits 3", "position of the hit: x, y, z, the beam along z", unit="cm"), ROW_SPLITS)
    thresholds: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "max_chi": (2.0, 3.0, 4.0, 6.0, 9.0),
        "short_chi": (0.5, 1.0, 1.5, 2.0, 3.0),
    }

    class Params(BlockParams):
        """What the detector measures, and what a track is."""

        resolution: float = param(0.0012, "standard deviation of a hit's position, cm", gt=0)
        scattering: float = param(0.003, "standard deviation of a track's direction behind a layer, rad", ge=0)
        max_curvature: float = param(0.0, "largest curvature across the beam, 1/cm; 0 without a field", ge=0)
        max_step: float = param(20.0, "longest step from hit to hit, cm", gt=0)
        max_distance: float = param(0.3, "tracks pass the beam within this distance, cm", gt=0)
        max_z: float = param(20.0, "tracks pass the beam at |z| up to this, cm", gt=0)
        max_followers: int = param(32, "hits that may follow a hit, the nearest", ge=1)
        max_chi: float = param(4.0, "a hit is on a track within so many standard deviations", gt=0)
        short_chi: float = param(2.0, "root mean square of those deviations, for tracks of `min_hits`", gt=0)
        min_hits: int = param(3, "fewest hits of a track", ge=3)
        max_shared: float = param(0.3, "share of a track's hits that another track may have taken", ge=0, le=1)

    def cluster(self, columns: Columns) -> Clusters:
        from registry.plugins.clusterers.triplets.rule import clusters

        return clusters(columns, self.params)


BLOCKS = (Triplets,)
