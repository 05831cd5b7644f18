"""Declares the loss of cluster coordinates without a condensation score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from registry.contract.axes import TensorType
from registry.contract.block import BlockParams, InputTypes, Port, param
from registry.contract.loss import Loss
from registry.plugins.losses.object_condensation.block import SPECTATORS
from registry.plugins.shared.costs import potentials, with_shares
from registry.plugins.shared.ports import ROW_SPLITS, SHARES_IN_LOSSES, TRUTH_INDEX, WEIGHTS_IN_LOSSES


class ClusterCoordinates(Loss):
    """Gathers the hits of each object around their mean and drives others away: condensation without beta.

    Formula, per event, with `q = 1 - s` (s: spectator weight), `μ_k = Σ_m q_m x_m / (Σ_m q_m + 1e-3)`, `Q_k = Σ_m q_m`:

        attractive = Σ_k Q_k [Σ_{m in k} q_m A(|x_m - μ_k|²) / n_k] / Σ_k Q_k              A(u) = ln(e u + 1)
        repulsive  = Σ_k Q_k [Σ_{j not in k} R(q_j |x_j - μ_k|²) / (n - n_k)] / Σ_k Q_k    R(u) = exp(-sqrt(u + 1e-4)/5)

    (+ 1e-3 in each denominator), summed over events and divided by their number + 1e-3. `hinge_mode`: A(u) = sqrt(u +
    1e-4), R(u) = max(1 - sqrt(u + 1e-6), 0). Events of one hit, or without objects, give 0. With weights w of hits, v
    of objects and g of events, a hit counts w times in every sum and number of hits, `Q_k = v_k Σ_m w_m q_m` in the
    means over objects, and an event g times in the sum. Hits that several objects share (`truth_objects`,
    `truth_fractions`) stand as one hit for each, with its fraction as weight.
    Shapes: coordinates [hits, C].
    Source: HGCalML, modules/LossLayers.py, LLClusterCoordinates.
    """

    name: ClassVar[str] = "cluster_coordinates"
    layer: ClassVar[str] = "registry.plugins.losses.cluster_coordinates.layer:ClusterCoordinates"
    examples = (
        {},
        {"hinge_mode": True, "ignore_noise": True},
    )
    inputs = (
        Port("coordinates", "hits C", "the space to cluster in"),
        TRUTH_INDEX,
        ROW_SPLITS,
        *SPECTATORS,
        *WEIGHTS_IN_LOSSES,
        *SHARES_IN_LOSSES,
    )
    event_offset: ClassVar[float] = 1e-3
    terms: ClassVar[tuple[str, ...]] = ("attractive", "repulsive")

    class Params(BlockParams):
        """Form of the potentials, and what takes part."""

        downsample: int = param(-1, "hits drawn of events that have more; <= 0: all")
        ignore_noise: bool = param(False, "noise is not driven away (it still counts in the mean)")
        hinge_mode: bool = param(False, "potentials of finite range")
        spectator_threshold: float = param(5.0, "hits further from the shower's axis are spectators [std. dev.]", ge=0)
        spectator_minimum: float = param(0.1, "share of its charge that a spectator keeps", ge=0, le=1)
        scale: float = param(1.0, "weight of the loss", ge=0, schedulable=True)

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any] | str:
        """Return one object in each event, all of whose hits lie at the origin: nothing attracts or repels."""
        if self.params.hinge_mode:
            return "its attraction is 0.01 at least"
        found = {name: 0 * columns[name] for name in ("coordinates", "truth_index")}
        if "truth_objects" in columns:
            found |= {
                "truth_objects": 0 * columns["truth_objects"] - 1,
                "truth_fractions": 0 * columns["truth_fractions"],
            }
            found["truth_objects"][:, 0], found["truth_fractions"][:, 0] = 0, 1
        return found

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return the potentials, with an assumed number of objects in range of a hit."""
        return float(potentials(inputs["coordinates"].features))

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return centres and differences, and what the means are made of."""
        return with_shares(inputs, 2 * inputs["coordinates"].features + 5)


BLOCKS = (ClusterCoordinates,)
"""The blocks of this folder."""
