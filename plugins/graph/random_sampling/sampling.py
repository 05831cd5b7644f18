"""The Keras layer of the random thinning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer
from registry.plugins.graph.random_sampling import block
from registry.plugins.graph.random_sampling.scores import scores
from registry.plugins.graph.random_sampling.selection import columns_of, keep, kept_specs
from registry.plugins.shared.events import event_numbers, n_events


@keras.saving.register_keras_serializable("registry")
class RandomSampling(BlockLayer):
    """A random part of every event.

    Input shape: row_splits [events + 1], is_track [hits, 1] (optional), rest: columns [hits, ...] by name.
    Output shape: row_splits [events + 1], kept_hits [kept, 1], is_track [kept, 1], columns [kept, ...].
    """

    block = block.RandomSampling

    def setup(self) -> None:
        """Make the generator of the random numbers of training."""
        self._generator = keras.random.SeedGenerator(self.seed)

    def call(
        self,
        row_splits: Any,
        is_track: Any = None,
        rest: Mapping[str, Any] | None = None,
        training: bool | None = None,
    ) -> dict[str, Any]:
        """Return the kept hits, their row splits and columns."""
        columns = columns_of(rest, is_track)
        event, events = event_numbers(row_splits, row_splits[-1]), n_events(row_splits)
        drawn = self._scores(row_splits, event, training)
        if is_track is not None:
            drawn = tf.where(is_track[:, 0] > 0, 0.0, drawn)
        # An event without hits has an infinite minimum, which raises nobody's threshold.
        lowest = tf.math.unsorted_segment_min(drawn, event, events) + self.epsilon
        threshold = tf.maximum(tf.cast(1 / self.reduction, tf.float32), lowest)
        if self.batchwide_threshold:
            filled = row_splits[1:] > row_splits[:-1]
            threshold = tf.fill([events], tf.reduce_max(tf.where(filled, threshold, 0)))
        return keep(drawn <= tf.gather(threshold, event), row_splits, columns)

    def _scores(self, row_splits: Any, event: Any, training: bool | None) -> Any:
        """Return a random number for every hit, [hits]."""
        if training:
            return tf.random.stateless_uniform([row_splits[-1]], self._generator.next())
        place = tf.range(row_splits[-1]) - tf.gather(row_splits, event)
        return scores(self.seed, place)

    def compute_output_spec(
        self, row_splits: Any, is_track: Any = None, rest: Mapping[str, Any] | None = None, **others: Any
    ) -> dict[str, Any]:
        """Return the shapes."""
        return kept_specs(row_splits, columns_of(rest, is_track))
