"""Sums over columns and the normalisation of a table, for both implementations."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from registry.plugins.kernels import column_sums, normalise
from tests.plugins.kernels.finite_differences import assert_gradients_agree

SHAPES = [(0, 3), (1, 1), (40, 16), (1300, 35)]


@pytest.mark.parametrize("squares", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_sums_over_columns_are_those_of_the_definition(
    kernels: str, random: np.random.Generator, shape: tuple[int, int], squares: bool
) -> None:
    x, centre = random.normal(3, 2, size=shape), random.normal(3, 2, size=(1, shape[1]))
    steps = (x - centre) ** 2 if squares else np.abs(x - centre)
    total, spread = column_sums(tf.constant(x, tf.float32), tf.constant(centre, tf.float32), squares)
    for found, expected in ((total, x), (spread, steps)):
        np.testing.assert_allclose(found, expected.sum(axis=0, keepdims=True), rtol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_both_implementations_normalise_to_the_same_bits(
    random: np.random.Generator, monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int]
) -> None:
    x = tf.constant(random.normal(3, 2, size=shape), tf.float32)
    columns = [tf.constant(random.uniform(0.5, 2, size=(1, shape[1])), tf.float32) for _ in range(4)]
    found = []
    for name in ("tensorflow", "numba"):
        monkeypatch.setenv("REGISTRY_KERNELS", name)
        with tf.GradientTape() as tape:
            tape.watch(x)
            found.append([normalise(x, *columns)])
            loss = tf.reduce_sum(found[-1][0] * tf.sin(x))
        found[-1].append(tape.gradient(loss, x))
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_gradients_of_the_normalisation_agree_with_finite_differences(
    kernels: str, random: np.random.Generator
) -> None:
    mean, scale = (tf.constant(random.uniform(0.5, 2, size=(1, 18))) for _ in range(2))

    def loss(x: tf.Tensor, gamma: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(tf.sin(normalise(x, mean, scale, gamma, bias)))

    assert_gradients_agree(loss, [random.normal(size=(5, 18)), *random.normal(size=(2, 1, 18))])


def test_no_gradient_flows_to_the_statistics(kernels: str) -> None:
    ones = tf.ones([1, 3])
    with tf.GradientTape() as tape:
        tape.watch(ones)
        found = normalise(tf.ones([4, 3]), ones, 2 * ones, tf.ones([1, 3]), column_sums(tf.ones([4, 3]), ones)[1])
    assert tape.gradient(found, ones) is None
