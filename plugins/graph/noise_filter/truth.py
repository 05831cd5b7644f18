"""The Keras layer of the truth a noise filter is trained on."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer
from registry.plugins.graph.noise_filter import block


@keras.saving.register_keras_serializable("registry")
class NotNoiseTruth(BlockLayer):
    """Truth index, with 1 for spectators and tracks.

    Input shape: truth_index [hits, 1], spectator_weight and is_track [hits, 1] (optional). Output shape: [hits, 1].
    """

    block = block.NotNoiseTruth

    def call(self, truth_index: Any, spectator_weight: Any = None, is_track: Any = None) -> Any:
        """Return the truth index."""
        for kept in (spectator_weight, is_track):
            if kept is not None:
                truth_index = tf.where(kept > 0, 1, truth_index)
        return truth_index

    def compute_output_spec(self, truth_index: Any, spectator_weight: Any = None, is_track: Any = None) -> Any:
        """Return [hits, 1]."""
        return keras.KerasTensor(truth_index.shape, truth_index.dtype)
