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
    rows, total, spread = column_sums(tf.constant(x, tf.float32), tf.constant(centre, tf.float32), squares)
    assert float(rows) == shape[0]
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


@pytest.mark.parametrize("widths", [(4, 16, 19), (1, 32)])
def test_a_table_that_was_joined_is_normalised_to_the_bits_of_a_whole_one(
    random: np.random.Generator, monkeypatch: pytest.MonkeyPatch, widths: tuple[int, ...]
) -> None:
    monkeypatch.setenv("REGISTRY_KERNELS", "numba")
    parts = [tf.constant(random.normal(3, 2, size=(700, width)), tf.float32) for width in widths]
    mean, scale, gamma, bias = (
        tf.constant(random.uniform(0.5, 2, size=(1, sum(widths))), tf.float32) for _ in range(4)
    )

    def computed(parts: list[tf.Tensor]) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch([parts, gamma, bias])
            x = tf.concat(parts, axis=-1)
            sums = column_sums(x, mean)
            found = normalise(x, mean, scale, gamma, bias)
            loss = tf.reduce_sum(found * tf.sin(tf.range(found.shape[1], dtype=tf.float32)))
        return [found, *sums, *tape.gradient(loss, [*parts, gamma, bias])]

    *expected, gamma_expected, bias_expected = computed(parts)
    *found, to_gamma, to_bias = tf.function(computed)(parts)
    for one, other in zip([*found, to_bias], [*expected, bias_expected], strict=True):
        np.testing.assert_array_equal(one, other)
    # Other columns of it are worked on sixteen at a time, with products and sums rounded at once.
    np.testing.assert_allclose(to_gamma, gamma_expected, rtol=1e-5)


def test_no_table_is_joined_only_to_be_normalised(random: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_KERNELS", "numba")
    ones = tf.ones([1, 5])

    @tf.function
    def normalised(one: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
        return normalise(tf.concat([one, other], axis=1), ones, ones, ones, ones)

    graph = normalised.get_concrete_function(tf.zeros([4, 2]), tf.zeros([4, 3])).graph
    (joined,) = [operation for operation in graph.get_operations() if operation.type == "ConcatV2"]
    assert not joined.outputs[0].consumers()


def test_no_table_is_joined_only_to_be_summed_though_its_gradient_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REGISTRY_KERNELS", "numba")

    @tf.function
    def summed(one: tf.Tensor, other: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        return column_sums(tf.stop_gradient(tf.concat([one, other], axis=1)), tf.ones([1, 5]))

    found = summed.get_concrete_function(tf.zeros([4, 2]), tf.zeros([4, 3]))
    needed, reached = [tensor.op for tensor in found.outputs], set()
    while needed:
        operation = needed.pop()
        reached.add(operation.type)
        needed += [tensor.op for tensor in operation.inputs]
    assert "ConcatV2" not in reached
    assert "Placeholder" in reached


def test_gradients_that_come_on_two_ways_are_added_in_the_kernel_to_the_bits_of_their_sum(
    random: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_KERNELS", "numba")
    x = tf.constant(random.normal(3, 2, size=(700, 19)), tf.float32)
    columns = [tf.constant(random.uniform(0.5, 2, size=(1, 19)), tf.float32) for _ in range(4)]

    def gradients(x: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch([x, *columns[2:]])
            found = normalise(x, *columns)
            loss = tf.reduce_sum(tf.sin(found)) + tf.reduce_sum(tf.square(found))
        return tape.gradient(loss, [x, *columns[2:]])

    for one, other in zip(tf.function(gradients)(x), gradients(x), strict=True):
        np.testing.assert_array_equal(one, other)
    graph = tf.function(gradients).get_concrete_function(x).graph
    (added,) = [operation for operation in graph.get_operations() if operation.type == "AddN"]
    assert not added.outputs[0].consumers()


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
        found = normalise(tf.ones([4, 3]), ones, 2 * ones, tf.ones([1, 3]), column_sums(tf.ones([4, 3]), ones)[2])
    assert tape.gradient(found, ones) is None
