"""Declares neighbour search, and what is done with lists of neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import Block, BlockParams, Examples, InputTypes, Kind, Port, param
from registry.plugins.kernels.limits import MAX_NEIGHBOURS
from registry.plugins.shared.costs import PAIRED_HITS, search
from registry.plugins.shared.ports import ROW_SPLITS


class SearchParams(BlockParams):
    """Number of neighbours."""

    K: int = param(..., "neighbours of each hit, without the hit itself", ge=1, le=MAX_NEIGHBOURS)
    return_self: bool = param(True, "list each hit as its own first neighbour")


class Knn(Block):
    """The nearest neighbours of every hit within its event, in the space of the given coordinates.

    Formula: `d2_ij = sum_c (s_ic - s_jc)^2`; each hit lists itself first, at 0, then the K nearest, nearest first. The
    search is exact. Missing neighbours are -1 (with `tf_compatible` the hit itself, once more), at distance 0.
    Gradients reach the coordinates through the distances.
    `reduction`: in a cloud thinned by this factor, distances in D dimensions grow by its D-th root; squared distances
    are divided by `reduction^(2/D)` to make up for it.
    Source: HGCalML, modules/binned_select_knn_op.py, BinnedSelectKnn (gradient: docs/faults.md, Q-2; reduction: Q-16).
    """

    name: ClassVar[str] = "knn"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.neighbours.knn:Knn"
    examples: ClassVar[Examples] = (
        {"K": 3},
        {"K": 3, "tf_compatible": True},
    )
    inputs: ClassVar[tuple[Port, ...]] = (
        Port("coordinates", "hits dimensions", "the space in which hits are near"),
        ROW_SPLITS,
        Port(
            "direction",
            "hits 1",
            "0: only is a neighbour, 1: only has neighbours, 2: neither, other: both",
            "int32",
            optional=True,
        ),
    )
    outputs = (
        Port("neighbour_indices", "hits neighbours -> hits", "neighbours, -1 where there is none", "int32"),
        Port("squared_distances", "hits neighbours", "squared distance to each, 0 for none"),
    )

    class Params(SearchParams):
        """Number of neighbours, and how lists are given."""

        reduction: float = param(1.0, "how much thinner the cloud is than the one distances were meant for", gt=0)
        tf_compatible: bool = param(False, "list the hit itself where there is no neighbour, instead of -1")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        bindings.sizes["neighbours"] = self.params.K + int(self.params.return_self)
        return super().output_types(inputs, bindings, node)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return an estimate of the search."""
        return float(search(self.params.K, inputs["coordinates"].features))


class ManhattanKnn(Knn):
    """The nearest neighbours of every hit within its event by the sum of coordinate differences.

    Formula: `d_ij = sum_c |s_ic - s_jc|`; otherwise as `knn`. Every pair of an event is looked at: for events of up to
    a few hundred hits. Source: CaloClusterNet (arXiv:2602.15118).
    """

    name: ClassVar[str] = "manhattan_knn"
    layer: ClassVar[str] = "registry.plugins.graph.neighbours.manhattan:ManhattanKnn"
    examples = ({"K": 3},)
    inputs = (Port("coordinates", "hits dimensions", "the space in which hits are near"), ROW_SPLITS)
    outputs = (
        Port("neighbour_indices", "hits neighbours -> hits", "neighbours, -1 where there is none", "int32"),
        Port("distances", "hits neighbours", "distance to each (not squared), 0 for none"),
    )

    class Params(SearchParams):
        """Number of neighbours."""

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return a distance to every hit of an event of `PAIRED_HITS` hits, which the plan does not know."""
        return float(PAIRED_HITS * inputs["coordinates"].features)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the difference to every neighbour, and its distance before it is masked."""
        return (self.params.K + 1) * (inputs["coordinates"].features + 1)


class SortNeighbours(Block):
    """Lists of neighbours in order of distance, shortened, and without those too far away.

    Formula: the first column (the hit itself) stays; the others are sorted by distance, missing ones last; the first
    `K` columns are kept, the hit itself among them; of those, neighbours beyond `radius` become missing ones (-1, at 0)
    where they stand. The radius is compared with the distances as they come: with squared ones, state its square.
    Source: HGCalML, modules/GravNetLayersRagged.py, SortAndSelectNeighbours.
    """

    name: ClassVar[str] = "sort_neighbours"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.neighbours.sort:SortNeighbours"
    examples = ({"K": 2},)
    inputs = (
        Port("neighbour_indices", "hits neighbours -> sources", "the hit itself, then its neighbours", "int32"),
        Port("squared_distances", "hits neighbours", "squared distance to each", bounds=(0, None)),
    )
    outputs = (
        Port("neighbour_indices", "hits kept -> sources", "neighbours in order, -1 where there is none", "int32"),
        Port("squared_distances", "hits kept", "squared distance to each, 0 for none"),
    )

    class Params(BlockParams):
        """What is kept, and in which order."""

        K: int = param(-1, "columns kept, the hit itself included; below 1: all")
        radius: float = param(-1.0, "neighbours whose distance, as it comes, is larger are dropped; not above 0: none")
        sort: bool = param(True, "sort by distance; false: keep the order")
        descending: bool = param(False, "farthest first")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        columns = inputs["squared_distances"].features
        wanted = self.params.K if self.params.K >= 1 else columns
        if wanted > columns:
            raise AxisMismatch(f"expected at least {wanted} columns for K: {self.params.K}, received {columns}")
        bindings.sizes["kept"] = wanted
        return super().output_types(inputs, bindings, node)


class ShiftDistances(Block):
    """Squared distances from a shell around each hit instead of from the hit itself.

    Formula: `(sqrt(d2 + 1e-6) - (shift + 1e-3))^2`: neighbours nearer than `shift` count as farther away again, so
    that messages come from around the hit. Shapes: [hits, neighbours] to the same.
    Source: HGCalML, modules/GravNetLayersRagged.py, ShiftDistance.
    """

    name: ClassVar[str] = "shift_distances"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.neighbours.shift:ShiftDistances"
    inputs = (Port("squared_distances", "hits neighbours", "squared distance to each neighbour", bounds=(0, None)),)
    outputs = (Port("squared_distances", "hits neighbours", "squared distance from the shell"),)

    class Params(BlockParams):
        """Radius of the shell."""

        shift: float = param(0.1, "radius of the shell, in units of the coordinates", ge=0, schedulable=True)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the roots, and what they are shifted to."""
        return 2 * inputs["squared_distances"].features


class JoinNeighbours(Block):
    """Several lists of neighbours as one, so that neighbourhoods of several spaces are looked at together.

    The lists stand side by side in the order given; a neighbour that stands in a list before is -1 in those behind it.
    Shapes: [hits, K_1], [hits, K_2], ... to [hits, K_1 + K_2 + ...].
    """

    name: ClassVar[str] = "join_neighbours"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.neighbours.join:JoinNeighbours"
    inputs = (
        Port("neighbour_indices", "hits neighbours* -> hits", "lists of neighbours, -1 for none", "int32", many=True),
    )
    outputs = (Port("neighbour_indices", "hits joined -> hits", "neighbours, -1 where there is none", "int32"),)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        bindings.sizes["joined"] = sum(indices.features for indices in inputs["neighbour_indices"])
        return super().output_types(inputs, bindings, node)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return a comparison of each neighbour with those of the lists before."""
        columns = [indices.features for indices in inputs["neighbour_indices"]]
        return float(sum(more * sum(columns[:place]) for place, more in enumerate(columns)))


BLOCKS = (Knn, ManhattanKnn, SortNeighbours, ShiftDistances, JoinNeighbours)
