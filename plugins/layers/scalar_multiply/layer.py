"""The Keras layer of the product with a number."""

from __future__ import annotations

from typing import Any

import keras

from registry.contract.layer import SameShapeLayer
from registry.plugins.layers.scalar_multiply import block


@keras.saving.register_keras_serializable("registry")
class ScalarMultiply(SameShapeLayer):
    """Every number times a factor.

    Input shape: [hits, features]. Output shape: the same.
    """

    block = block.ScalarMultiply

    def call(self, x: Any) -> Any:
        """Return the product."""
        return x * self.factor
