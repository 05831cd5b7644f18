"""The Keras layer that sums up the energy of objects."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer
from registry.plugins.layers.truth_rec_energy import block
from registry.plugins.shared.events import event_numbers


@keras.saving.register_keras_serializable("registry")
class TruthRecEnergy(BlockLayer):
    """The energy of every hit's object as the hits have it.

    Input shape: energy, truth_index and is_track (optional) [hits, 1], row_splits [events + 1]. Output shape:
    [hits, 1].
    """

    block = block.TruthRecEnergy

    def call(self, energy: Any, truth_index: Any, row_splits: Any, is_track: Any = None) -> Any:
        """Return the energies."""
        truth, own = tf.cast(truth_index[:, 0], tf.int64), energy[:, 0]
        alone = truth < 0 if is_track is None else (truth < 0) | (is_track[:, 0] > 0)
        event = tf.cast(event_numbers(row_splits, tf.shape(own)[0]), tf.int64)
        labels = tf.reduce_max(tf.concat([truth, [0]], axis=0)) + 2
        objects, number = tf.unique(event * labels + truth, out_idx=tf.int32)
        total = tf.math.unsorted_segment_sum(tf.where(alone, 0.0, own), number, tf.size(objects))
        return tf.where(alone, own, tf.gather(total, number))[:, None]

    def compute_output_spec(self, energy: Any, truth_index: Any, row_splits: Any, is_track: Any = None) -> Any:
        """Return [hits, 1]."""
        return keras.KerasTensor(energy.shape, self.compute_dtype)
