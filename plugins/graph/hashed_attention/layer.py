"""The Keras layer of attention within buckets of locality-sensitive hashing."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import Shape
from registry.plugins.graph.hashed_attention import block
from registry.plugins.graph.window_attention.base import WindowedLayer
from registry.plugins.shared.windows import KEY_BITS, Windows, scaled_to_event, windows_of


@keras.saving.register_keras_serializable("registry")
class HashedAttention(WindowedLayer):
    """Attention within buckets of locality-sensitive hashing; shapes as in `LearnedSpaceLayer`."""

    block = block.HashedAttention

    def build(self, x_shape: Shape, row_splits_shape: Shape, coordinate_features_shape: Shape | None = None) -> None:
        """Make the kernels and biases, and draw the directions."""
        super().build(x_shape, row_splits_shape, coordinate_features_shape)
        self._directions = self.add_weight(
            shape=(self.n_tables, self.n_hashes, self.n_dimensions),
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            trainable=False,
            name="directions",
        )

    def windows(self, coordinates: Any, row_splits: Any) -> list[Windows]:
        """Return the buckets of every table."""
        directions = tf.reshape(tf.cast(self._directions, tf.float32), [-1, self.n_dimensions])
        hashes = tf.matmul(tf.cast(coordinates, tf.float32), directions, transpose_b=True)
        fractions = tf.cast(scaled_to_event(hashes, row_splits, together=False), tf.float64)
        keys = tf.unstack(tf.cast(fractions * (2**KEY_BITS - 1), tf.int64), self.n_tables * self.n_hashes, axis=1)
        tables = [keys[first : first + self.n_hashes] for first in range(0, len(keys), self.n_hashes)]
        return [windows_of(table, row_splits, self.window) for table in tables]
