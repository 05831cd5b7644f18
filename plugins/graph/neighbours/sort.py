"""The Keras layer that sorts and shortens lists of neighbours."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer
from registry.plugins.graph.neighbours import block


@keras.saving.register_keras_serializable("registry")
class SortNeighbours(BlockLayer):
    """Lists of neighbours in order of distance, shortened.

    Input shape: neighbour_indices and squared_distances [hits, neighbours]. Output shape: both [hits, K].
    """

    block = block.SortNeighbours

    def call(self, neighbour_indices: Any, squared_distances: Any) -> dict[str, Any]:
        """Return the sorted lists."""
        indices, distances = neighbour_indices, squared_distances
        if self.sort:
            key = -distances if self.descending else distances
            key = tf.where(indices >= 0, key, float("inf"))
            # The hit itself comes first, whatever the order.
            key = tf.concat([tf.fill([tf.shape(key)[0], 1], float("-inf")), key[:, 1:]], axis=1)
            order = tf.argsort(key, axis=1, stable=True)
            indices, distances = (tf.gather(values, order, batch_dims=1) for values in (indices, distances))
        if self.K >= 1:
            indices, distances = indices[:, : self.K], distances[:, : self.K]
        if self.radius > 0:
            near = distances <= self.radius
            indices, distances = tf.where(near, indices, -1), tf.where(near, distances, 0)
        return {"neighbour_indices": indices, "squared_distances": distances}

    def compute_output_spec(self, neighbour_indices: Any, squared_distances: Any) -> dict[str, Any]:
        """Return the two shapes."""
        shape = (neighbour_indices.shape[0], neighbour_indices.shape[1] if self.K < 1 else self.K)
        return {
            "neighbour_indices": keras.KerasTensor(shape, "int32"),
            "squared_distances": keras.KerasTensor(shape, self.compute_dtype),
        }
