"""The Keras layer of the scores of links."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import Shape
from registry.plugins.graph.link_networks import block
from registry.plugins.graph.link_networks.layers import LinkLayers, times
from registry.plugins.shared.in_blocks import Tensors, in_blocks


@keras.saving.register_keras_serializable("registry")
class LinkScores(LinkLayers):
    """A score of every link, 0 to 1.

    Input shape: x [hits, features], neighbour_indices [hits, K], link_features [hits, K, pair] (optional),
    coordinates [hits, 3] (with `pair_columns`). Output shape: [hits, K].
    """

    block = block.LinkScores

    def build(
        self,
        x_shape: Shape,
        neighbour_indices_shape: Shape | None = None,
        link_features_shape: Shape | None = None,
        coordinates_shape: Shape | None = None,
    ) -> None:
        """Make the layers on links, and that of the score."""
        self.build_layers(x_shape, link_features_shape)
        self._score = self.add_weight(shape=(self.units[-1], 1), name="score_kernel")
        self._score_bias = self.add_weight(shape=(1,), initializer="zeros", name="score_bias")

    def call(self, x: Any, neighbour_indices: Any, link_features: Any = None, coordinates: Any = None) -> Any:
        """Return the scores."""
        rows, tables = self.operands(x, link_features, coordinates)
        tables |= {"score": tf.convert_to_tensor(self._score), "score_bias": tf.convert_to_tensor(self._score_bias)}
        return in_blocks(self._scores, neighbour_indices, rows, tables, [neighbour_indices.shape[1]])

    def _scores(self, near: Any, rows: Tensors, tables: Tensors) -> Any:
        """Return the scores of the links of some hits, [some, K]."""
        made = times(self.links(near, rows, tables), tables["score"]) + tables["score_bias"]
        score = tf.sigmoid(made)[:, :, 0]
        return tf.where(near >= 0, score, tf.zeros_like(score))

    def compute_output_shape(
        self,
        x_shape: Shape,
        neighbour_indices_shape: Shape,
        link_features_shape: Shape | None = None,
        coordinates_shape: Shape | None = None,
    ) -> Shape:
        """Return [hits, K]."""
        return (x_shape[0], neighbour_indices_shape[-1])
