"""Repulsion between hits and objects in pure TensorFlow, in blocks of fixed size.

A block of hits meets, block by block, the objects of its events. Memory: 1024 x 256 numbers a block, whatever the
numbers of hits and objects. Shapes inside the loops are static, so XLA compiles it where the number of hits is known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

HIT_BLOCK = 1024
OBJECT_BLOCK = 256
SOFTENING = 1e-6


class _Pairs(NamedTuple):
    """What the sums need of a block of hits and objects: [hits, objects], differences [hits, objects] for each c."""

    value: tf.Tensor
    slope: tf.Tensor
    u: tf.Tensor
    directions: list[tf.Tensor]


def object_sums(
    x: tf.Tensor,
    charges: tf.Tensor,
    centres: tf.Tensor,
    scales: tf.Tensor,
    object_of_hit: tf.Tensor,
    event_of_hit: tf.Tensor,
    object_splits: tf.Tensor,
    form: str,
    manhattan: bool,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return the sums [objects] and their derivatives for the centres [objects, C] and the scales [objects]."""
    blocks = _Blocks(x, charges, centres, scales, object_of_hit, event_of_hit, object_splits, form, manhattan)
    width = x.shape[1]

    def add(hit: tf.Tensor, k: tf.Tensor, total: tf.Tensor) -> tf.Tensor:
        pairs, scale = blocks.pairs(hit, k), blocks.of_objects(blocks.scales, k)
        charge = blocks.of_hits(blocks.charges, hit)[:, None]
        slope = pairs.slope * charge
        sums = [tf.reduce_sum(pairs.value * charge, axis=0)]
        sums += [-2 / scale * tf.reduce_sum(slope * direction, axis=0) for direction in pairs.directions]
        sums.append(-1 / scale * tf.reduce_sum(slope * pairs.u, axis=0))
        rows = tf.slice(total, [k, 0], [OBJECT_BLOCK, width + 2]) + tf.stack(sums, axis=1)
        return tf.tensor_scatter_nd_update(total, (k + tf.range(OBJECT_BLOCK))[:, None], rows)

    total = blocks.over_all(add, tf.zeros([tf.shape(blocks.scales)[0], width + 2], x.dtype))
    total = total[: tf.shape(scales)[0]]
    return total[:, 0], total[:, 1 : width + 1], total[:, width + 1]


