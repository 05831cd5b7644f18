"""What a read-out is: it makes clusters of the hits of every event from what the network says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from registry.contract.block import Block, Kind
from registry.contract.data import Columns
from registry.contract.parameters import BlockParams

if TYPE_CHECKING:
    import numpy as np


class Clusters(NamedTuple):
    """Which cluster each hit belongs to, and around which hit it formed.

    `assignment`: int32 [hits], counted from 0 in every event, -1 for hits in no cluster.
    `condensation_point`: int64 [hits], index in the flat array of the hit that the cluster formed around; -1 for hits
    in no cluster, and everywhere if clusters form around no hit.
    """

    assignment: np.ndarray
    condensation_point: np.ndarray


class Clusterer(Block):
    """A block that makes clusters of hits, outside the network: it is named in the configuration, not in the graph."""

    kind: ClassVar[Kind] = "clusterer"
    thresholds: ClassVar[Mapping[str, tuple[float, ...]]] = {}
    """Parameters that are tuned on validation events, with the values that are tried first, rising."""

    def cluster(self, columns: Columns) -> Clusters:
        """Return the clusters of every event.

        `columns`: the values of the input ports by name, each [hits, width], and "row_splits" [events + 1].
        """
        raise NotImplementedError(f"clusterer {self.name!r} does not define cluster()")

    def scan(self, columns: Columns, settings: Sequence[BlockParams]) -> Iterator[Clusters]:
        """Yield the clusters that each of several parameters makes of the same hits, as `cluster` does.

        Thresholds are tuned with it; a read-out overrides it to compute once what does not depend on them.
        """
        for params in settings:
            yield type(self)(params).cluster(columns)
