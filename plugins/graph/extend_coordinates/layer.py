"""The Keras layer that extends coordinates by learned dimensions."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.extend_coordinates import block
from registry.plugins.graph.learned_space.initializer import EyeInitializer


@keras.saving.register_keras_serializable("registry")
class ExtendCoordinates(BlockLayer):
    """Coordinates, extended by learned linear combinations of coordinates and features.

    Input shape: coordinates [hits, dimensions], x [hits, features].
    Output shape: [hits, max(dimensions, n_coordinates)].
    """

    block = block.ExtendCoordinates
    _kernel: Any = None

    def build(self, coordinates_shape: Shape, x_shape: Shape) -> None:
        """Make the kernel, if there is anything to add."""
        dimensions, features = int(coordinates_shape[-1] or 0), int(x_shape[-1] or 0)
        if self.n_coordinates > dimensions:
            shape = (dimensions + features, self.n_coordinates - dimensions)
            self._kernel = self.add_weight(shape=shape, initializer=EyeInitializer(stddev=1e-3), name="kernel")

    def call(self, coordinates: Any, x: Any) -> Any:
        """Return the extended coordinates."""
        if self._kernel is None:
            return coordinates
        return tf.concat([coordinates, tf.concat([coordinates, x], axis=-1) @ self._kernel], axis=-1)

    def compute_output_shape(self, coordinates_shape: Shape, x_shape: Shape) -> Shape:
        """Return [hits, max(dimensions, n_coordinates)]."""
        return (coordinates_shape[0], max(int(coordinates_shape[-1] or 0), self.n_coordinates))
