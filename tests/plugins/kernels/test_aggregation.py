"""Aggregation over neighbours and its transpose, for both implementations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from registry.plugins.kernels import aggregate, exchange, nearest_neighbours, push
from tests.plugins.kernels.finite_differences import assert_gradients_agree


def by_definition(features: np.ndarray, weights: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """[mean | maximum], slot by slot."""
    rows, columns = indices.shape
    mean, best = np.zeros((rows, features.shape[1])), np.zeros((rows, features.shape[1]))
    for i in range(rows):
        for k in range(columns):
            if indices[i, k] >= 0:
                value = weights[i, k] * features[indices[i, k]]
                mean[i] += value / columns
                best[i] = value if k == 0 else np.where(value >= best[i], value, best[i])
    return np.concatenate([mean, best], axis=1)


def inputs(
    random: np.random.Generator, hits: int, columns: int, width: int, padded: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    indices = random.integers(-1 if padded else 0, hits, (hits, columns)).astype(np.int32)
    return random.normal(size=(hits, width)), random.random((hits, columns)), indices


@pytest.mark.parametrize(("hits", "columns", "width"), [(1, 1, 1), (40, 7, 5), (300, 16, 64), (70, 3, 83)])
def test_mean_and_maximum_are_those_of_the_definition(
    kernels: str, random: np.random.Generator, hits: int, columns: int, width: int
) -> None:
    features, weights, indices = inputs(random, hits, columns, width)
    found = aggregate(features.astype(np.float32), weights.astype(np.float32), indices)
    np.testing.assert_allclose(found, by_definition(features, weights, indices), rtol=1e-5, atol=1e-6)


def test_each_part_alone_is_that_part_of_both(kernels: str, random: np.random.Generator) -> None:
    features, weights, indices = inputs(random, 50, 6, 20)
    both = aggregate(features, weights, indices)
    mean, best = aggregate(features, weights, indices, maximum=False), aggregate(features, weights, indices, mean=False)
    np.testing.assert_allclose(tf.concat([mean, best], axis=1), both, rtol=1e-12)


def test_a_row_without_neighbours_gives_zeros(kernels: str) -> None:
    found = aggregate(tf.ones([3, 2]), tf.ones([1, 4]), tf.fill([1, 4], -1))
    np.testing.assert_array_equal(found, np.zeros((1, 4)))


def test_a_maximum_starts_at_zero_only_where_the_first_slot_is_padding(kernels: str) -> None:
    found = aggregate(-tf.ones([2, 1]), tf.ones([2, 2]), [[0, 1], [-1, 1]], mean=False)
    np.testing.assert_array_equal(found, [[-1], [0]])


def test_rows_taken_from_a_result_have_gradients_in_eager_mode_too(kernels: str, random: np.random.Generator) -> None:
    features, weights, indices = (tf.constant(array) for array in inputs(random, 9, 3, 2))
    rows, dense = tf.constant([4, 1]), tf.one_hot([4, 1], 9, dtype=features.dtype)
    for operation in (push, aggregate):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([features, weights])
            taken = tf.gather(operation(features, weights, indices), rows)
            multiplied = dense @ operation(features, weights, indices)
        for found, expected in zip(
            tape.gradient(taken, [features, weights]), tape.gradient(multiplied, [features, weights]), strict=True
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_of_equal_values_the_last_slot_gets_the_gradient(kernels: str) -> None:
    features = tf.ones([2, 1])
    with tf.GradientTape() as tape:
        tape.watch(features)
        best = aggregate(features, tf.ones([1, 2]), [[0, 1]], mean=False)
    np.testing.assert_array_equal(tape.gradient(best, features), [[0], [1]])


@pytest.mark.parametrize("normalise_by", [None, "sum_of_weights"])
@pytest.mark.parametrize(("mean", "maximum"), [(True, True), (True, False), (False, True)])
def test_gradients_agree_with_finite_differences(
    kernels: str, random: np.random.Generator, mean: bool, maximum: bool, normalise_by: str | None
) -> None:
    features, weights, indices = inputs(random, 9, 4, 18)
    factors = tf.constant(random.normal(size=(9, 18 * (mean + maximum))))

    def loss(features: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(tf.sin(aggregate(features, weights, indices, mean, maximum, normalise_by)) * factors)

    assert_gradients_agree(loss, [features, weights])


def test_push_adds_at_the_neighbours_and_passes_gradients(kernels: str, random: np.random.Generator) -> None:
    features, weights, indices = inputs(random, 9, 4, 5)
    expected = np.zeros((12, 5))
    for i, k in zip(*np.nonzero(indices >= 0), strict=True):
        expected[indices[i, k]] += weights[i, k] * features[i]
    np.testing.assert_allclose(push(features, weights, indices, 12), expected, rtol=1e-12)

    def loss(features: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(tf.sin(push(features, weights, indices, 12)))

    assert_gradients_agree(loss, [features, weights])


def test_rows_and_hits_may_differ_in_number(kernels: str, random: np.random.Generator) -> None:
    features = tf.constant(random.normal(size=(30, 4)))
    weights, indices = tf.constant(random.random((7, 3))), random.integers(0, 30, (7, 3))
    with tf.GradientTape() as tape:
        tape.watch(features)
        found = aggregate(features, weights, indices)
    np.testing.assert_allclose(found, by_definition(features.numpy(), weights.numpy(), indices), rtol=1e-12)
    assert tape.gradient(found, features).shape == (30, 4)


def test_both_implementations_give_the_same_gradients(
    random: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = tf.constant(random.normal(size=(600, 3)), tf.float32)
    features = tf.constant(random.normal(size=(600, 48)), tf.float32)
    results = []
    for name in ("tensorflow", "numba"):
        monkeypatch.setenv("REGISTRY_KERNELS", name)
        with tf.GradientTape() as tape:
            tape.watch([x, features])
            indices, distances = nearest_neighbours(x, [0, 200, 600], 20)
            first = aggregate(features, tf.exp(-10 * distances), indices)
            loss = tf.reduce_sum(tf.sin(aggregate(first, tf.exp(-distances), indices)))
        results.append(tape.gradient(loss, [x, features]))
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5 * np.abs(one).max())


def test_two_passes_are_equal_to_the_last_bit(kernels: str, random: np.random.Generator) -> None:
    features, weights, indices = inputs(random, 2000, 12, 32)

    def gradients() -> list[np.ndarray]:
        tensors = [tf.constant(features, tf.float32), tf.constant(weights, tf.float32)]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            loss = tf.reduce_sum(aggregate(*tensors, indices) ** 2)
        return [gradient.numpy() for gradient in tape.gradient(loss, tensors)]

    for one, other in zip(gradients(), gradients(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("width", [16, 48, 5])
@pytest.mark.parametrize(("decay", "first"), [(2.0, 0), (2.0, 1), (None, 1)])
def test_an_exchange_is_an_aggregation_less_the_own_features_with_its_gradients(
    kernels: str, random: np.random.Generator, width: int, decay: float | None, first: int
) -> None:
    features, distances, indices = inputs(random, 60, 7, width)
    given = [tf.constant(features), tf.constant(distances)]
    upstream = tf.constant(random.normal(size=(60, 2 * width)))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(given)
        weights = given[1][:, first:] if decay is None else tf.exp(-decay * given[1][:, first:])
        expected = aggregate(given[0], weights, indices[:, first:]) - tf.concat([given[0], given[0]], axis=1)
        found = exchange(*given, indices, decay, first)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    for one, other in zip(tape.gradient(found, given, upstream), tape.gradient(expected, given, upstream), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["e_acc_exp_full", "e_acc_exp_padded"])
def test_aggregation_agrees_with_the_recorded_numbers(kernels: str, reference: Path, name: str) -> None:
    recorded = np.load(reference / "golden" / f"{name}.npz")
    features, distances = tf.constant(recorded["features"]), tf.constant(recorded["distances_or_weights"])
    with tf.GradientTape() as tape:
        tape.watch([features, distances])
        found = aggregate(features, tf.exp(-distances), recorded["idx"].astype(np.int32))
        loss = tf.reduce_sum(found * recorded["R_meanmax"])
    to_features, to_distances = tape.gradient(loss, [features, distances])
    for value, key in (
        (found, "out_meanmax"),
        (to_features, "grad_feat_meanmax"),
        (to_distances, "grad_dist_meanmax"),
    ):
        np.testing.assert_allclose(value, recorded[key], atol=1e-5 * np.abs(recorded[key]).max())


def test_an_index_beyond_the_hits_is_an_error_that_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_KERNELS", "numba")
    with pytest.raises(Exception, match=r"row 1, column 0: expected -1 to 2, the hits there are; received 3"):
        aggregate(tf.ones([3, 2]), tf.ones([2, 1]), [[0], [3]])


def test_neither_part_is_an_error(kernels: str) -> None:
    with pytest.raises(ValueError, match="received neither"):
        aggregate(tf.ones([3, 2]), tf.ones([2, 1]), [[0], [1]], mean=False, maximum=False)
