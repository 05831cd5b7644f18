"""The Keras layer of the scores of links."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import Shape
from registry.plugins.graph.link_networks import block
from registry.plugins.graph.link_networks.layers import LinkLayers, times


@keras.saving.register_keras_serializable("registry")
class LinkScores(LinkLayers):
    """A score of every link, 0 to 1.

    Input shape: x [hits, features], neighbour_indices [hits, K], link_features [hits, K, pair] (optional). Output
    shape: [hits, K].
    """

    block = block.LinkScores

    def build(
        self, x_shape: Shape, neighbour_indices_shape: Shape | None = None, link_features_shape: Shape | None = None
    ) -> None:
        """Make the layers on links, and that of the score."""
        self.build_layers(x_shape, link_features_shape)
        self._score = self.add_weight(shape=(self.units[-1], 1), name="score_kernel")
        self._score_bias = self.add_weight(shape=(1,), initializer="zeros", name="score_bias")

    def call(self, x: Any, neighbour_indices: Any, link_features: Any = None) -> Any:
        """Return the scores."""
        links = self.links(x, neighbour_indices, link_features)
        score = tf.sigmoid(times(links, self._score) + self._score_bias)[:, :, 0]
        return tf.where(neighbour_indices >= 0, score, tf.zeros_like(score))

    def compute_output_shape(
        self, x_shape: Shape, neighbour_indices_shape: Shape, link_features_shape: Shape | None = None
    ) -> Shape:
        """Return [hits, K]."""
        return (x_shape[0], neighbour_indices_shape[-1])
