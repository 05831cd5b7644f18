"""Compares the gradient of a kernel with finite differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

DIRECTIONS = 5


def assert_gradients_agree(loss: Callable[..., tf.Tensor], inputs: list[np.ndarray], delta: float = 1e-6) -> None:
    """Compare along random directions through all entries of all inputs: a wrong entry shows in every one of them."""
    traced, tensors = tf.function(loss), [tf.constant(value) for value in inputs]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        value = traced(*tensors)
    gradients = tape.gradient(value, tensors)
    random = np.random.default_rng(20020360)
    for _ in range(DIRECTIONS):
        direction = [random.normal(size=tensor.shape) for tensor in tensors]
        ahead, behind = (
            traced(*(tensor + sign * delta * step for tensor, step in zip(tensors, direction, strict=True)))
            for sign in (1, -1)
        )
        expected = sum(np.sum(gradient * step) for gradient, step in zip(gradients, direction, strict=True))
        np.testing.assert_allclose((ahead - behind) / (2 * delta), expected, rtol=1e-5, atol=1e-7)
