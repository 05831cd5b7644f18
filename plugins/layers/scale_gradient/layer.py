"""The Keras layer of the identity with a scaled gradient."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import SameShapeLayer
from registry.plugins.layers.scale_gradient import block


@keras.saving.register_keras_serializable("registry")
class ScaleGradient(SameShapeLayer):
    """The identity, with the gradient times `scale`; 0 stops it.

    Input shape: [hits, features]. Output shape: the same.
    """

    block = block.ScaleGradient

    def call(self, x: Any) -> Any:
        """Return x."""

        @tf.custom_gradient
        def identity(values: Any) -> tuple[Any, Any]:
            return tf.identity(values), lambda upstream: upstream * self.scale

        return identity(x)
