"""Kernels compute alike on all threads, whichever thread calls them."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from registry.plugins.kernels.compiled import runtime
from registry.plugins.kernels.compiled.threads import equal_arithmetic

SMALL = np.full(1000, 1e-30, np.float32)
"""A product with a number as small is smaller than any number of full precision, and larger than 0."""


def _scale(values: np.ndarray, result: np.ndarray) -> None:
    for place in range(values.size):
        result[place] = values[place] * np.float32(1e-10)


def _scaled(values: np.ndarray) -> np.ndarray:
    result = np.empty_like(values)
    runtime.run(runtime.compiled(_scale), values, result)
    return result


def test_a_kernel_called_by_tensorflow_keeps_the_smallest_numbers() -> None:
    @tf.function
    def scaled(values: tf.Tensor) -> tf.Tensor:
        return tf.numpy_function(_scaled, [values], tf.float32)

    np.testing.assert_array_equal(scaled(tf.constant(SMALL)).numpy(), np.full(1000, 1e-40, np.float32))


def test_what_follows_a_kernel_computes_as_before() -> None:
    def twice(values: np.ndarray) -> np.ndarray:
        with equal_arithmetic(), equal_arithmetic():
            assert (values * np.float32(1e-10))[0] > 0
        return values * np.float32(1e-10)

    @tf.function
    def scaled(values: tf.Tensor) -> tf.Tensor:
        return tf.numpy_function(twice, [values], tf.float32)

    np.testing.assert_array_equal(scaled(tf.constant(SMALL)).numpy(), np.zeros(1000, np.float32))
