"""The Keras layer that scales distances by what a hit says of itself."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.distance_scaling import block


@keras.saving.register_keras_serializable("registry")
class LocalDistanceScaling(BlockLayer):
    """Squared distances times a positive factor that every hit chooses.

    Input shape: squared_distances [hits, neighbours], scale [hits, 1]. Output shape: [hits, neighbours].
    """

    block = block.LocalDistanceScaling

    def call(self, squared_distances: Any, scale: Any) -> Any:
        """Return the scaled squared distances."""
        below, above = self._gain(scale, 1 - 1 / self.max_scale), self._gain(scale, self._upper_height())
        return squared_distances * tf.where(scale < 0, below, above)

    def _upper_height(self) -> float:
        return self.max_scale / 2 if self.legacy_upper_bound else self.max_scale - 1

    def _gain(self, scale: Any, height: float) -> Any:
        """Return a factor between 1 - height and 1 + height that is 1, with slope a/4, where s is 0."""
        return 2 * height * tf.sigmoid(self.max_scale / (2 * height) * scale) + 1 - height

    def compute_output_shape(self, squared_distances_shape: Shape, scale_shape: Shape) -> Shape:
        """Return the shape of the distances."""
        return squared_distances_shape
