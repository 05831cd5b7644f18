"""Declares the read-out CLUE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from registry.contract.block import BlockParams, Port, param
from registry.contract.clusterer import Clusterer, Clusters
from registry.contract.data import Columns
from registry.plugins.shared.ports import ROW_SPLITS


class Clue(Clusterer):
    """Makes clusters around hits of high density: every hit follows the nearest one that is denser.

    Density: `rho_i = w_i + 0.5 sum of w_j over hits j with |x_j - x_i| < critical_distance`. A hit's parent is the
    nearest hit of higher density within `outlier_factor * critical_distance` (the last of equally near ones), at
    distance delta (infinite without one). Seeds: `delta > critical_distance` and `rho >= critical_density`. Outliers:
    no parent and `rho < critical_density`; they, and hits that follow them, are in no cluster. All others join their
    parent's cluster. Clusters are numbered by falling density of the seed. Two hits of the same density do not follow
    one another. Source: M. Rovere et al., Front. Big Data 3 (2020) 591315.
    """

    name: ClassVar[str] = "clue"
    inputs = (
        Port("coordinates", "hits dimensions", "place of the hit, in the detector or in cluster space"),
        Port(
            "weight",
            "hits 1",
            "what density is a sum of: the hit's energy; 1 if not given",
            optional=True,
            bounds=(0, None),
        ),
        ROW_SPLITS,
    )
    thresholds: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "critical_distance": (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0),
        "critical_density": (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
    }

    class Params(BlockParams):
        """How far hits count as near, and how dense a seed is."""

        critical_distance: float = param(0.3, "hits nearer than this count in the density; unit of the space", gt=0)
        critical_density: float = param(1.0, "seeds have this density or more; unit of the weight", ge=0)
        outlier_factor: float = param(2.0, "parents are searched within this many critical distances", ge=1)

    def cluster(self, columns: Columns) -> Clusters:
        return next(self.scan(columns, [self.params]))

    def scan(self, columns: Columns, settings: Sequence[BlockParams]) -> Iterator[Clusters]:
        from registry.plugins.clusterers.clue.rule import ClueEach

        each = ClueEach(columns)
        for params in settings:
            given = self.Params.model_validate(params.model_dump())
            yield each.clusters(given.critical_distance, given.critical_density, given.outlier_factor)


BLOCKS = (Clue,)
