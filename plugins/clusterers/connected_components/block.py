"""Declares the read-out of learned edges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.block import BlockParams, Port, param
from registry.contract.clusterer import Clusterer, Clusters
from registry.contract.data import Columns
from registry.plugins.shared.ports import ROW_SPLITS


class ConnectedComponents(Clusterer):
    """Makes clusters of hits that edges with a score above the threshold connect.

    An edge counts in whichever direction it is scored. Components with fewer than `min_hits` hits are no clusters.
    Clusters are numbered by falling number of hits. Source: exa.trkx, arXiv:2103.06995.
    """

    name: ClassVar[str] = "connected_components"
    inputs = (
        Port(
            "neighbour_indices",
            "hits K -> hits",
            "index in the flat array of each hit's neighbours; -1 for none",
            "int32",
        ),
        Port("edge_score", "hits K", "score of the edge to each neighbour, 0 to 1", bounds=(0, 1)),
        ROW_SPLITS,
    )
    thresholds: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "score_threshold": (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95),
    }

    class Params(BlockParams):
        """Which edges count, and what a cluster is at the least."""

        score_threshold: float = param(0.5, "edges with a score above this connect", ge=0, le=1)
        min_hits: int = param(1, "hits of a cluster at the least", ge=1)

    def cluster(self, columns: Columns) -> Clusters:
        from registry.plugins.clusterers.connected_components.rule import clusters

        return clusters(columns, self.params.score_threshold, self.params.min_hits)


BLOCKS = (ConnectedComponents,)
