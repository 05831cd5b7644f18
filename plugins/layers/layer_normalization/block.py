"""Declares the normalisation of every hit over its own features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Mixed, Weights, param
from registry.plugins.shared.costs import normalisation
from registry.plugins.shared.ports import NORMALISATION_INPUTS, NORMALISATION_OUTPUTS


class LayerNormalization(Block):
    """Normalisation of every hit over its own features: nothing passes between hits, and training is like inference.

    Formula: `y = (x - m) / sqrt(v + epsilon) * gamma + beta`, m and v the mean and variance of the hit's columns.
    With a condition, rows with `condition <= 0.5` pass unchanged. Weights: gamma, beta, each [features].
    Source: Ba, Kiros and Hinton, arXiv:1607.06450 (`use_layer_normalization` of the trainer: docs/faults.md, Q-22).
    """

    name: ClassVar[str] = "layer_normalization"
    kind: ClassVar[Kind] = "normalisation"
    layer: ClassVar[str] = "registry.plugins.layers.layer_normalization.layer:LayerNormalization"
    mixed: ClassVar[Mixed] = "as taken"
    inputs = NORMALISATION_INPUTS
    outputs = NORMALISATION_OUTPUTS

    class Params(BlockParams):
        """Epsilon."""

        epsilon: float = param(1e-3, "added to the variance", gt=0)

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(2 * inputs["x"].features)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        return normalisation(inputs["x"].features)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the deviations and the normalised rows, mean and spread."""
        return 2 * inputs["x"].features + 2


BLOCKS = (LayerNormalization,)
