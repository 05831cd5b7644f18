"""The Keras layer that tells every hit about its whole event."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.ragged_global_exchange import block
from registry.plugins.shared.events import event_numbers, n_events


@keras.saving.register_keras_serializable("registry")
class RaggedGlobalExchange(BlockLayer):
    """Mean, minimum and maximum of each column over the event, in front of the hit's own features.

    Input shape: x [hits, features], row_splits [events + 1]. Output shape: [hits, parts features], parts: 2 to 4.
    """

    block = block.RaggedGlobalExchange

    def call(self, x: Any, row_splits: Any) -> Any:
        """Return [mean | min | max | x], or less."""
        event, events = event_numbers(row_splits, tf.shape(x)[0]), n_events(row_splits)
        parts = [tf.math.unsorted_segment_mean(x, event, events)]
        if not self.skip_min:
            parts.append(tf.math.unsorted_segment_min(x, event, events))
        if not self.skip_max:
            parts.append(tf.math.unsorted_segment_max(x, event, events))
        return tf.concat([tf.gather(tf.concat(parts, axis=-1), event), x], axis=-1)

    def compute_output_shape(self, x_shape: Shape, row_splits_shape: Shape) -> Shape:
        """Return [hits, parts features]."""
        return (x_shape[0], (4 - int(self.skip_min) - int(self.skip_max)) * int(x_shape[-1] or 0))
