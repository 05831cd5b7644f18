"""The Keras layer of learned factors of columns."""

from __future__ import annotations

from typing import Any

import keras

from registry.contract.layer import SameShapeLayer, Shape
from registry.plugins.layers.element_scaling import block


@keras.saving.register_keras_serializable("registry")
class ElementScaling(SameShapeLayer):
    """Every column times a learned number, 1 at first.

    Input shape: [hits, features]. Output shape: the same.
    """

    block = block.ElementScaling

    def build(self, x_shape: Shape) -> None:
        """Make the factors."""
        self._scales = self.add_weight(shape=(1, int(x_shape[-1] or 0)), initializer="ones", name="scales")

    def call(self, x: Any) -> Any:
        """Return the scaled columns."""
        return x * self._scales
