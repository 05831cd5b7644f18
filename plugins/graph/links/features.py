"""The Keras layer that puts the features of all neighbours side by side."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.links import block


@keras.saving.register_keras_serializable("registry")
class NeighbourFeatures(BlockLayer):
    """The features of all neighbours of a hit, side by side.

    Input shape: x [hits, features], neighbour_indices [hits, K], squared_distances (optional) the same. Output shape:
    [hits, columns].
    """

    block = block.NeighbourFeatures

    def call(self, x: Any, neighbour_indices: Any, squared_distances: Any = None) -> Any:
        """Return what stands side by side."""
        width, links = x.shape[-1], neighbour_indices.shape[1]
        found = tf.gather(x, tf.maximum(neighbour_indices, 0))
        found = tf.where(neighbour_indices[:, :, None] >= 0, found, 0)
        found = x[:, None] - found if self.difference else found
        columns = [x] if self.own else []
        columns.append(tf.reshape(found, [-1, links * width]))
        if self.distances:
            columns.append(squared_distances)
        return tf.concat(columns, axis=1)

    def compute_output_shape(
        self, x_shape: Shape, neighbour_indices_shape: Shape, squared_distances_shape: Shape | None = None
    ) -> Shape:
        """Return [hits, columns]."""
        width, links = int(x_shape[-1] or 0), int(neighbour_indices_shape[-1] or 0)
        return (x_shape[0], links * width + self.own * width + self.distances * links)
