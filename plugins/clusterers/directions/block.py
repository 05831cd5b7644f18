"""Declares the read-out DBSCAN on directions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.block import BlockParams, Port, param
from registry.contract.clusterer import Clusterer, Clusters
from registry.contract.data import Columns
from registry.plugins.shared.ports import ROW_SPLITS


class DirectionDbscan(Clusterer):
    """Makes clusters of hits that are seen from the origin in one direction: DBSCAN on angles.

    Formula: `dbscan` in the space `[cos phi, sin phi, eta_scale eta]` of the hits' positions, eta = asinh(z / r):
    tracks that begin near the origin and bend little are narrow in it. It needs no training: a baseline for trackers.
    Source: TrackML's starting kit, arXiv:1904.06778; M. Ester et al., KDD 1996.
    """

    name: ClassVar[str] = "direction_dbscan"
    inputs = (Port("coordinates", "hits 3", "position of the hit: x, y, z, the beam along z", unit="cm"), ROW_SPLITS)
    thresholds: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "eps": (0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1),
        "eta_scale": (0.01, 0.03, 0.1, 0.3),
    }
    exempt: ClassVar[Mapping[str, str]] = {"singletons": "how far out a hit is does not matter, only its direction"}

    class Params(BlockParams):
        """What is one direction."""

        eps: float = param(0.01, "hits within this distance are neighbours; rad across the beam", gt=0)
        eta_scale: float = param(0.03, "what a unit of pseudorapidity counts beside a radian of azimuth", ge=0)
        min_samples: int = param(2, "neighbours that a core hit has, itself included", ge=1)

    def cluster(self, columns: Columns) -> Clusters:
        import numpy as np

        from registry.plugins.clusterers.dbscan.rule import clusters

        x, y, z = np.asarray(columns["coordinates"], dtype=np.float64).T
        radius = np.hypot(x, y)
        safe = np.where(radius > 0, radius, 1e-9)
        space = np.stack([x / safe, y / safe, self.params.eta_scale * np.arcsinh(z / safe)], axis=1)
        return clusters({**columns, "coordinates": space}, self.params.eps, self.params.min_samples)


BLOCKS = (DirectionDbscan,)
