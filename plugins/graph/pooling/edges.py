"""The Keras layer that rates links."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.pooling import block


@keras.saving.register_keras_serializable("registry")
class CondensationEdges(BlockLayer):
    """Rates the links of every hit, and the choice to join none.

    Input shape: x [hits, features], neighbour_indices and squared_distances [hits, K]. Output shape: [hits, K + 1].
    """

    block = block.CondensationEdges

    def build(self, x_shape: Shape, neighbour_indices_shape: Shape, squared_distances_shape: Shape) -> None:
        """Make the kernels of u, of the links and of the hit itself."""
        width, links = int(x_shape[-1] or 0), int(squared_distances_shape[-1] or 0)
        self._pre = self._dense("pre", [width, self.pre_nodes])
        self._links = self._dense("links", [links * (self.pre_nodes + 1), *self.edge_dense, links])
        self._own = self._dense("own", [width, *self.edge_dense, 1])

    def _dense(self, name: str, sizes: list[int]) -> list[tuple[Any, Any]]:
        """Make the kernels and biases of a stack of dense layers."""
        layers = []
        for step, (before, after) in enumerate(pairwise(sizes)):
            kernel = self.add_weight(shape=(before, after), name=f"{name}_kernel_{step}")
            layers.append((kernel, self.add_weight(shape=(after,), initializer="zeros", name=f"{name}_bias_{step}")))
        return layers

    def call(self, x: Any, neighbour_indices: Any, squared_distances: Any) -> Any:
        """Return the probabilities."""
        nodes = tf.nn.elu(_through(x, self._pre))
        found = tf.gather(nodes, tf.maximum(neighbour_indices, 0))
        found = tf.where(neighbour_indices[:, :, None] >= 0, found, 0)
        links = tf.concat([nodes[:, None] - found, squared_distances[:, :, None]], axis=-1)
        links = tf.reshape(links, [-1, neighbour_indices.shape[1] * (self.pre_nodes + 1)])
        return tf.nn.softmax(tf.concat([_through(x, self._own), _through(links, self._links)], axis=-1))

    def compute_output_shape(
        self, x_shape: Shape, neighbour_indices_shape: Shape, squared_distances_shape: Shape
    ) -> Shape:
        """Return [hits, K + 1]."""
        return (x_shape[0], int(squared_distances_shape[-1] or 0) + 1)


def _through(x: Any, layers: list[tuple[Any, Any]]) -> Any:
    """Return the output of a stack of dense layers, elu between them."""
    for step, (kernel, bias) in enumerate(layers):
        x = (tf.nn.elu(x) if step else x) @ kernel + bias
    return x
