"""Declares the parts of point-cloud pooling: which hits stay, which of them the others join, and what moves there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Port, Weights, param
from registry.plugins.graph.message_passing.block import neighbour_ports
from registry.plugins.graph.random_sampling.block import KEPT_HITS, KEPT_SPLITS
from registry.plugins.kernels.limits import MAX_NEIGHBOURS
from registry.plugins.shared.costs import gather, search
from registry.plugins.shared.dense_options import Widths, dense_weights
from registry.plugins.shared.ports import ROW_SPLITS


class GraphCondensation(Block):
    """Selects hits by a score, and links every other hit to the nearest of them.

    Formula: with the threshold th, hits with `score >= th` stay, and in every event at least those with
    `score >= 0.98 max(score)` (`safeguard`); promoted hits have score 1. Every hit with `score <= th` is linked to its
    K nearest hits with `score > th` that are not promoted; weights `softmax_k(exp(-d2))`, a missing link counting as
    distance 0. No gradient passes. With `reduction_target`, in training: `D = kept/hits - target`,
    `th += ((1 - th) D if D > 0 else th D) / 10`. Weights: th [1], not trained.
    Shapes: hits [hits, ...], kept_hits [kept, 1], row_splits [events + 1], links [hits, K].
    Source: HGCalML, modules/GraphCondensationLayers.py, CreateGraphCondensation. There the safeguard lowers one
    threshold for the whole batch; here events do not see each other (`batchwide_safeguard` restores it).
    """

    name: ClassVar[str] = "graph_condensation"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.pooling.condensation:GraphCondensation"
    examples = (
        {"K": 2},
        {"K": 2, "score_threshold": 0.9, "reduction_target": 0.2},
    )
    inputs = (
        Port("score", "hits 1", "how much a hit should stay, 0 to 1", bounds=(0, 1)),
        Port("coordinates", "hits dimensions", "the space in which hits are near"),
        ROW_SPLITS,
        Port("always_promote", "hits 1", "above 0: stays, and is not linked to (tracks)", optional=True, bounds=(0, 1)),
    )
    outputs = (
        KEPT_HITS,
        KEPT_SPLITS,
        Port("neighbour_indices", "hits {K} -> hits", "the hits to join, nearest first; -1 for none", "int32"),
        Port("squared_distances", "hits {K}", "squared distance to each, 0 for none"),
        Port("weights", "hits {K}", "how much of the hit goes to each"),
    )

    class Params(BlockParams):
        """Links, threshold, and how it moves."""

        K: int = param(5, "links of each hit", ge=1, le=MAX_NEIGHBOURS)
        score_threshold: float = param(0.5, "threshold at the start", ge=0, le=1)
        reduction_target: float | None = param(None, "share of hits to keep: moves the threshold; none: it stays")
        safeguard: bool = param(True, "keep the best hits of events in which none reaches the threshold")
        batchwide_safeguard: bool = param(False, "lower one threshold for all events, as the original does")

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(0, 1)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return an estimate of the search for the links."""
        return float(search(self.params.K, inputs["coordinates"].features))


class PushUp(Block):
    """Moves features along links to the kept hits, as a weighted mean or sum.

    Formula: `out_j = sum w_ik g_i x_i` over all links (i, k) to hit j, g = max(hit_weights, 0) or 1; `mean` divides by
    `sum w_ik g_i` (1e-3 where that is not above 0). `add_self`: a hit without links is linked to itself with weight 1
    (in the original with whatever weight stands in its first column: docs/faults.md, Q-14; `legacy_self_weight`).
    Source: HGCalML, modules/GraphCondensationLayers.py, PushUp.
    """

    name: ClassVar[str] = "push_up"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.pooling.push:PushUp"
    examples = (
        {"add_self": True},
        {"mode": "sum"},
    )
    inputs = (
        *neighbour_ports(),
        Port("weights", "hits neighbours", "how much of the hit goes to each", bounds=(0, None)),
        KEPT_HITS,
        Port("hit_weights", "hits 1", "weight of the hit itself, such as its energy", optional=True, bounds=(0, None)),
    )
    outputs = (Port("x", "kept features", "what arrived at the kept hits"),)

    class Params(BlockParams):
        """Mean or sum, and the hit's own part."""

        mode: Literal["mean", "sum"] = param("mean", "divide by the sum of weights, or not")
        add_self: bool = param(False, "kept hits count among those pushed to them")
        legacy_self_weight: bool = param(False, "weigh a kept hit itself by its first column (docs/faults.md, Q-14)")

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return one per link and column; rows are those of the kept hits, as many as all hits at most."""
        return float(gather(inputs["neighbour_indices"].features, inputs["x"].features, parts=1))

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the weighted features, what arrives at every hit, and with `add_self` its links."""
        pushed = inputs["x"].features + 2
        return 2 * pushed + inputs["neighbour_indices"].features if self.params.add_self else pushed


class CondensationEdges(Block):
    """Rates the links of every hit, and the choice to join none.

    Formula: `u = elu(x Wp + bp)`; links: `[u_i - u_j | d2_ij]` of all K side by side, through dense layers
    `edge_dense` (elu) and one of K columns; itself: x through dense layers `edge_dense` (elu) and one column; output
    `softmax([itself | links])`. u_j of a missing link is 0. Weights: Wp, bp; kernels and biases of the links' layers;
    of those of the hit itself.
    Shapes: x [hits, F], lists [hits, K], to [hits, K + 1]. Source: HGCalML, modules/GraphCondensationLayers.py,
    CreateGraphCondensationEdges.
    """

    name: ClassVar[str] = "condensation_edges"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.pooling.edges:CondensationEdges"
    examples = ({"edge_dense": [5], "pre_nodes": 3},)
    inputs = neighbour_ports("squared distance along each link")
    outputs = (Port("edges", "hits edges", "probability to join none, then to join each"),)

    class Params(BlockParams):
        """Widths."""

        edge_dense: Widths = param([16], "widths of the hidden layers")
        pre_nodes: int = param(32, "width of u", ge=1)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        bindings.sizes["edges"] = inputs["squared_distances"].features + 1
        return super().output_types(inputs, bindings, node)

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        p, width, links = self.params, inputs["x"].features, inputs["squared_distances"].features
        stacks = ([width, p.pre_nodes], [links * (p.pre_nodes + 1), *p.edge_dense, links], [width, *p.edge_dense, 1])
        return Weights(sum(dense_weights(sizes) for sizes in stacks))

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return u, its differences along the links, and the hidden layers."""
        p, links = self.params, inputs["squared_distances"].features
        return p.pre_nodes + links * (p.pre_nodes + 1) + 2 * sum(p.edge_dense)


BLOCKS = (GraphCondensation, PushUp, CondensationEdges)
