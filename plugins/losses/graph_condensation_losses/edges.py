"""The Keras layer of the graph-condensation edges' loss."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.loss_layer import LossLayer
from registry.plugins.losses.graph_condensation_losses import block
from registry.plugins.losses.graph_condensation_losses.same_object import same_object
from registry.plugins.losses.object_condensation.hits import flat, hit_means

FAR = 1e6
"""Squared distance that stands for "not of this object"."""

EQUALLY_GOOD = 0.1
"""Neighbours whose squared distances spread by less are interchangeable."""


@keras.saving.register_keras_serializable("registry")
class GraphCondensationEdges(LossLayer):
    """Teaches every hit which of its kept neighbours to join; see the block for the formula.

    Input shape: edges [hits, 1 + neighbours], squared_distances and neighbour_indices [hits, neighbours], truth_index
    [hits, 1]. Output: scalars.
    """

    block = block.GraphCondensationEdges

    def call(
        self, edges: Any, squared_distances: Any, neighbour_indices: Any, truth_index: Any, **others: Any
    ) -> dict[str, Any]:
        """Return the loss; `others` are the weights by port name."""
        truth = flat(truth_index)
        same = same_object(truth, neighbour_indices)
        nearest = tf.argmin(tf.where(same, squared_distances, FAR), axis=1, output_type=tf.int32)
        target = tf.where(truth >= 0, 1 + nearest, 0)
        probability = edges / tf.reduce_sum(edges, axis=1, keepdims=True)
        probability = tf.clip_by_value(probability, 1e-7, 1 - 1e-7)
        entropy = -tf.math.log(tf.gather(probability, target, axis=1, batch_dims=1))
        spread = tf.reduce_max(squared_distances, axis=1) - tf.reduce_min(squared_distances, axis=1)
        any_will_do = tf.reduce_all(same, axis=1) & (spread < EQUALLY_GOOD)
        entropy = tf.where(any_will_do, tf.zeros_like(entropy), entropy)
        return {"loss": self.scale * hit_means(others, truth, entropy)(entropy)}
