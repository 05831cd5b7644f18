"""The Keras layer of the dense loop."""

from __future__ import annotations

from typing import Any

import keras

from registry.contract.layer import BlockLayer


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

    def __init__(
        self,
        *,
        units: list[int],
        activation: str = "elu",
        dropout: float = 0.0,
        kernel_regularizer: str = "none",
        kernel_regularizer_rate: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.activation = activation
        self.dropout = dropout
        self.kernel_regularizer = kernel_regularizer
        self.kernel_regularizer_rate = kernel_regularizer_rate
        self._dense = [
            keras.layers.Dense(
                width,
                activation=activation,
                kernel_regularizer=kernel_penalty(kernel_regularizer, kernel_regularizer_rate),
                name=f"dense_{index}",
            )
            for index, width in enumerate(units)
        ]
        self._dropout = [keras.layers.Dropout(dropout, name=f"dropout_{index}") for index in range(len(units) - 1)]

    def build(self, input_shape: tuple[int | None, ...]) -> None:
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

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return [hits, units[-1]]."""
        return (*input_shape[:-1], self.units[-1])
