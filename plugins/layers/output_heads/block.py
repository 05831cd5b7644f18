"""Declares the output heads of object condensation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Port, Weights, param


class OutputHeads(Block):
    """What is predicted for every hit: its chance to be a condensation point, its place in cluster space, its payload.

    Formula (D: a dense map with bias, glorot-uniform): beta `sigmoid(D(x))`; ccoords `x W`; distance 1, or
    `2 sigmoid(D(x))`; energy_factor `1 + elu(D(0.01 x))`, kernel zeros, so exactly 1 at first (or `D(0.01 x)`);
    low and high quantile `relu(D(x))`; position `x W`; time `10 + D(0.01 x)`; time_uncertainty `1 + elu(D(0.01 x))`;
    classes `softmax(D(x))`; spectator_weight `sigmoid(D(x))`.
    Weights in this order, kernel before bias; ccoords and position have no bias.
    Source: HGCalML, modules/model_blocks.py, create_outputs; object condensation: arXiv:2002.03605.
    """

    name: ClassVar[str] = "output_heads"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.output_heads.layer:OutputHeads"
    examples = ({"fix_distance_scale": False},)
    inputs = (
        Port("x", "hits features", "features of each hit"),
        Port(
            "is_track", "hits 1", "1 for a track; read only with `set_track_betas_to_one`", optional=True, bounds=(0, 1)
        ),
    )
    outputs = (
        Port("beta", "hits 1", "condensation score, 0 to 1", default=True),
        Port("ccoords", "hits {n_ccoords}", "place in cluster space"),
        Port("distance", "hits 1", "scale of distances in cluster space"),
        Port("energy_factor", "hits 1", "predicted over reconstructed energy"),
        Port("energy_low_quantile", "hits 1", "lower quantile of the relative energy, as a distance"),
        Port("energy_high_quantile", "hits 1", "upper quantile of the relative energy, as a distance"),
        Port("position", "hits {n_pos}", "impact point", unit="cm"),
        Port("time", "hits 1", "arrival time", unit="ns"),
        Port("time_uncertainty", "hits 1", "width of the time, above 0", unit="ns"),
        Port("classes", "hits {n_classes}", "probability of each class"),
        Port("spectator_weight", "hits 1", "predicted spectator weight; only with `predict_spectator_weights`"),
    )

    class Params(BlockParams):
        """Numbers of dimensions and classes, and which heads differ from the default."""

        n_ccoords: int = param(3, "dimensions of the cluster space", ge=1)
        n_classes: int = param(6, "classes of particles", ge=1)
        n_pos: int = param(2, "coordinates of the impact point", ge=1)
        fix_distance_scale: bool = param(True, "distance is 1 everywhere; false: predicted, 0 to 2")
        energy_factor: bool = param(True, "the energy head is 1 + elu(.), above 0; false: linear")
        set_track_betas_to_one: bool = param(False, "beta of tracks is 0.9999; needs the input is_track")
        predict_spectator_weights: bool = param(False, "add the output spectator_weight")

    def required_inputs(self) -> Iterable[tuple[str, ...]]:
        return [("is_track",)] if self.params.set_track_betas_to_one else []

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        if self.params.set_track_betas_to_one and "is_track" not in inputs:
            raise AxisMismatch("input 'is_track': expected with set_track_betas_to_one: true, received none")
        types = super().output_types(inputs, bindings, node)
        if not self.params.predict_spectator_weights:
            del types["spectator_weight"]
        return types

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        p, width = self.params, inputs["x"].features
        scalars = 6 + int(not p.fix_distance_scale) + int(p.predict_spectator_weights)
        return Weights((scalars + p.n_classes) * (width + 1) + width * (p.n_ccoords + p.n_pos))


BLOCKS = (OutputHeads,)
