"""Puts features on a sphere."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def sphere(x: Any, centre: bool = True) -> tuple[Any, Any]:
    """Return the features at length sqrt(features), and the length they had, [hits, 1]; `centre`: around their mean."""
    features = x - tf.reduce_mean(x, axis=-1, keepdims=True) if centre else x
    length = tf.sqrt(tf.reduce_sum(features**2, axis=-1, keepdims=True) + 1e-6)
    return features / length * float(x.shape[-1]) ** 0.5, length
