"""Puts features on a sphere."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def sphere(x: Any) -> tuple[Any, Any]:
    """Return the features around their mean, at length sqrt(features), and the length they had, [hits, 1]."""
    centred = x - tf.reduce_mean(x, axis=-1, keepdims=True)
    length = tf.sqrt(tf.reduce_sum(centred**2, axis=-1, keepdims=True) + 1e-6)
    return centred / length * float(x.shape[-1]) ** 0.5, length


def on_sphere(x: Any) -> Any:
    """Return the features around their mean, at length sqrt(features)."""
    return sphere(x)[0]
