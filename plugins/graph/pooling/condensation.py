"""The Keras layer that selects hits and links the others to them."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.pooling import block
from registry.plugins.graph.random_sampling.selection import keep
from registry.plugins.kernels.neighbours import nearest_neighbours
from registry.plugins.shared.events import event_numbers, n_events

SAFEGUARD = 0.98
"""Part of an event's best score that is always enough."""

IS_NEIGHBOUR, HAS_NEIGHBOURS, NEITHER = 0, 1, 2
"""Directions of the neighbour search."""


@keras.saving.register_keras_serializable("registry")
class GraphCondensation(BlockLayer):
    """Selects hits by a score, and links every other hit to the nearest of them.

    Input shape: score [hits, 1], coordinates [hits, dimensions], row_splits [events + 1], always_promote [hits, 1]
    (optional). Output shape: kept_hits [kept, 1], row_splits [events + 1], neighbour_indices, squared_distances and
    weights [hits, K].
    """

    block = block.GraphCondensation

    def build(self, score_shape: Shape) -> None:
        """Make the threshold."""
        start = keras.initializers.Constant(self.score_threshold)
        self._threshold = self.add_weight(shape=(1,), initializer=start, trainable=False, name="dyn_th")

    def call(
        self, score: Any, coordinates: Any, row_splits: Any, always_promote: Any = None, training: bool | None = None
    ) -> dict[str, Any]:
        """Return the kept hits, and the links of all others."""
        score, threshold = tf.stop_gradient(score[:, 0]), tf.convert_to_tensor(self._threshold)[0]
        direction = tf.where(score > threshold, IS_NEIGHBOUR, HAS_NEIGHBOURS)
        if always_promote is not None:
            promoted = always_promote[:, 0] > 0
            direction, score = tf.where(promoted, NEITHER, direction), tf.where(promoted, 1.0, score)
        kept = score >= self._needed(score, row_splits, threshold)
        if training and self.trainable and self.reduction_target is not None:
            self._move_threshold(kept, threshold)
        indices, distances = nearest_neighbours(tf.stop_gradient(coordinates), row_splits, self.K, direction)
        links = {"neighbour_indices": indices[:, 1:], "squared_distances": distances[:, 1:]}
        links["weights"] = tf.nn.softmax(tf.exp(-links["squared_distances"]))
        return {**links, **keep(kept, row_splits, {})}

    def _needed(self, score: Any, row_splits: Any, threshold: Any) -> Any:
        """Return the score each hit needs to stay, [hits]."""
        event, events = event_numbers(row_splits, tf.shape(score)[0]), n_events(row_splits)
        if not self.safeguard:
            return tf.fill(tf.shape(score), threshold)
        best = tf.math.unsorted_segment_max(score, event, events)
        # The maximum over no hits is the lowest number; an empty event lowers nobody's threshold.
        best = tf.where(row_splits[1:] > row_splits[:-1], best, 1.0)
        if self.batchwide_safeguard:
            best = tf.fill([events], tf.reduce_min(best))
        return tf.gather(tf.minimum(SAFEGUARD * best, threshold), event)

    def _move_threshold(self, kept: Any, threshold: Any) -> None:
        share = tf.reduce_mean(tf.cast(kept, tf.float32))
        difference = tf.where(tf.size(kept) > 0, share - self.reduction_target, 0.0)
        step = tf.where(difference > 0, (1 - threshold) * difference, threshold * difference) / 10
        self._threshold.assign(tf.maximum(threshold + step, 0.0)[None])

    def compute_output_spec(
        self, score: Any, coordinates: Any, row_splits: Any, always_promote: Any = None, training: bool | None = None
    ) -> dict[str, Any]:
        """Return the shapes."""
        links = (score.shape[0], self.K)
        return {
            "kept_hits": keras.KerasTensor((None, 1), "int32"),
            "row_splits": keras.KerasTensor(row_splits.shape, "int32"),
            "neighbour_indices": keras.KerasTensor(links, "int32"),
            "squared_distances": keras.KerasTensor(links, self.compute_dtype),
            "weights": keras.KerasTensor(links, self.compute_dtype),
        }
