"""The Keras layer of the dense loop."""

from __future__ import annotations

from typing import Any

import keras

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.layers.dense_loop import block


def kernel_penalty(kind: str, rate: float) -> keras.regularizers.Regularizer | None:
    """Return the kernel regulariser of `DenseOptions`: `rate * sum(w^2)` (l2), `rate * sum(|w|)` (l1), or none."""
    if kind == "none" or rate == 0:
        return None
    return keras.regularizers.L1(rate) if kind == "l1" else keras.regularizers.L2(rate)


@keras.saving.register_keras_serializable("registry")
class DenseLoop(BlockLayer):
    """Dense layers in a row, with dropout after all but the last.

    Input shape: [hits, features]. Output shape: [hits, units[-1]].
    """

    block = block.DenseLoop

    def setup(self) -> None:
        """Make the dense layers, and the dropout between them."""
        self._dense = [
            keras.layers.Dense(
                width,
                activation=self.activation,
                kernel_regularizer=kernel_penalty(self.kernel_regularizer, self.kernel_regularizer_rate),
                name=f"dense_{index}",
            )
            for index, width in enumerate(self.units)
        ]
        between = range(len(self.units) - 1)
        self._dropout = [keras.layers.Dropout(self.dropout, name=f"dropout_{index}") for index in between]

    def build(self, input_shape: Shape) -> None:
        """Build the dense layers for `features` columns."""
        shape = tuple(input_shape)
        for dense in self._dense:
            dense.build(shape)
            shape = (*shape[:-1], dense.units)

    def call(self, x: Any, training: bool | None = None) -> Any:
        """Return the activation of the last layer."""
        for index, dense in enumerate(self._dense):
            x = dense(x)
            if index < len(self._dropout):
                x = self._dropout[index](x, training=training)
        return x

    def schedule(self, name: str, value: Any) -> None:
        """Set a parameter between two training stages."""
        super().schedule(name, value)
        for dropout in self._dropout:
            dropout.rate = self.dropout

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return [hits, units[-1]]."""
        return (*input_shape[:-1], self.units[-1])
