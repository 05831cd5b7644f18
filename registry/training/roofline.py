"""What the machine could do at best: multiply-adds at the rate of a matrix product, bytes at the rate of a stream.

The floor of a computation is the larger of two times (Williams, Waterman and Patterson, Roofline, CACM 52 (2009) 65):
its multiply-adds at the rate of a matrix product like it, and the bytes that it must read and write, each once, at
the rate at which the machine copies long arrays. Both rates are measured, with all threads that TensorFlow has.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf

REPEATS = 5
STREAM_VALUES = 2**25
"""Numbers of the array that is copied, 128 MiB: more than any cache."""
FLOAT = 4


@dataclass(frozen=True)
class Work:
    """What a computation has to do: `products` of [rows, inner] with [inner, width]; bytes to move."""

    rows: int
    inner: float
    width: int
    products: int
    bytes: float


@dataclass
class Machine:
    """The rates of this machine, each measured when it is first asked for."""

    _products: dict[tuple[int, int, int], float] = field(default_factory=dict)
    _stream: float = 0.0

    def bytes_per_second(self) -> float:
        """Return the rate at which long arrays are read and written, bytes of both together."""
        if not self._stream:
            values = tf.random.uniform([STREAM_VALUES])
            seconds = _seconds(tf.function(tf.negative), values)
            self._stream = 2 * FLOAT * STREAM_VALUES / seconds
        return self._stream

    def multiply_adds_per_second(self, rows: int, inner: int, width: int) -> float:
        """Return the rate of a product of [rows, inner] with [inner, width]."""
        shape = (rows, inner, width)
        if shape not in self._products:
            one, other = tf.random.uniform([rows, inner]), tf.random.uniform([inner, width])
            self._products[shape] = math.prod(shape) / _seconds(tf.function(tf.matmul), one, other)
        return self._products[shape]

    def floor(self, work: Work) -> float:
        """Return the seconds that a computation takes at best."""
        moving = work.bytes / self.bytes_per_second()
        multiply_adds = work.products * work.rows * work.inner * work.width
        if not multiply_adds:
            return moving
        shape = (work.rows, _like(work.inner), _like(work.width))
        return max(moving, multiply_adds / self.multiply_adds_per_second(*shape))


def _like(length: float) -> int:
    """Return a length near this one, from 64 to 512: few shapes are measured.

    Longer ones are as fast. Shorter ones wait for memory, which the bytes of the work count: nothing that multiplies as
    often on fewer bytes, such as a neighbour search, need be as slow.
    """
    return int(min(512, max(64, 2 ** round(math.log2(length)))))


def _seconds(function: Callable[..., Any], *values: tf.Tensor) -> float:
    """Return the median seconds of some calls after a first one."""
    seconds = []
    function(*values)
    for _ in range(REPEATS):
        started = time.perf_counter()
        tf.reshape(function(*values), [-1])[:1].numpy()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)
