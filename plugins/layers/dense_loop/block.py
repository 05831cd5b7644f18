"""Declares the dense loop: a stack of dense layers with dropout between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Mixed, Port, Weights, param
from registry.contract.parameters import Activation
from registry.plugins.shared.dense_options import RegulariserName, Widths, dense_weights


class DenseLoop(Block):
    """Dense layers in a row, with dropout after all but the last.

    Formula: `x_j = act(x_{j-1} W_j + b_j)`, for j = 1 ... len(units).
    Weights, per layer: kernel [in, units], glorot-uniform; bias [units], zeros.
    Shapes: [hits, features] to [hits, units[-1]]. Source: HGCalML, Train/config_trainer.py (`DenseOptions`).
    """

    name: ClassVar[str] = "dense_loop"
    mixed: ClassVar[Mixed] = True
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.dense_loop.layer:DenseLoop"
    examples = ({"units": [5, 3], "dropout": 0.3},)
    inputs = (Port("x", "hits features", "what to transform"),)
    outputs = (Port("x", "hits units", "activation of the last dense layer"),)

    class Params(BlockParams):
        """Widths, activation, dropout and kernel regularisation."""

        units: Widths = param(..., "width of each layer; `[{n: 64}]` is accepted for `[64]`")
        activation: Activation = param("elu", "Keras activation of every layer")
        dropout: float = param(0.0, "dropout rate after all layers but the last", ge=0, lt=1, schedulable=True)
        kernel_regularizer: RegulariserName = param("none", "penalty on the kernels: l1, l2 or none")
        kernel_regularizer_rate: float = param(0.0, "factor of the penalty: rate * sum(w^2), or sum(|w|)", ge=0)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        x: TensorType = inputs["x"]
        return {"x": TensorType((x.axes[0], self.params.units[-1]))}

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(dense_weights([inputs["x"].features, *self.params.units]))


BLOCKS = (DenseLoop,)
