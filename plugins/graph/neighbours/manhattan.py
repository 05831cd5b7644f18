"""The Keras layer of the neighbour search by the sum of coordinate differences."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer
from registry.plugins.graph.neighbours import block

ROWS = 256
"""Most hits of an event whose distances to all others are in memory at one time."""

PAIRS = 2**20
"""Most distances in memory at one time: 4 MiB, which the allocator hands out again instead of asking the system."""


@keras.saving.register_keras_serializable("registry")
class ManhattanKnn(BlockLayer):
    """The nearest neighbours of every hit within its event, by `sum_c |s_ic - s_jc|`.

    Input shape: coordinates [hits, dimensions], row_splits [events + 1].
    Output shape: neighbour_indices and distances [hits, K + 1] (K without `return_self`).
    """

    block = block.ManhattanKnn

    def call(self, coordinates: Any, row_splits: Any) -> dict[str, Any]:
        """Return the lists of neighbours and their distances."""
        indices = self._search(tf.stop_gradient(coordinates), row_splits)
        own = tf.range(tf.shape(coordinates)[0])[:, None]
        indices = tf.concat([own, indices], axis=1) if self.return_self else indices
        found = tf.gather(coordinates, tf.maximum(indices, 0))
        distances = tf.reduce_sum(tf.abs(coordinates[:, None] - found), axis=-1)
        return {"neighbour_indices": indices, "distances": tf.where(indices >= 0, distances, 0)}

    def _search(self, coordinates: Any, row_splits: Any) -> Any:
        """Return the K nearest others, nearest first, int32 [hits, K]; memory: some times that of `PAIRS`."""
        infinity = tf.constant(float("inf"), coordinates.dtype)

        def one_block(event: Any, start: Any, found: Any) -> tuple[Any, Any, Any]:
            begin, end = row_splits[event], row_splits[event + 1]
            points, number = coordinates[begin:end], tf.range(end - begin)
            taken = tf.clip_by_value(PAIRS // tf.maximum(end - begin, 1), 1, ROWS)
            rows, own = points[start : start + taken], number[start : start + taken]
            distances = tf.add_n([tf.abs(rows[:, None, c] - points[None, :, c]) for c in range(points.shape[1])])
            distances = tf.where(tf.equal(own[:, None], number[None]), infinity, distances)
            distances = tf.pad(distances, [[0, 0], [0, self.K]], constant_values=float("inf"))
            negative, nearest = tf.math.top_k(-distances, self.K)
            nearest = tf.where(tf.math.is_finite(negative), nearest + begin, -1)
            last = start + taken >= end - begin
            following = tf.where(last, event + 1, event), tf.where(last, 0, start + taken)
            return *following, tf.concat([found, nearest], axis=0)

        # Not a map to ragged tensors, of which other formats of networks have none.
        events = tf.shape(row_splits)[0] - 1
        begun = (tf.constant(0), tf.constant(0), tf.zeros([0, self.K], tf.int32))
        shapes = (tf.TensorShape([]), tf.TensorShape([]), tf.TensorShape([None, self.K]))
        return tf.while_loop(lambda event, *_: event < events, one_block, begun, shapes, parallel_iterations=1)[2]

    def compute_output_spec(self, coordinates: Any, row_splits: Any) -> dict[str, Any]:
        """Return the two shapes."""
        shape = (coordinates.shape[0], self.K + int(self.return_self))
        return {
            "neighbour_indices": keras.KerasTensor(shape, "int32"),
            "distances": keras.KerasTensor(shape, self.compute_dtype),
        }
