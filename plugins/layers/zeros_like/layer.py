"""The Keras layer of zeros of the shape of a tensor."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import SameShapeLayer
from registry.plugins.layers.zeros_like import block


@keras.saving.register_keras_serializable("registry")
class ZerosLike(SameShapeLayer):
    """0 for every number.

    Input shape: [hits, features]. Output shape: the same.
    """

    block = block.ZerosLike

    def call(self, x: Any) -> Any:
        """Return the zeros."""
        return tf.zeros_like(x)
