"""Compares the truth of hits with that of their neighbours."""

from __future__ import annotations

import tensorflow as tf


def same_object(truth_index: tf.Tensor, neighbour_indices: tf.Tensor) -> tf.Tensor:
    """Return whether each neighbour belongs to the hit's object, bool [hits, neighbours].

    All noise counts as one object; missing neighbours (-1) belong to none.

    Args:
        truth_index: [hits], negative for noise.
        neighbour_indices: [hits, neighbours], within the event, -1 for padding.
    """
    truth = tf.maximum(truth_index, -1)
    neighbour_truth = tf.gather(truth, tf.maximum(neighbour_indices, 0))
    return (neighbour_truth == truth[:, tf.newaxis]) & (neighbour_indices >= 0)
