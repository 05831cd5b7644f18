"""Declares the read-out without a network: local maxima of the energy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from registry.contract.block import BlockParams, Port, param
from registry.contract.clusterer import Clusterer, Clusters
from registry.contract.data import Columns
from registry.plugins.shared.ports import ROW_SPLITS


class LocalMaximaClusterer(Clusterer):
    """Makes clusters around hits with more energy than all near ones; the others join the nearest seed.

    A hit is a seed if no hit within `seed_radius` has more energy (of equals the first is) and it has `seed_energy` or
    more. Every other hit joins the nearest seed within `join_radius`. Clusters are numbered by falling energy of the
    seed. It needs no training: the baseline to compare with.
    """

    name: ClassVar[str] = "local_maxima"
    inputs = (
        Port("energy", "hits 1", "energy of the hit", unit="GeV", bounds=(0, None)),
        Port("coordinates", "hits dimensions", "position of the hit", unit="cm"),
        ROW_SPLITS,
    )
    thresholds: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "seed_energy": (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0),
    }

    class Params(BlockParams):
        """How far a seed reaches."""

        seed_radius: float = param(15.0, "a seed has the most energy within this distance, cm", gt=0)
        join_radius: float = param(60.0, "the other hits join the nearest seed within this distance, cm", gt=0)
        seed_energy: float = param(0.0, "a seed has this energy or more, GeV", ge=0)

    def cluster(self, columns: Columns) -> Clusters:
        return next(self.scan(columns, [self.params]))

    def scan(self, columns: Columns, settings: Sequence[BlockParams]) -> Iterator[Clusters]:
        from registry.plugins.evaluation.local_maxima import LocalMaxima, each_of

        given = [self.Params.model_validate(params.model_dump()) for params in settings]
        rules = [LocalMaxima(own.seed_radius, own.join_radius, own.seed_energy) for own in given]
        return each_of(rules, columns["energy"], columns["coordinates"], columns["row_splits"])


BLOCKS = (LocalMaximaClusterer,)
