"""The Keras layer of the transform by quantiles."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.transform_layer import TransformLayer
from registry.plugins.transforms.quantile import block

CLIP = 1e-7
"""Shares nearer to 0 or 1 have no place under a Gauss in 32 bits."""


@keras.saving.register_keras_serializable("registry")
class Quantile(TransformLayer):
    """The share of training hits below each value, or its place under a Gauss.

    Input shape: features [hits, features]; rest: any columns by name. Output shape: the same.
    """

    block = block.Quantile

    def build_for(self, columns: int) -> None:
        """Make the values of equal shares."""
        self._table = self.hold("values", (self.quantiles, columns), "zeros")

    def changed(self, x: Any) -> Any:
        """Return the shares."""
        values = tf.transpose(tf.convert_to_tensor(self._table))
        wanted = tf.transpose(x)
        # Of values that occur several times the first and the last: what lies on them gets the middle of their shares.
        below = self._share(values, wanted, "left")
        share = tf.transpose((below + self._share(values, wanted, "right")) / 2)
        if self.distribution == "uniform":
            return share
        return tf.math.ndtri(tf.clip_by_value(share, CLIP, 1 - CLIP))

    def _share(self, values: Any, wanted: Any, side: str) -> Any:
        last = self.quantiles - 1
        upper = tf.clip_by_value(tf.searchsorted(values, wanted, side=side), 1, last)
        low, high = (tf.gather(values, place, batch_dims=1) for place in (upper - 1, upper))
        between = tf.clip_by_value(tf.math.divide_no_nan(wanted - low, high - low), 0.0, 1.0)
        # Where the two values are equal, the side says on which of them it lies.
        edge = tf.ones_like(between) if side == "right" else tf.zeros_like(between)
        between = tf.where(high > low, between, tf.where(wanted == low, edge, tf.cast(wanted > low, between.dtype)))
        return (tf.cast(upper - 1, between.dtype) + between) / last
