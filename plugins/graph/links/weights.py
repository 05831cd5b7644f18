"""The Keras layer that makes weights of links of their rates."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.links import block

SMALLEST = 1e-6
"""What is added to the sum of rates."""


@keras.saving.register_keras_serializable("registry")
class LinkWeights(BlockLayer):
    """How much of a hit goes along each of its links.

    Input shape: edges [hits, K + 1]. Output shape: [hits, K].
    """

    block = block.LinkWeights

    def call(self, edges: Any) -> Any:
        """Return the weights."""
        rates = tf.stop_gradient(edges) ** self.exponent
        total = tf.reduce_sum(rates, axis=1, keepdims=True)
        return tf.where(total < self.minimum, 0.0, rates[:, 1:] / (total + SMALLEST))

    def compute_output_shape(self, edges_shape: Shape) -> Shape:
        """Return [hits, K]."""
        return (edges_shape[0], int(edges_shape[-1] or 0) - 1)
