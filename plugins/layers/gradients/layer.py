"""The Keras layers that leave values as they are, and change gradients."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable("registry")
class ScaleGradient(BlockLayer):
    """The identity, with the gradient times `scale` (blocks.md 3.6); 0 stops it.

    Input shape: [hits, features]. Output shape: the same.
    """

    def __init__(self, *, scale: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, x: Any) -> Any:
        """Return x."""

        @tf.custom_gradient
        def identity(values: Any) -> tuple[Any, Any]:
            return tf.identity(values), lambda upstream: upstream * self.scale

        return identity(x)

    def compute_output_shape(self, x_shape: Shape) -> Shape:
        """Return [hits, features]."""
        return x_shape


@keras.saving.register_keras_serializable("registry")
class StopGradient(BlockLayer):
    """The identity, without a gradient.

    Input shape: [hits, features]. Output shape: the same.
    """

    def call(self, x: Any) -> Any:
        """Return x."""
        return tf.stop_gradient(x)

    def compute_output_shape(self, x_shape: Shape) -> Shape:
        """Return [hits, features]."""
        return x_shape
