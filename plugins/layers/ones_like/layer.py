"""The Keras layer of ones of the shape of a tensor."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import SameShapeLayer
from registry.plugins.layers.ones_like import block


@keras.saving.register_keras_serializable("registry")
class OnesLike(SameShapeLayer):
    """1 for every number.

    Input shape: [hits, features]. Output shape: the same.
    """

    block = block.OnesLike

    def call(self, x: Any) -> Any:
        """Return the ones."""
        return tf.ones_like(x)
