"""The Keras layer behind blocks whose hits attend to those that share a window with them."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.keeping import computed_once
from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.gravnet.initializer import EyeInitializer
from registry.plugins.kernels.neighbours import nearest_neighbours
from registry.plugins.shared.window_attention import window_attention
from registry.plugins.shared.windows import Windows


class WindowedLayer(BlockLayer):
    """A learned space, windows of hits that are near in it, and attention within them.

    A subclass says by `windows(coordinates, row_splits)` which hits share one.
    """

    def build(self, x_shape: Shape, row_splits_shape: Shape, coordinate_features_shape: Shape | None = None) -> None:
        """Make the three kernels and two biases."""
        width = int(x_shape[-1] or 0)
        extra = int(coordinate_features_shape[-1] or 0) if coordinate_features_shape else 0
        noise = self.coord_initialiser_noise
        space = "glorot_uniform" if noise is None else EyeInitializer(stddev=noise)
        asked, gathered = 3 * self.n_propagate, self.n_propagate + width
        self._attention_kernel = self.add_weight(shape=(width, asked), name="attention_kernel")
        self._attention_bias = self.add_weight(shape=(asked,), initializer="zeros", name="attention_bias")
        self._space = self.add_weight(shape=(extra + width, self.n_dimensions), initializer=space, name="space_kernel")
        self._output_kernel = self.add_weight(shape=(gathered, self.n_filters), name="output_kernel")
        self._output_bias = self.add_weight(shape=(self.n_filters,), initializer="zeros", name="output_bias")

    def windows(self, coordinates: Any, row_splits: Any) -> list[Windows]:
        """Return the windows of all hits, for each order."""
        raise NotImplementedError

    def call(self, x: Any, row_splits: Any, coordinate_features: Any = None) -> dict[str, Any]:
        """Return features, coordinates, neighbour indices and squared distances."""
        basis = x if coordinate_features is None else tf.concat([coordinate_features, x], axis=-1)
        coordinates = basis @ self._space
        splits, fixed = tf.cast(tf.reshape(row_splits, [-1]), tf.int32), tf.stop_gradient(coordinates)
        orders = computed_once(lambda: self.windows(fixed, splits))
        asked = x @ self._attention_kernel + self._attention_bias
        queries, keys, values = tf.split(asked, 3, axis=1)
        found = window_attention(queries, keys, values, coordinates, orders, self.n_heads)
        features = tf.nn.relu(tf.concat([found, x], axis=-1) @ self._output_kernel + self._output_bias)
        # Where nobody takes the lists, the graph leaves out the search.
        indices, distances = nearest_neighbours(coordinates, row_splits, self.n_neighbours)
        if not self.return_self:
            indices, distances = indices[:, 1:], distances[:, 1:]
        return {
            "features": features,
            "coordinates": coordinates,
            "neighbour_indices": indices,
            "squared_distances": distances,
        }

    def compute_output_spec(self, x: Any, row_splits: Any, coordinate_features: Any = None) -> dict[str, Any]:
        """Return the four shapes."""
        hits, columns = x.shape[0], self.n_neighbours + int(self.return_self)
        return {
            "features": keras.KerasTensor((hits, self.n_filters), self.compute_dtype),
            "coordinates": keras.KerasTensor((hits, self.n_dimensions), self.compute_dtype),
            "neighbour_indices": keras.KerasTensor((hits, columns), "int32"),
            "squared_distances": keras.KerasTensor((hits, columns), self.compute_dtype),
        }
