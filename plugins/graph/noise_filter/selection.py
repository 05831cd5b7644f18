"""The Keras layer that removes noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer
from registry.plugins.graph.noise_filter import block
from registry.plugins.graph.random_sampling.selection import columns_of, keep, kept_specs


@keras.saving.register_keras_serializable("registry")
class NoiseSelection(BlockLayer):
    """Hits whose score is above a threshold, and all tracks.

    Input shape: score [hits, 1], row_splits [events + 1], is_track [hits, 1] (optional), rest: columns [hits, ...].
    Output shape: row_splits [events + 1], kept_hits [kept, 1], is_track [kept, 1], columns [kept, ...].
    """

    block = block.NoiseSelection

    def call(
        self, score: Any, row_splits: Any, is_track: Any = None, rest: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the kept hits, their row splits and columns."""
        mask = score[:, 0] > self.noise_threshold
        if is_track is not None:
            mask = tf.logical_or(mask, is_track[:, 0] > 0)
        return keep(mask, row_splits, columns_of(rest, is_track))

    def compute_output_spec(
        self, score: Any, row_splits: Any, is_track: Any = None, rest: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the shapes."""
        return kept_specs(row_splits, columns_of(rest, is_track))
