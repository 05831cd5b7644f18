"""Computes what hits make of their links for some hits after others, on the way back too: no tensor of all links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

LEAST = 16384
"""Links that are computed at once, where there are so many."""

Tensors = dict[str, Any]

Function = Callable[[Any, Tensors, Tensors], Any]


def in_blocks(function: Function, indices: Any, rows: Tensors, tables: Tensors, shape: Sequence[int]) -> Any:
    """Return what a function makes of hits and their neighbours, a block of hits at a time.

    A block has as many links as there are hits, 16,384 where that is more. For the gradient it is computed again.
    Memory: hits x width, beside what is returned, where a tensor of all links has hits x neighbours x width.

    Args:
        function: takes neighbour indices [some, K], those rows of `rows`, and `tables`; returns [some, *shape]. It may
            use no other tensors.
        indices: [hits, K], int32, -1 for padding.
        rows: tensors [hits, ...], of which a hit uses its own row; one at least.
        tables: tensors that all hits use: what is looked up for neighbours, and weights.
        shape: of what is made of one hit.

    Returns:
        [hits, *shape], of the type of the first of `rows`. Gradients flow to rows and tables.
    """

    @tf.custom_gradient
    def operation(*values: Any) -> tuple[Any, Callable[[Any], list[Any]]]:
        own, shared = list(values[: len(rows)]), list(values[len(rows) :])

        def made(near: Any, taken: Sequence[Any], tables_now: Sequence[Any]) -> Any:
            return function(near, dict(zip(rows, taken, strict=True)), dict(zip(tables, tables_now, strict=True)))

        def one_block(at: Any) -> Any:
            return made(tf.gather(indices, at), [tf.gather(value, at) for value in own], shared)

        kind = tf.TensorSpec([None, *shape], own[0].dtype)
        found = tf.map_fn(one_block, _numbers(indices), fn_output_signature=kind, parallel_iterations=1)
        result = tf.reshape(found, [-1, *shape])[: tf.shape(indices)[0]]
        return result, lambda upstream: _gradients(made, indices, own, shared, tf.convert_to_tensor(upstream))

    return operation(*rows.values(), *tables.values())


def _size(indices: Any) -> tuple[Any, Any]:
    """Return the number of blocks, one at least, and of the hits of each."""
    count, neighbours = tf.shape(indices)[0], int(indices.shape[1])
    blocks = tf.clip_by_value((count * neighbours + LEAST - 1) // LEAST, 1, max(neighbours, 1))
    return blocks, (count + blocks - 1) // blocks


def _numbers(indices: Any) -> Any:
    """Return the hits of each block, [blocks, hits of a block]; the last hit stands for those that are missing."""
    blocks, block = _size(indices)
    return tf.reshape(tf.minimum(tf.range(blocks * block), tf.shape(indices)[0] - 1), [blocks, block])


def _gradients(
    made: Callable[[Any, Sequence[Any], Sequence[Any]], Any],
    indices: Any,
    own: list[Any],
    shared: list[Any],
    above: Any,
) -> list[Any]:
    """Return the gradients of rows and of tables, from that of the result, [hits, ...]."""
    blocks, block = _size(indices)
    arrays = [
        tf.TensorArray(value.dtype, blocks, element_shape=[None, *value.shape[1:]], infer_shape=False) for value in own
    ]

    def add(number: Any, arrays: list[Any], sums: list[Any]) -> tuple[Any, list[Any], list[Any]]:
        part = slice(number * block, (number + 1) * block)
        taken, used = [value[part] for value in own], [tf.identity(value) for value in shared]
        with tf.GradientTape() as tape:
            tape.watch([*taken, *used])
            result = made(indices[part], taken, used)
        found = tape.gradient(result, [*taken, *used], above[part], unconnected_gradients="zero")
        written = [
            array.write(number, tf.convert_to_tensor(new)) for array, new in zip(arrays, found[: len(own)], strict=True)
        ]
        return number + 1, written, [_added(*pair) for pair in zip(sums, found[len(own) :], strict=True)]

    start = (tf.constant(0), arrays, [tf.zeros_like(value) for value in shared])
    _, arrays, sums = tf.while_loop(lambda number, *_: number < blocks, add, start, parallel_iterations=1)
    to_rows = [tf.reshape(array.concat(), [-1, *value.shape[1:]]) for array, value in zip(arrays, own, strict=True)]
    return [*to_rows, *sums]


def _added(total: Any, new: Any) -> Any:
    """Return a sum of gradients; of rows that were looked up only those are touched."""
    if isinstance(new, tf.IndexedSlices):
        return tf.tensor_scatter_nd_add(total, new.indices[:, None], new.values)
    return total + new
