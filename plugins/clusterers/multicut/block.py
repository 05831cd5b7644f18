"""Declares the read-out of learned edges that lets all edges of two clusters decide whether they are one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from registry.contract.block import BlockParams, Port, param
from registry.contract.clusterer import Clusterer, Clusters
from registry.contract.data import Columns
from registry.plugins.clusterers.connected_components.block import ConnectedComponents

EXCLUSIVE = Port(
    "exclusive",
    "hits 1",
    "hits of one number, such as the layer of a detector, are never of one cluster; below 0: no such number",
    "int32",
    optional=True,
)


class Multicut(Clusterer):
    """Makes clusters of hits by all edges between them: those that speak for a cluster, and those against it.

    Edges weigh `w_ij = logit(p_ij) - logit(score_threshold)`, p the score, the mean of both where an edge is scored in
    both directions. Every hit begins as a cluster; the two clusters with the largest sum of weights between them are
    joined, as long as it is above 0 (greedy additive edge contraction). One wrong edge does not join two tracks whose
    other edges say no, as it does with `connected_components`.
    `exclusive`: clusters that both have a hit of the same number are not joined. Clusters with fewer than `min_hits`
    hits are none, nor are those whose mean score, over the edges within, is not above `min_score`.
    Clusters are numbered by falling number of hits.
    Source: arXiv:1505.06973, algorithm 1; correlation clustering, doi:10.1023/B:MACH.0000033116.57574.95.
    """

    name: ClassVar[str] = "multicut"
    inputs = (*ConnectedComponents.inputs, EXCLUSIVE)
    thresholds: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "score_threshold": (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
        "min_score": (0.0, 0.2, 0.4, 0.6, 0.8),
    }

    class Params(BlockParams):
        """Which edges speak for a cluster, and what a cluster is at the least."""

        score_threshold: float = param(0.5, "edges with a score above this speak for a cluster", gt=0, lt=1)
        min_score: float = param(0.0, "clusters have a mean score above this; 0: all", ge=0, lt=1)
        min_hits: int = param(2, "hits of a cluster at the least", ge=1)

    def cluster(self, columns: Columns) -> Clusters:
        return next(self.scan(columns, [self.params]))

    def scan(self, columns: Columns, settings: Sequence[BlockParams]) -> Iterator[Clusters]:
        from registry.plugins.clusterers.multicut.rule import Cuts

        cuts = Cuts(columns)
        for params in settings:
            given = self.Params.model_validate(params.model_dump())
            yield cuts.clusters(given.score_threshold, given.min_score, given.min_hits)


BLOCKS = (Multicut,)
