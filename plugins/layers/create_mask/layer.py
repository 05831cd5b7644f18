"""The Keras layer of the mask of numbers above a threshold."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import SameShapeLayer
from registry.plugins.layers.create_mask import block


@keras.saving.register_keras_serializable("registry")
class CreateMask(SameShapeLayer):
    """1 where a number reaches a threshold, else 0.

    Input shape: [hits, features]. Output shape: the same.
    """

    block = block.CreateMask

    def call(self, x: Any) -> Any:
        """Return the mask."""
        mask = x < self.threshold if self.invert else x >= self.threshold
        return tf.cast(mask, x.dtype)
