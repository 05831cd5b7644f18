"""Declares the read-out DBSCAN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.block import BlockParams, Port, param
from registry.contract.clusterer import Clusterer, Clusters
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
        from registry.plugins.clusterers.dbscan.rule import clusters

        return clusters(columns, self.params.eps, self.params.min_samples)


BLOCKS = (Dbscan,)
