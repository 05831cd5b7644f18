"""The Keras layer of the loss on the rates of links."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.loss_layer import LossLayer
from registry.plugins.losses.graph_condensation_losses.same_object import same_object
from registry.plugins.losses.link_losses import block
from registry.plugins.losses.object_condensation.hits import flat, hit_means

SMALLEST = 1e-7
"""Rates are kept this far from 0 and 1."""


@keras.saving.register_keras_serializable("registry")
class LinkClassification(LossLayer):
    """Teaches the rate of every link; see the block for the formula.

    Input shape: edges [hits, 1 + K], neighbour_indices [hits, K], truth_index [hits, 1]. Output: a scalar.
    """

    block = block.LinkClassification

    def call(self, edges: Any, neighbour_indices: Any, truth_index: Any, **others: Any) -> dict[str, Any]:
        """Return the loss; `others` are the weights by port name."""
        truth = flat(truth_index)
        same = same_object(truth, neighbour_indices)
        noise = truth < 0
        if self.lonely_is_noise:
            noise |= ~tf.reduce_any(same, axis=1)
        noise = noise[:, None]
        target = tf.cast(tf.concat([noise, same & ~noise], axis=1), edges.dtype)
        rate = tf.clip_by_value(edges, SMALLEST, 1 - SMALLEST)
        entropy = target * tf.math.log(rate + SMALLEST) + (1 - target) * tf.math.log(1 - rate + SMALLEST)
        linked = tf.cast(neighbour_indices[:, 0] >= 0, edges.dtype)
        return {"loss": self.scale * hit_means(others, truth, linked)(-tf.reduce_mean(entropy, axis=1), linked, 1.0)}
