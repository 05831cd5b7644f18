"""The Keras layer of the fill-space loss."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.loss_layer import LossLayer
from registry.plugins.losses.fill_space import block
from registry.plugins.losses.fill_space.sampling import draw_hits
from registry.plugins.losses.object_condensation.objects import events_of_hits


@keras.saving.register_keras_serializable("registry")
class FillSpace(LossLayer):
    """Keeps a coordinate space from collapsing onto a surface; see the block for the formula.

    Input shape: coordinates [hits, C], row_splits [events+1], truth_index [hits, 1] or nothing. Output: scalars.
    """

    block = block.FillSpace

    def setup(self) -> None:
        """Make the generator of the random numbers that draw hits, and the counter of calls."""
        self._seed = keras.random.SeedGenerator()
        self.calls = self.add_weight(name="calls", shape=(), dtype="int32", initializer="zeros", trainable=False)

    def call(
        self, coordinates: Any, row_splits: Any, truth_index: Any = None, training: bool | None = None
    ) -> dict[str, Any]:
        """Return the loss, or 0 in training calls that are left out."""
        hits, splits = draw_hits(row_splits, self._limit(training), self._seed)
        keep = tf.ones_like(hits, coordinates.dtype)
        if truth_index is not None:
            keep = tf.cast(tf.gather(truth_index[:, 0], hits) >= 0, coordinates.dtype)
        return {"loss": self.scale * anisotropy(tf.gather(coordinates, hits), keep, splits)}

    def _limit(self, training: bool | None) -> tf.Tensor | int:
        """Return how many hits of an event are looked at: none in training calls that are left out."""
        if not training or self.runevery < 0:
            return self.maxhits
        due = tf.convert_to_tensor(self.calls) % (self.runevery + 1) == 0
        self.calls.assign_add(1)
        return tf.where(due, self.maxhits, 0)


def anisotropy(coordinates: tf.Tensor, keep: tf.Tensor, row_splits: tf.Tensor) -> tf.Tensor:
    """Return the mean over events of ln((mean λ / (min λ + 1e-6) - 1)² + 1), a scalar.

    Computed in float64: a quotient of eigenvalues of a sum over thousands of hits loses three digits.

    Args:
        coordinates: [hits, C].
        keep: 1 for hits that count, else 0, [hits].
        row_splits: [events+1].
    """
    dtype = coordinates.dtype
    coordinates, keep = tf.cast(coordinates, tf.float64), tf.cast(keep, tf.float64)
    events = tf.shape(row_splits)[0] - 1
    event = events_of_hits(row_splits, tf.shape(coordinates)[0])
    count = tf.math.unsorted_segment_sum(keep, event, events)
    keep = keep[:, tf.newaxis]
    mean = tf.math.divide_no_nan(tf.math.unsorted_segment_sum(coordinates * keep, event, events), count[:, tf.newaxis])
    centred = (coordinates - tf.gather(mean, event)) * keep
    products = centred[:, :, tf.newaxis] * centred[:, tf.newaxis, :]
    covariance = tf.math.divide_no_nan(
        tf.math.unsorted_segment_sum(products, event, events), count[:, tf.newaxis, tf.newaxis]
    )
    # Rounding can make eigenvalues of a flat space slightly negative.
    spread = tf.nn.relu(tf.linalg.eigvalsh(covariance))
    ratio = tf.reduce_mean(spread, axis=1) / (tf.reduce_min(spread, axis=1) + 1e-6)
    penalty = tf.where(count > 0, tf.math.log(tf.square(ratio - 1) + 1), tf.zeros_like(ratio))
    return tf.cast(tf.math.divide_no_nan(tf.reduce_sum(penalty), tf.cast(events, tf.float64)), dtype)
