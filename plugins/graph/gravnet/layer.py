"""The Keras layer of GravNet."""

from __future__ import annotations

from typing import Any, Literal

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.gravnet import block
from registry.plugins.graph.gravnet.initializer import EyeInitializer
from registry.plugins.kernels.aggregation import exchange
from registry.plugins.kernels.neighbours import nearest_neighbours
from registry.plugins.shared.distance_weights import WEIGHT_SCALE


@keras.saving.register_keras_serializable("registry")
class GravNet(BlockLayer):
    """Neighbours in a learned space, and what each hit gathers from them.

    Input shape: x [hits, features], row_splits [events + 1], coordinate_features [hits, extra] (optional).
    Output shape: features [hits, n_filters], coordinates [hits, n_dimensions], neighbour_indices and squared_distances
    [hits, n_neighbours + 1] (n_neighbours without `return_self`).
    """

    block = block.GravNet

    def setup(self) -> None:
        """Find the activation."""
        self._activation = keras.activations.get(self.feature_activation)

    def build(self, x_shape: Shape, row_splits_shape: Shape, coordinate_features_shape: Shape | None = None) -> None:
        """Make the three kernels, and the radius that recorded weights carry."""
        width = int(x_shape[-1] or 0)
        extra = int(coordinate_features_shape[-1] or 0) if coordinate_features_shape else 0
        noise = self.coord_initialiser_noise
        space = "glorot_uniform" if noise is None else EyeInitializer(stddev=noise)
        gathered = 2 * self.n_propagate + width
        self._gather_kernel = self.add_weight(shape=(width, self.n_propagate), name="gather_kernel")
        self._gather_bias = self.add_weight(shape=(self.n_propagate,), initializer="zeros", name="gather_bias")
        self._space = self.add_weight(shape=(extra + width, self.n_dimensions), initializer=space, name="space_kernel")
        self._output_kernel = self.add_weight(shape=(gathered, self.n_filters), name="output_kernel")
        self._output_bias = self.add_weight(shape=(self.n_filters,), initializer="zeros", name="output_bias")
        self._radius = self.add_weight(shape=(), initializer="ones", trainable=False, name="dynamic_radius")

    def call(self, x: Any, row_splits: Any, coordinate_features: Any = None) -> dict[str, Any]:
        """Return features, coordinates, neighbour indices and squared distances."""
        gathered = self._activation(x @ self._gather_kernel + self._gather_bias)
        basis = x if coordinate_features is None else tf.concat([coordinate_features, x], axis=-1)
        coordinates = basis @ self._space
        indices, distances = nearest_neighbours(coordinates, row_splits, self.n_neighbours)
        normalise_by: Literal["sum_of_weights"] | None = "sum_of_weights" if self.sumwnorm else None
        # What is gathered is as wide as the output: it is computed again rather than kept.
        found = exchange(gathered, distances, indices, WEIGHT_SCALE, 1, normalise_by, keep=False)
        features = tf.nn.relu(tf.concat([found, x], axis=-1) @ self._output_kernel + self._output_bias)
        if not self.return_self:
            indices, distances = indices[:, 1:], distances[:, 1:]
        # Untouched, the indices share what kernels make of them with all that use them.
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
