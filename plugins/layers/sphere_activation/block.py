"""Declares the activation that puts features on a sphere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Port, param


class SphereActivation(Block):
    """Each hit's features around their mean, at length sqrt(features): a normalisation without weights or memory.

    Formula: `u = x - mean(x)`, without `centre` `u = x`, `n = sqrt(sum u^2 + 1e-6)`, output `u / n * sqrt(F)`.
    Shapes: [hits, features] to [hits, features] and [hits, 1]. Source: HGCalML, modules/Layers.py, SphereActivation.
    """

    name: ClassVar[str] = "sphere_activation"
    kind: ClassVar[Kind] = "normalisation"
    layer: ClassVar[str] = "registry.plugins.layers.sphere_activation.layer:SphereActivation"
    inputs = (Port("x", "hits features", "the tensor to treat"),)
    outputs = (
        Port("x", "hits features", "the features on the sphere", default=True),
        Port("norm", "hits 1", "n, the length they had; only with `return_norm`"),
    )

    class Params(BlockParams):
        """Whether the mean is taken off, and whether the length is wanted."""

        centre: bool = param(True, "take the mean of a hit's features off first")

        return_norm: bool = param(False, "add the output norm")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        types = super().output_types(inputs, bindings, node)
        return types if self.params.return_norm else {"x": types["x"]}

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the deviations and their length."""
        return inputs["x"].features + 1


BLOCKS = (SphereActivation,)
