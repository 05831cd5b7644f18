"""The Keras layer of the support of links."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer
from registry.plugins.graph.line_support import block


@keras.saving.register_keras_serializable("registry")
class LineSupport(BlockLayer):
    """How many of a hit's other neighbours lie on the line through it and a neighbour; see the block for the formula.

    Input shape: coordinates [hits, 3], neighbour_indices [hits, K]. Output shape: [hits, K, 3 widths].
    """

    block = block.LineSupport

    def setup(self) -> None:
        """Coordinates are not rounded."""
        self.autocast = False

    def call(self, coordinates: Any, neighbour_indices: Any) -> Any:
        """Return the logarithms of the supports."""
        places = tf.stop_gradient(coordinates)
        known = neighbour_indices >= 0
        at = tf.maximum(neighbour_indices, 0)
        # One axis at a time, the neighbours first: what belongs to one neighbour lies together in memory.
        ways = [tf.gather(axis, at) - axis[:, None] for axis in tf.unstack(places, axis=1)]
        square = sum(way * way for way in ways)
        inverse, length = tf.math.divide_no_nan(tf.ones_like(square), square), tf.sqrt(square)
        columns = [tf.transpose(value) for value in (*ways, tf.cast(known, places.dtype))]
        links = neighbour_indices.shape[1]

        def add(k: Any, sums: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
            third = [tf.gather(column, k)[:, None] for column in columns]
            other = third[3] * tf.cast(tf.range(links) != k, places.dtype)[None]
            share = sum(way * to for way, to in zip(ways, third[:3], strict=True)) * inverse
            miss = sum((to - share * way) ** 2 for way, to in zip(ways, third[:3], strict=True))
            regions, variance = self._regions(share, length)
            found = [other * tf.exp(-miss / (2 * width**2 * variance)) for width in self.widths]
            added = [tf.where(region, value, tf.zeros_like(value)) for region in regions for value in found]
            return k + 1, tuple(total + value for total, value in zip(sums, added, strict=True))

        none = tuple(tf.zeros_like(square) for _ in range(len(block.REGIONS) * len(self.widths)))
        _, sums = tf.while_loop(
            lambda k, _: k < links, add, (tf.constant(0), none), maximum_iterations=links, parallel_iterations=1
        )
        found = tf.where(known[:, :, None], tf.math.log1p(tf.stack(sums, axis=2)), tf.zeros_like(places[:1, :1, None]))
        return tf.stop_gradient(found)

    def _regions(self, share: Any, length: Any) -> tuple[tuple[Any, ...], Any]:
        """Return the region that each third hit is in, and the variance of its miss."""
        behind, beyond = share < 0, share > 1
        rest = 1 - share
        lever = length * tf.where(behind, -share, tf.where(beyond, -rest, share * rest))
        variance = self.resolution**2 * (1 + share * share + rest * rest) + (self.scattering * lever) ** 2
        return (behind, ~(behind | beyond), beyond), variance

    def compute_output_spec(self, coordinates: Any, neighbour_indices: Any) -> Any:
        """Return [hits, K, 3 widths]."""
        shape = (*neighbour_indices.shape, len(block.REGIONS) * len(self.widths))
        return keras.KerasTensor(shape, coordinates.dtype)
