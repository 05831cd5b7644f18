"""The Keras layer that measures distances from a shell."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable("registry")
class ShiftDistances(BlockLayer):
    """Squared distances from a shell of radius `shift` (blocks.md 3.6).

    Input shape: [hits, neighbours]. Output shape: the same.
    """

    def __init__(self, *, shift: float = 0.1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shift = shift

    def call(self, squared_distances: Any) -> Any:
        """Return the shifted squared distances."""
        return (tf.sqrt(squared_distances + 1e-6) - (self.shift + 1e-3)) ** 2

    def compute_output_shape(self, squared_distances_shape: Shape) -> Shape:
        """Return [hits, neighbours]."""
        return squared_distances_shape
