"""The Keras layer of the loss of edges."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.loss_layer import LossLayer
from registry.plugins.losses.edge_classification import block
from registry.plugins.losses.graph_condensation_losses.same_object import same_object
from registry.plugins.losses.object_condensation.hits import flat, hit_means

SMALLEST = 1e-6
"""Scores are kept this far from 0 and 1."""


@keras.saving.register_keras_serializable("registry")
class EdgeClassification(LossLayer):
    """Teaches the score of every link; see the block for the formula.

    Input shape: edge_score and neighbour_indices [hits, K], truth_index [hits, 1]. Output: a scalar.
    """

    block = block.EdgeClassification

    def call(self, edge_score: Any, neighbour_indices: Any, truth_index: Any, **others: Any) -> dict[str, Any]:
        """Return the loss; `others` are the weights by port name."""
        truth = flat(truth_index)
        same = same_object(truth, neighbour_indices) & (truth >= 0)[:, None]
        known = tf.cast(neighbour_indices >= 0, edge_score.dtype)
        score = tf.clip_by_value(edge_score, SMALLEST, 1 - SMALLEST)
        right = tf.where(same, score, 1 - score)
        cost = -tf.math.log(right)
        if self.form == "focal":
            cost *= (1 - right) ** self.gamma
        weight = known * tf.where(same, tf.cast(self.positive_weight, known.dtype), 1)
        of_hit = tf.math.divide_no_nan(tf.reduce_sum(weight * cost, axis=1), tf.reduce_sum(known, axis=1))
        linked = tf.cast(tf.reduce_any(known > 0, axis=1), known.dtype)
        return {"loss": self.scale * hit_means(others, truth, linked)(of_hit, linked)}
