"""Declares the read-out DBSCAN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from registry.contract.block import BlockParams, Port, param
from registry.contract.clusterer import Clusterer, Clusters, Labels, clusters_by_event, ranked
from registry.contract.data import Columns
from registry.plugins.shared.ports import ROW_SPLITS


class Dbscan(Clusterer):
    """Makes clusters of hits that are connected through dense places, as scikit-learn does.

    A core hit has `min_samples` hits or more within `eps`, itself included; core hits within `eps` of each other are
    one cluster, other hits within `eps` of a core join it, the rest is in no cluster. Clusters are numbered by falling
    number of hits. Source: M. Ester et al., KDD 1996; read-out of learned spaces: arXiv:2309.16754.
    """

    name: ClassVar[str] = "dbscan"
    inputs = (Port("coordinates", "hits dimensions", "place in the learned space"), ROW_SPLITS)
    thresholds: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "eps": (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99),
    }

    class Params(BlockParams):
        """What is dense."""

        eps: float = param(0.5, "hits within this distance are neighbours; unit of the space", gt=0)
        min_samples: int = param(1, "neighbours that a core hit has, itself included", ge=1)

    def cluster(self, columns: Columns) -> Clusters:
        points = np.asarray(columns["coordinates"], dtype=np.float64)
        return clusters_by_event(columns["row_splits"], lambda own: self._event(points[own]))

    def _event(self, points: np.ndarray) -> Labels:
        from sklearn.cluster import DBSCAN

        labels = np.full(len(points), -1)
        finite = np.isfinite(points).all(axis=1)
        if finite.any():
            found = DBSCAN(eps=self.params.eps, min_samples=self.params.min_samples).fit(points[finite])
            labels[finite] = found.labels_
        return ranked(labels, np.ones(len(points))), None


BLOCKS = (Dbscan,)
