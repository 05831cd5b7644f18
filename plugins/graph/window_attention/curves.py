"""Numbers of hits along space-filling curves: hits that are near on a curve are near in space."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import tensorflow as tf

from registry.plugins.shared.windows import KEY_BITS, scaled_to_event

MOST_BITS = 24
"""Bits of the fraction of a 32-bit number: more cells along an axis would tell no more hits apart."""


def curve_numbers(coordinates: Any, row_splits: Any, n_orders: int, hilbert: bool) -> Any:
    """Return the number of each hit's cell along a curve, for curves that start at other axes.

    The curve of Hilbert goes from cell to neighbouring cell (J. Skilling, AIP Conf. Proc. 707 (2004) 381); the z curve
    (Morton) sets the bits of all axes one beside the other, and jumps.

    Args:
        coordinates: [hits, d], float32; the grid is laid over the range of each event.
        row_splits: int [events + 1].
        n_orders: curves; curve n starts at axis n.
        hilbert: the curve of Hilbert; otherwise the z curve.

    Returns:
        int64 [n_orders, hits], 0 to 2^40 - 1.
    """
    d = coordinates.shape[1]
    bits = min(MOST_BITS, KEY_BITS // d)
    cells = tf.cast(scaled_to_event(coordinates, row_splits, together=True) * (2**bits - 1), tf.int32)
    axes = [tf.stack([cells[:, (first + axis) % d] for first in range(n_orders)]) for axis in range(d)]
    number = tf.zeros(tf.shape(axes[0]), tf.int64)
    turned = tf.zeros_like(axes[0])
    for level in reversed(range(bits)):
        digits, axes = [axis // 2**level for axis in axes], [axis % 2**level for axis in axes]
        if hilbert:
            axes = _turned(axes, digits, 2**level - 1)
            digits = list(accumulate(digits))
            digits, turned = [(digit + turned) % 2 for digit in digits], turned + digits[-1]
        for digit in digits:
            number = 2 * number + tf.cast(digit, tf.int64)
    return number


def _turned(axes: list[Any], digits: list[Any], most: int) -> list[Any]:
    """Return the lower bits of all axes, turned and mirrored as the part of the cube that the digits name asks for.

    For each axis: where its digit is 1, the first axis is mirrored, elsewhere it is exchanged with this one.
    """
    first, *others = axes
    found = []
    first = tf.where(digits[0] == 1, most - first, first)
    for axis, digit in zip(others, digits[1:], strict=True):
        high = digit == 1
        first, axis = tf.where(high, most - first, axis), tf.where(high, axis, first)
        found.append(axis)
    return [first, *found]
