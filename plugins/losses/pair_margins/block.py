"""Declares the margin losses of metric learning: how near hits of one object are to be, and how far others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import BlockParams, InputTypes, Port, param
from registry.contract.loss import Loss
from registry.plugins.losses.contrastive.block import METRIC_INPUTS, PairLoss, PairParams
from registry.plugins.shared.costs import PER_PAIR, search
from registry.plugins.shared.ports import SHARES_IN_LOSSES

MOST_DIMENSIONS = 10
"""Of the exact search for neighbours."""

NEIGHBOURS_AT_MOST = 512


def require_searchable(inputs: InputTypes) -> None:
    """Raise AxisMismatch if the coordinates have more dimensions than neighbours can be searched in."""
    if inputs["coordinates"].features > MOST_DIMENSIONS:
        raise AxisMismatch(
            f"input 'coordinates': expected {MOST_DIMENSIONS} dimensions at most, in which neighbours can be searched, "
            f"received {inputs['coordinates'].features}"
        )


class PairHinge(PairLoss):
    """Draws hits of one object together, and pushes the nearest hits of others out of a radius.

    Formula, per event, with distances `d_ij = |x_i - x_j|`, A the drawn pairs of hit i and another hit j of its object,
    R the pairs of hit i and one of its `K` nearest hits j that is not of its object and nearer than `radius` r:

        attractive = Σ_A c_i d_ij^attraction_power / Σ_A c_i
        repulsive  = Σ_R c_i max(0, r - d_ij^repulsion_power) / M,  M = Σ_i c_i (`hits`), Σ_R c_i or Σ_A c_i
        loss       = scale mean_e g_e (attractive + repulsion_weight repulsive)_e

    with c the weight of hit i times its object's, and g that of the event. Noise is no hit i: it is pushed away from by
    others, and has weight 0 itself, so that an `object_weight` of 0 leaves an object no more than that, too. Of more
    than `positives` others of the object that many are drawn, with replacement; the search is exact. Memory grows with
    the number of hits.
    Shapes: coordinates [hits, C], C up to 10, without unit.
    Errors: more than 10 coordinates.
    Source: gnn_tracking, GraphConstructionHingeEmbeddingLoss; K. Lieret, G. DeZoort et al., arXiv:2309.16754.
    """

    name: ClassVar[str] = "pair_hinge"
    layer: ClassVar[str] = "registry.plugins.losses.pair_margins.hinge:PairHinge"
    terms: ClassVar[tuple[str, ...]] = ("attractive", "repulsive")
    examples = ({}, {"attraction_power": 2.0, "repulsion_power": 2.0, "repulsion_mean": "pairs"})

    class Params(PairParams):
        """Which pairs, and what their distances cost."""

        K: int = param(128, "nearest hits that are looked at for hits of other objects", ge=1, le=NEIGHBOURS_AT_MOST)
        radius: float = param(1.0, "hits of other objects nearer than this are pushed away", gt=0)
        attraction_power: float = param(1.0, "exponent of distances within an object", ge=1)
        repulsion_power: float = param(1.0, "exponent of distances to other objects", ge=1)
        repulsion_weight: float = param(1.0, "weight of the repulsion", ge=0, schedulable=True)
        repulsion_mean: Literal["hits", "pairs", "attractive_pairs"] = param(
            "hits", "what the repulsion is a mean over"
        )

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        require_searchable(inputs)
        return {}

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        return super().multiply_adds(inputs, outputs) + search(self.params.K, inputs["coordinates"].features)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        return super().inner_values(inputs, outputs) + 2 * int(self.params.K)

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        import numpy as np

        truth, coordinates = np.asarray(columns["truth_index"]).reshape(-1), np.zeros_like(columns["coordinates"])
        # Each hit of noise is a place of its own.
        places = np.where(truth >= 0, truth, truth.max(initial=0) + 1 + np.arange(len(truth)))
        coordinates[:, 0] = 2 * (self.params.radius + 1) * places
        return {"coordinates": coordinates}


class PairMargin(PairLoss):
    """Keeps directions of hits of one object nearer than a boundary, and of others farther, each by a margin.

    Formula, per event, with directions `u = z/|z|` and distances `D_ij = |u_i - u_j|`, at most 2:

        attractive = Σ_i c_i mean_{p in P_i} max(0, D_ip - boundary + margin) / Σ_i c_i
        repulsive  = Σ_i c_i Σ_{n in N_i} q_in max(0, boundary + margin - D_in) / Σ_i c_i
        loss       = scale mean_e g_e (attractive + repulsive)_e

    P_i: other hits of the object of hit i, N_i: hits of its event that are not of it, noise among them; sums over the
    hits i that have such; c the weight of hit i, which is no noise, times its object's, g that of the event. q sums to
    1 over N_i: equal (`uniform`), or (`distance_weighted`) in proportion to one over the density of distances on the
    sphere, `D^(2-C) (1 - D²/4)^((3-C)/2)` with D at least `nearest`, and 0 for D above `farthest`. That is the mean of
    the loss over what the paper draws, one negative for each positive. No gradient passes q. Of more than `positives`
    others and `negatives` that many are drawn, with replacement. Memory grows with the number of hits.
    Shapes: coordinates [hits, C], without unit.
    Source: C.-Y. Wu et al., arXiv:1706.07567.
    """

    name: ClassVar[str] = "pair_margin"
    layer: ClassVar[str] = "registry.plugins.losses.pair_margins.pair_margin:PairMargin"
    terms: ClassVar[tuple[str, ...]] = ("attractive", "repulsive")
    examples = ({}, {"sampling": "uniform", "boundary": 0.8})

    class Params(PairParams):
        """Which pairs, the boundary and the margin."""

        negatives: int = param(64, "hits of other objects that a hit is compared with, at most", ge=1)
        boundary: float = param(1.2, "distance between what is near and what is far", gt=0, le=2)
        margin: float = param(0.2, "how far distances are to be from the boundary", ge=0, schedulable=True)
        sampling: Literal["distance_weighted", "uniform"] = param("distance_weighted", "how negatives count")
        nearest: float = param(0.5, "negatives nearer than this count as at this distance", gt=0, le=1.4)
        farthest: float = param(1.4, "`distance_weighted`: negatives farther than this do not count", gt=0, lt=2)

    def pairs(self) -> int:
        return int(self.params.positives + self.params.negatives)


class ClusterMargin(Loss):
    """Gathers the hits of each object around their mean, and keeps the means of an event apart.

    Formula, per event, with `w = w_i E_i φ_i`, the means `μ_c = Σ w x / Σ w` over the hits of object c, its weight v_c
    and `ρ(t) = max(0, t)`; C objects, of those with weights above 0:

        attractive = Σ_c v_c [Σ_i w ρ(|x_i - μ_c| - attraction_margin)² / Σ_i w] / Σ_c v_c
        repulsive  = Σ_{c≠c'} v_c ρ(2 repulsion_margin - |μ_c - μ_c'|)² / (Σ_c v_c (C - 1))
        centre     = centre_weight Σ_c v_c |μ_c| / Σ_c v_c
        loss       = scale mean_e g_e (attractive + repulsive + centre)_e

    w_i: weight of the hit, E_i its energy where wired, `φ = 0.1 + 0.9 clip(2p - 1, 0, 1)` of the share p that its
    object has in it, where shares are wired (both 1 otherwise), g the weight of the event. Of each mean the `K` nearest
    others are looked at; the search is exact. Noise is no part of it. The distances have a scale, that of the margins,
    which read-outs with a fixed radius need.
    Shapes: coordinates [hits, C], C up to 10, without unit.
    Errors: more than 10 coordinates.
    Source: B. De Brabandere et al., arXiv:1708.02551; the weights: CaloEmbed.
    """

    name: ClassVar[str] = "cluster_margin"
    layer: ClassVar[str] = "registry.plugins.losses.pair_margins.cluster_margin:ClusterMargin"
    terms: ClassVar[tuple[str, ...]] = ("attractive", "repulsive", "centre")
    inputs = (
        *METRIC_INPUTS,
        Port("energy", "hits 1", "energy of the hit; 1 if not wired", unit="GeV", optional=True, bounds=(0, None)),
        *SHARES_IN_LOSSES,
    )

    class Params(BlockParams):
        """The margins and weights."""

        attraction_margin: float = param(0.5, "δ_v: hits nearer to their mean cost nothing", ge=0)
        repulsion_margin: float = param(1.5, "δ_d: means farther apart than twice this cost nothing", gt=0)
        centre_weight: float = param(1.0e-3, "weight of the mean length of the means", ge=0, schedulable=True)
        K: int = param(64, "nearest other means that are looked at", ge=1, le=NEIGHBOURS_AT_MOST)
        scale: float = param(1.0, "weight of the loss", ge=0, schedulable=True)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        require_searchable(inputs)
        if ("truth_objects" in inputs) != ("truth_fractions" in inputs):
            raise AxisMismatch("inputs 'truth_objects' and 'truth_fractions': expected both or neither")
        return {}

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return a distance to the mean; objects are few against hits."""
        return float(2 * inputs["coordinates"].features + PER_PAIR)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the places of hits, of their means and the differences, and what becomes of the distance."""
        return 3 * int(inputs["coordinates"].features) + 2 * PER_PAIR


BLOCKS: tuple[type[Any], ...] = (PairHinge, PairMargin, ClusterMargin)
"""The blocks of this folder."""
