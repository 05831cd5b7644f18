"""The Keras layer that moves features along links."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.pooling import block
from registry.plugins.kernels.aggregation import push

SMALLEST_SUM = 1e-3
"""What a mean is divided by where nothing arrived."""


@keras.saving.register_keras_serializable("registry")
class PushUp(BlockLayer):
    """Features moved along links to the kept hits, as a weighted mean or sum.

    Input shape: x [hits, features], neighbour_indices and weights [hits, neighbours], kept_hits [kept, 1], hit_weights
    [hits, 1] (optional). Output shape: [kept, features].
    """

    block = block.PushUp

    def call(self, x: Any, neighbour_indices: Any, weights: Any, kept_hits: Any, hit_weights: Any = None) -> Any:
        """Return what arrived at the kept hits."""
        own = tf.ones_like(x[:, :1]) if hit_weights is None else tf.nn.relu(hit_weights)
        if self.add_self:
            neighbour_indices, weights = self._with_self(neighbour_indices, weights)
        pushed = push(tf.concat([own * x, own], axis=-1), weights, neighbour_indices)
        pushed = tf.gather(pushed, kept_hits[:, 0])
        if self.mode == "sum":
            return pushed[:, :-1]
        total = pushed[:, -1:]
        return pushed[:, :-1] / tf.where(total > 0, total, SMALLEST_SUM)

    def _with_self(self, indices: Any, weights: Any) -> tuple[Any, Any]:
        alone = indices[:, :1] < 0
        first = tf.where(alone, tf.range(tf.shape(indices)[0])[:, None], indices[:, :1])
        indices = tf.concat([first, indices[:, 1:]], axis=1)
        if self.legacy_self_weight:
            return indices, weights
        return indices, tf.concat([tf.where(alone, 1.0, weights[:, :1]), weights[:, 1:]], axis=1)

    def compute_output_shape(
        self,
        x_shape: Shape,
        neighbour_indices_shape: Shape,
        weights_shape: Shape,
        kept_hits_shape: Shape,
        hit_weights_shape: Shape | None = None,
    ) -> Shape:
        """Return [kept, features]."""
        return (kept_hits_shape[0], x_shape[-1])
