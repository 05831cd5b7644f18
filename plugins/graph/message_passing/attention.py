"""The Keras layer of message passing with attention."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import Shape
from registry.plugins.graph.message_passing import block
from registry.plugins.graph.message_passing.steps import Steps
from registry.plugins.kernels.aggregation import aggregate
from registry.plugins.shared.distance_weights import distance_weights

PADDING = -2.0
"""Embedding of a neighbour that is not there: below what elu can give."""


@keras.saving.register_keras_serializable("registry")
class AttentionMessagePassing(Steps):
    """Messages from neighbours, weighted by distance and by a learned attention.

    Input shape: x [hits, features], neighbour_indices [hits, neighbours], squared_distances (optional) the same.
    Output shape: [hits, features + 2 sum(n_feature_transformation)].
    """

    block = block.AttentionMessagePassing

    def build(
        self, x_shape: Shape, neighbour_indices_shape: Shape, squared_distances_shape: Shape | None = None
    ) -> None:
        """Make the kernels of the steps, of their attention, and of the embedding."""
        width, neighbours = int(x_shape[-1] or 0), int(neighbour_indices_shape[-1] or 0)
        self._build_steps(width)
        self._attention = []
        before = [width, *(2 * units for units in self.n_feature_transformation)]
        for step, size in enumerate(before[:-1]):
            shape = (size + neighbours * self.pos_embedding, neighbours)
            name = f"attention_bias_{step}"
            kernel = self.add_weight(shape=shape, name=f"attention_kernel_{step}", autocast=False)
            bias = self.add_weight(shape=(neighbours,), initializer="zeros", name=name, autocast=False)
            self._attention.append((kernel, bias))
        self._embed_kernel = self.add_weight(shape=(width, self.pos_embedding), name="embedding_kernel")
        self._embed_bias = self.add_weight(shape=(self.pos_embedding,), initializer="zeros", name="embedding_bias")

    def call(self, x: Any, neighbour_indices: Any, squared_distances: Any = None) -> Any:
        """Return x, then the messages of all steps."""
        embedded = self._neighbour_embeddings(x, neighbour_indices)
        near = 1.0 if squared_distances is None else distance_weights(squared_distances)
        neighbours = float(neighbour_indices.shape[-1])
        features, messages = tf.cast(x, self.variable_dtype), [x]
        for step in range(len(self.n_feature_transformation)):
            kernel, bias = self._attention[step]
            weights = near * tf.sigmoid(tf.concat([features, embedded], axis=-1) @ kernel + bias)
            own = self._transform(step, features)
            features = neighbours * aggregate(own, weights, neighbour_indices) - tf.concat([own, own], axis=-1)
            messages.append(features)
        return self._joined(messages)

    def _neighbour_embeddings(self, x: Any, indices: Any) -> Any:
        """Return the embeddings of a hit's neighbours side by side, [hits, neighbours pos_embedding]."""
        made = self._activation(tf.cast(x, self.compute_dtype) @ self._embed_kernel + self._embed_bias)
        embedded = tf.cast(made, self.variable_dtype)
        found = tf.gather(embedded, tf.maximum(indices, 0))
        found = tf.where(indices[:, :, None] >= 0, found, tf.cast(PADDING, found.dtype))
        return tf.reshape(found, [-1, indices.shape[1] * self.pos_embedding])
