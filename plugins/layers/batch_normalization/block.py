"""Declares batch normalisation over hits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Mixed, Weights, param
from registry.plugins.shared.costs import normalisation
from registry.plugins.shared.ports import NORMALISATION_INPUTS, NORMALISATION_OUTPUTS


class BatchNormalization(Block):
    """Normalisation of every column over the hits of the batch; by running averages outside training.

    Formula: `y = (x - mean) / sqrt(variance + epsilon) * gamma + beta`. Running averages: `r = momentum r +
    (1 - momentum) batch`; a batch without hits leaves them. With a condition, only rows with `condition > 0.5` are
    normalised and counted, the others pass unchanged.
    Weights: gamma, beta, moving mean, moving variance, each [features]. Source: Ioffe and Szegedy, arXiv:1502.03167.
    """

    name: ClassVar[str] = "batch_normalization"
    kind: ClassVar[Kind] = "normalisation"
    layer: ClassVar[str] = "registry.plugins.layers.batch_normalization.layer:BatchNormalization"
    mixed: ClassVar[Mixed] = "as taken"
    inputs = NORMALISATION_INPUTS
    outputs = NORMALISATION_OUTPUTS

    class Params(BlockParams):
        """Momentum and epsilon."""

        momentum: float = param(0.99, "share of the running averages kept in a step", ge=0, lt=1, schedulable=True)
        epsilon: float = param(1e-3, "added to the variance", gt=0)

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(2 * inputs["x"].features, 2 * inputs["x"].features)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        return normalisation(inputs["x"].features)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the deviations, their squares and the normalised rows."""
        return 3 * inputs["x"].features


BLOCKS = (BatchNormalization,)
