"""Declares the read-out of object condensation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from registry.contract.block import BlockParams, Port, param
from registry.contract.clusterer import Clusterer, Clusters
from registry.contract.data import Columns
from registry.plugins.evaluation.assigning import Assign
from registry.plugins.shared.ports import ROW_SPLITS


class Condensation(Clusterer):
    """Makes clusters around hits of high beta: by falling beta, each takes the free hits within its radius.

    Of the free hits with `beta > beta_threshold` the one of the highest beta takes all free hits j with
    `|x_j - x_i| <= distance_i * distance_threshold`, until no candidate is free. `assign` says which of the
    condensation points found a hit joins in the end. Clusters are numbered by falling beta.
    Source: arXiv:2002.03605, section 4; HGCalML, modules/assign_condensate_op.py.
    """

    name: ClassVar[str] = "condensation"
    inputs = (
        Port("beta", "hits 1", "condensation score, 0 to 1", bounds=(0, 1)),
        Port("coordinates", "hits dimensions", "place in cluster space"),
        Port(
            "distance", "hits 1", "scale of distances in cluster space; 1 if not given", optional=True, bounds=(0, None)
        ),
        ROW_SPLITS,
    )
    thresholds: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "beta_threshold": (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
        "distance_threshold": (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5),
    }

    class Params(BlockParams):
        """Which hits become condensation points, how far they reach, and which hits join them."""

        beta_threshold: float = param(0.1, "condensation points have a beta above this", ge=0, lt=1)
        distance_threshold: float = param(0.5, "radius of a cluster, in units of the hit's distance", gt=0)
        assign: Assign = param(
            "highest_beta",
            "a hit joins the point of highest beta that reaches it, the nearest that reaches it, or the nearest of all",
        )

    def cluster(self, columns: Columns) -> Clusters:
        from registry.plugins.evaluation.clustering import condense

        given = self.params
        return condense(
            columns["beta"],
            columns["coordinates"],
            columns.get("distance"),
            columns["row_splits"],
            given.beta_threshold,
            given.distance_threshold,
            given.assign,
        )

    def scan(self, columns: Columns, settings: Sequence[BlockParams]) -> Iterator[Clusters]:
        from registry.plugins.evaluation.clustering import CondenseEach, Setting

        given = [self.Params.model_validate(params.model_dump()) for params in settings]
        chosen = [Setting(own.beta_threshold, own.distance_threshold, own.assign) for own in given]
        columns_ = (columns["beta"], columns["coordinates"], columns.get("distance"), columns["row_splits"])
        each = CondenseEach(*columns_, chosen)
        for setting in chosen:
            yield each.clusters(setting)


BLOCKS = (Condensation,)
