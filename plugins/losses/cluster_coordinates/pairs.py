"""Sums over all pairs of a hit and an object, without keeping a hits x objects matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf

from registry.plugins.losses.object_condensation.objects import Objects

PairValues = Callable[[Sequence[tf.Tensor], tf.Tensor, tf.Tensor], tf.Tensor]
"""Maps tensors, and the numbers of the hit and of the object of every pair, to one value a pair."""

PAIRS_PER_BLOCK = 2**18
"""Pairs of hit and object worked on at a time: bounds the memory."""


def pair_sums(values: PairValues, tensors: Sequence[tf.Tensor], objects: Objects) -> tf.Tensor:
    """Return sum over the event's hits j outside object k of `values(tensors, j, k)`, [objects].

    Works through the pairs in blocks, in the gradient too (which computes the values again). Gradients flow to
    `tensors`, which must be all that the values depend on.
    """
    blocks = _Blocks(objects)

    def sums(inputs: Sequence[tf.Tensor], hit: tf.Tensor, k: tf.Tensor) -> tf.Tensor:
        found = values(inputs, hit, k)
        found = tf.where(tf.gather(objects.of_hit, hit) == k, tf.zeros_like(found), found)
        return tf.math.unsorted_segment_sum(found, k, objects.count)

    @tf.custom_gradient
    def operation(*inputs: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], list[tf.Tensor]]]:
        def gradient(upstream: tf.Tensor) -> list[tf.Tensor]:
            def block_gradients(hit: tf.Tensor, k: tf.Tensor) -> list[tf.Tensor]:
                with tf.GradientTape() as tape:
                    tape.watch(inputs)
                    result = sums(inputs, hit, k)
                return tape.gradient(result, inputs, upstream, unconnected_gradients="zero")

            return blocks.total(block_gradients, list(inputs))

        start = tf.zeros([objects.count], inputs[0].dtype)
        return blocks.total(lambda hit, k: [sums(inputs, hit, k)], [start])[0], gradient

    return operation(*tensors)


class _Blocks:
    """All pairs of a hit and an object of the same event, in blocks of about PAIRS_PER_BLOCK."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._partners = tf.gather(objects.splits[1:] - objects.splits[:-1], objects.event_of_hit)
        self._start = tf.cumsum(tf.cast(self._partners, tf.int64), exclusive=True)
        self._block = tf.cast(self._start // PAIRS_PER_BLOCK, tf.int32)

    def total(
        self, contributions: Callable[[tf.Tensor, tf.Tensor], list[tf.Tensor]], like: list[tf.Tensor]
    ) -> list[tf.Tensor]:
        """Return the sums of `contributions(hit, object)` over all blocks; `like` gives their shapes and types."""
        n_blocks = tf.reduce_max(self._block) + 1

        def body(block: tf.Tensor, *sums: tf.Tensor) -> list[tf.Tensor]:
            added = contributions(*self._pairs(block))
            return [block + 1, *(total + tf.convert_to_tensor(part) for total, part in zip(sums, added, strict=True))]

        start = [tf.constant(0), *(tf.zeros_like(tensor) for tensor in like)]
        return list(tf.while_loop(lambda block, *_: block < n_blocks, body, start, parallel_iterations=1))[1:]

    def _pairs(self, block: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the hits and the objects of the pairs of one block, two int32 [pairs]."""
        first = tf.searchsorted(self._block, [block], side="left")[0]
        last = tf.searchsorted(self._block, [block], side="right")[0]
        partners = self._partners[first:last]
        hit = tf.repeat(tf.range(first, last), partners)
        position = tf.range(tf.shape(hit)[0]) - tf.repeat(tf.cumsum(partners, exclusive=True), partners)
        first_object = tf.gather(self._objects.splits, tf.gather(self._objects.event_of_hit, hit))
        return hit, first_object + position