def hit_gradients(
    x: tf.Tensor,
    charges: tf.Tensor,
    centres: tf.Tensor,
    scales: tf.Tensor,
    object_of_hit: tf.Tensor,
    event_of_hit: tf.Tensor,
    object_splits: tf.Tensor,
    form: str,
    manhattan: bool,
    upstream: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the gradients for x [hits, C] and charges [hits]."""
    blocks = _Blocks(x, charges, centres, scales, object_of_hit, event_of_hit, object_splits, form, manhattan)
    width = x.shape[1]
    upstream = _padded(upstream, OBJECT_BLOCK, 0)

    def add(hit: tf.Tensor, k: tf.Tensor, total: tf.Tensor) -> tf.Tensor:
        pairs, scale = blocks.pairs(hit, k), blocks.of_objects(blocks.scales, k)
        factor = blocks.of_objects(upstream, k)
        slope = pairs.slope * (2 * factor / scale)
        sums = [tf.reduce_sum(pairs.value * factor, axis=1)]
        sums += [tf.reduce_sum(slope * direction, axis=1) for direction in pairs.directions]
        rows = tf.slice(total, [hit, 0], [HIT_BLOCK, width + 1]) + tf.stack(sums, axis=1)
        return tf.tensor_scatter_nd_update(total, (hit + tf.range(HIT_BLOCK))[:, None], rows)

    total = blocks.over_all(add, tf.zeros([tf.shape(blocks.charges)[0], width + 1], x.dtype))
    total = total[: tf.shape(charges)[0]]
    return total[:, 1:] * charges[:, None], total[:, 0]


class _Blocks:
    """Hits and objects, padded to whole blocks, and the loops over all blocks that share an event."""

    def __init__(
        self,
        x: tf.Tensor,
        charges: tf.Tensor,
        centres: tf.Tensor,
        scales: tf.Tensor,
        object_of_hit: tf.Tensor,
        event_of_hit: tf.Tensor,
        object_splits: tf.Tensor,
        form: str,
        manhattan: bool,
    ) -> None:
        self._form, self._manhattan, self._width = form, manhattan, x.shape[1]
        self._hits, self._objects = tf.shape(x)[0], tf.shape(centres)[0]
        self._splits, self._event_of_hit = object_splits, event_of_hit
        event = tf.searchsorted(object_splits[1:], tf.range(self._objects), side="right")
        self._x, self._centres = _padded(x, HIT_BLOCK, 0), _padded(centres, OBJECT_BLOCK, 0)
        self._object_of_hit = _padded(object_of_hit, HIT_BLOCK, -1)
        # Padding belongs to events that nothing else belongs to.
        self._events = _padded(event_of_hit, HIT_BLOCK, -1)
        self._object_events = _padded(event, OBJECT_BLOCK, -2)
        self.charges, self.scales = _padded(charges, HIT_BLOCK, 0), _padded(scales, OBJECT_BLOCK, 1)

    @staticmethod
    def of_hits(values: tf.Tensor, hit: tf.Tensor) -> tf.Tensor:
        """Return the values of the block of hits that starts at `hit`."""
        return tf.slice(values, [hit], [HIT_BLOCK])

    @staticmethod
    def of_objects(values: tf.Tensor, k: tf.Tensor) -> tf.Tensor:
        """Return the values of the block of objects that starts at `k`."""
        return tf.slice(values, [k], [OBJECT_BLOCK])

    def over_all(self, add: Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor], start: tf.Tensor) -> tf.Tensor:
        """Return `start` after total = add(first hit, first object, total) for all blocks."""

        def objects_of(hit: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            last = tf.minimum(hit + HIT_BLOCK, self._hits) - 1
            begin = tf.gather(self._splits, tf.gather(self._event_of_hit, hit))
            end = tf.gather(self._splits, tf.gather(self._event_of_hit, last) + 1)
            _, total = tf.while_loop(
                lambda k, _: k < end,
                lambda k, total: (k + OBJECT_BLOCK, tf.ensure_shape(add(hit, k, total), start.shape)),
                (begin // OBJECT_BLOCK * OBJECT_BLOCK, total),
                parallel_iterations=1,
            )
            return hit + HIT_BLOCK, total

        return tf.while_loop(
            lambda hit, _: hit < self._hits, objects_of, (tf.constant(0), start), parallel_iterations=1
        )[1]

    def pairs(self, hit: tf.Tensor, k: tf.Tensor) -> _Pairs:
        """Return potential and slope, 0 for pairs of different events and for an object's own hits."""
        x = tf.slice(self._x, [hit, 0], [HIT_BLOCK, self._width])
        centres = tf.slice(self._centres, [k, 0], [OBJECT_BLOCK, self._width])
        steps = [x[:, c, None] - centres[None, :, c] for c in range(self._width)]
        if self._manhattan:
            distance = tf.add_n([tf.abs(step) for step in steps])
            squared, directions = tf.square(distance), [tf.sign(step) * distance for step in steps]
        else:
            squared, directions = tf.add_n([tf.square(step) for step in steps]), steps
        u = squared / self.of_objects(self.scales, k)
        same = self.of_hits(self._events, hit)[:, None] == self.of_objects(self._object_events, k)
        other = self.of_hits(self._object_of_hit, hit)[:, None] != k + tf.range(OBJECT_BLOCK)
        counts = tf.logical_and(same, other)
        value, slope = _potential(u, self._form)
        return _Pairs(tf.where(counts, value, 0), tf.where(counts, slope, 0), u, directions)


def _potential(u: tf.Tensor, form: str) -> tuple[tf.Tensor, tf.Tensor]:
    """R(u) and dR/du."""
    if form == "gaussian":
        value = tf.exp(-u / 2)
        return value, -value / 2
    root = tf.sqrt(u + tf.cast(SOFTENING, u.dtype))
    return tf.nn.relu(1 - root), tf.where(root < 1, -0.5 / root, 0)


def _padded(values: tf.Tensor, block: int, fill: float) -> tf.Tensor:
    """Fill up the first axis to a whole number of blocks, at least one."""
    count = tf.shape(values)[0]
    missing = tf.maximum((count + block - 1) // block, 1) * block - count
    paddings = [[0, missing]] + [[0, 0]] * (values.shape.rank - 1)
    return tf.pad(values, paddings, constant_values=tf.cast(fill, values.dtype))
