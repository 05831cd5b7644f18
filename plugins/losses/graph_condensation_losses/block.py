"""Declares the losses of graph condensation, the pooling of hits into fewer ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import BlockParams, InputTypes, Port, param
from registry.contract.loss import Loss
from registry.plugins.losses.graph_condensation_losses.perfect import of_same_object, pairs
from registry.plugins.shared.costs import PER_PAIR, search
from registry.plugins.shared.ports import ROW_SPLITS, TRUTH_ENERGY_IN_LOSSES, TRUTH_INDEX, WEIGHTS_IN_LOSSES


class ScoreLoss(Loss):
    """A loss that looks at the scores of the `K` nearest hits, and may leave out objects of low energy."""

    inputs = (
        Port("score", "hits 1", "how much a hit should be kept, 0 to 1", bounds=(0, 1)),
        Port("coordinates", "hits C", "the space neighbours are searched in"),
        TRUTH_INDEX,
        ROW_SPLITS,
        TRUTH_ENERGY_IN_LOSSES,
        *WEIGHTS_IN_LOSSES,
    )

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return objects of two hits at one place, of which one is kept."""
        return pairs(columns, 1 + self.params.low_energy_cut)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        if self.params.low_energy_cut > 0 and "truth_energy" not in inputs:
            raise AxisMismatch("low_energy_cut is set, but nothing is wired to truth_energy; wire it, or set it to 0")
        return {}

    def search_cost(self, inputs: InputTypes) -> float:
        """Return an estimate of the search, and a few per neighbour."""
        return float(search(self.params.K - 1, inputs["coordinates"].features) + PER_PAIR * self.params.K)


class GraphCondensationScore(ScoreLoss):
    """Teaches a score that selects few hits, but at least one near every hit of an object.

    Formula: with the `K` nearest hits k of hit i (itself included), `σ_ik` = score of k if both belong to the same
    object (or both to noise), else 0, and `req_i` = 1 (with `low_energy_cut`: 1 above that true energy, else 0):

        local  = Σ_{i: not noise} [ |req_i - g_i| + req_i - clip(Σ_k σ_ik, 0, req_i) ] / (n + 1e-3),
                 g_i = 1e-3 ln Σ_k exp(σ_ik/1e-3), n the number of those hits
        global = mean_i [ (Σ_k σ_ik - 1[not noise] max_k σ_ik) / (same_i + 1e-3) ],
                 same_i the number of hits of i's object among the k
        loss   = scale ((1 - f) local + f global), f = `penalty_fraction`

    With weights w of hits, v of objects (1 for noise) and g of events, `c_i = w_i v_i`, every mean over hits x_i is
    `Σ g_i c_i x_i / Σ c_i`, and n = Σ c_i.
    Shapes: score [hits, 1], coordinates [hits, C].
    Errors: `low_energy_cut` needs truth_energy.
    Source: HGCalML, modules/GraphCondensationLayers.py, LLGraphCondensationScore.
    """

    name: ClassVar[str] = "graph_condensation_score"
    layer: ClassVar[str] = "registry.plugins.losses.graph_condensation_losses.score:GraphCondensationScore"
    examples = ({"K": 6, "low_energy_cut": 0.5},)
    terms: ClassVar[tuple[str, ...]] = ("local", "global")

    class Params(BlockParams):
        """Neighbourhood and weights."""

        K: int = param(64, "nearest hits looked at, the hit itself included", ge=2, le=513)
        penalty_fraction: float = param(0.5, "share of the penalty on keeping more", ge=0, le=1, schedulable=True)
        low_energy_cut: float = param(0.0, "objects below need not keep a hit; 0: all must [GeV]", ge=0)
        scale: float = param(1.0, "weight of the loss", ge=0, schedulable=True)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        return self.search_cost(inputs)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return what the sums over neighbours, and the weights, are made of."""
        return 5 * self.params.K + 15


class GraphCondensationEdges(Loss):
    """Teaches every hit which of its kept neighbours to join, or that it is noise.

    Formula: cross-entropy with the class 0 for noise, else 1 + the nearest neighbour of the same object (1 + 0 where
    there is none), averaged over hits; 0 for hits whose neighbours all belong to their object and whose squared
    distances spread by less than 0.1: there any neighbour will do. Probabilities are kept above 1e-7. With weights w of
    hits, v of objects (1 for noise) and g of events, the average is `Σ g_i w_i v_i x_i / Σ w_i v_i`.
    Shapes: edges [hits, 1 + neighbours], squared distances and indices [hits, neighbours].
    Source: HGCalML, modules/GraphCondensationLayers.py, LLGraphCondensationEdges. Here there is one mask per hit, not
    one for every pair of hits (docs/faults.md, Q-10).
    """

    name: ClassVar[str] = "graph_condensation_edges"
    layer: ClassVar[str] = "registry.plugins.losses.graph_condensation_losses.edges:GraphCondensationEdges"
    inputs = (
        Port("edges", "hits edges", "probability of noise, and of every neighbour", bounds=(0, 1)),
        Port("squared_distances", "hits neighbours", "to every kept neighbour", bounds=(0, None)),
        Port("neighbour_indices", "hits neighbours -> hits", "kept neighbours; -1 for none", "int32"),
        TRUTH_INDEX,
        *WEIGHTS_IN_LOSSES,
    )

    class Params(BlockParams):
        """The weight."""

        scale: float = param(1.0, "weight of the loss", ge=0, schedulable=True)

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return edges that are certain of noise, or of the nearest neighbour of the same object."""
        import numpy as np

        nearest = np.where(of_same_object(columns), columns["squared_distances"], np.inf).argmin(1)
        edges, truth = np.zeros_like(columns["edges"]), columns["truth_index"][:, 0]
        edges[np.arange(len(edges)), np.where(truth >= 0, 1 + nearest, 0)] = 1
        return {"edges": edges}

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        edges, neighbours = inputs["edges"].axes[1], inputs["neighbour_indices"].axes[1]
        if isinstance(edges, int) and isinstance(neighbours, int) and edges != neighbours + 1:
            raise AxisMismatch(
                f"input 'edges': expected {neighbours + 1} columns (noise, neighbours), received {edges}"
            )
        return {}

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return a few per edge."""
        return float(PER_PAIR * inputs["edges"].features)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return normalised and bounded probabilities, and what the mean is made of."""
        return 2 * inputs["edges"].features + 8


BLOCKS = (GraphCondensationScore, GraphCondensationEdges)
"""The blocks of this folder."""
