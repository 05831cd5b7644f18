"""Neighbour search, for both implementations."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from registry.plugins.kernels import nearest_neighbours
from registry.plugins.kernels.compiled.neighbours import find
from tests.plugins.kernels.finite_differences import assert_gradients_agree


def brute_force(
    x: np.ndarray, row_splits: list[int], k: int, direction: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The definition, event by event: stable sort by squared distance, summed coordinate by coordinate."""
    hits = len(x)
    looking = candidate = np.isfinite(x).all(axis=1)
    if direction is not None:
        looking = looking & ~np.isin(direction, [0, 2])
        candidate = candidate & ~np.isin(direction, [1, 2])
    indices, distances = np.full((hits, k + 1), -1, np.int32), np.zeros((hits, k + 1), np.float32)
    indices[:, 0] = np.arange(hits)
    for begin, end in itertools.pairwise(row_splits):
        for hit in np.flatnonzero(looking[begin:end]) + begin:
            others = np.flatnonzero(candidate[begin:end]) + begin
            others = others[others != hit]
            squared = np.zeros(len(others), np.float32)
            for c in range(x.shape[1]):
                squared += (x[others, c] - x[hit, c]) ** 2
            others, squared = others[np.isfinite(squared)], squared[np.isfinite(squared)]
            nearest = np.argsort(squared, kind="stable")[:k]
            indices[hit, 1 : 1 + len(nearest)] = others[nearest]
            distances[hit, 1 : 1 + len(nearest)] = squared[nearest]
    return indices, distances


def search(
    x: np.ndarray, row_splits: list[int], k: int, direction: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    found = nearest_neighbours(tf.constant(x), tf.constant(row_splits, tf.int32), k, direction)
    return found[0].numpy(), found[1].numpy()


@pytest.mark.parametrize("dimensions", range(1, 11))
def test_the_nearest_hits_are_found_in_every_number_of_dimensions(
    kernels: str, random: np.random.Generator, dimensions: int
) -> None:
    x = random.normal(size=(300, dimensions)).astype(np.float32)
    found, expected = search(x, [0, 120, 300], 16), brute_force(x, [0, 120, 300], 16)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-6)


@pytest.mark.parametrize("k", [1, 31, 64, 200, 512])
def test_the_nearest_hits_are_found_for_every_number_of_neighbours(
    kernels: str, random: np.random.Generator, k: int
) -> None:
    x = random.normal(size=(700, 3)).astype(np.float32)
    np.testing.assert_array_equal(search(x, [0, 700], k)[0], brute_force(x, [0, 700], k)[0])


def test_many_hits_in_clusters_agree_with_a_tree_of_scipy(
    random: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scipy.spatial import cKDTree

    monkeypatch.setenv("REGISTRY_KERNELS", "numba")
    for trial in range(10):
        hits, d, k = int(random.integers(2000, 9000)), int(random.integers(2, 7)), int(random.integers(8, 130))
        centres = random.normal(size=(20, d)) * 5
        x = centres[random.integers(0, 20, hits)] + random.normal(size=(hits, d)) * random.choice([0.01, 1.0])
        x = x.astype(np.float32)
        expected = cKDTree(x).query(x, k + 1)[0] ** 2
        found = search(x, [0, hits], k)[1]
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6, err_msg=f"trial {trial}")


def test_events_never_mix_and_may_be_empty(kernels: str, random: np.random.Generator) -> None:
    x, splits = random.normal(size=(90, 3)).astype(np.float32), [0, 0, 40, 40, 41, 90, 90]
    indices, _ = search(x, splits, 10)
    for begin, end in itertools.pairwise(splits):
        part = indices[begin:end]
        assert ((part == -1) | ((part >= begin) & (part < end))).all()


def test_a_batch_without_hits_gives_no_rows(kernels: str) -> None:
    indices, distances = search(np.zeros((0, 3), np.float32), [0, 0], 4)
    assert indices.shape == distances.shape == (0, 5)


def test_missing_neighbours_are_minus_one_at_distance_zero(kernels: str, random: np.random.Generator) -> None:
    indices, distances = search(random.normal(size=(4, 2)).astype(np.float32), [0, 1, 4], 6)
    np.testing.assert_array_equal(indices[0], [0, -1, -1, -1, -1, -1, -1])
    assert (indices[1:, 3:] == -1).all()
    assert (distances[indices == -1] == 0).all()


def test_of_hits_at_one_place_the_lower_number_comes_first(kernels: str) -> None:
    indices, distances = search(np.ones((50, 3), np.float32), [0, 50], 5)
    np.testing.assert_array_equal(indices[0], [0, 1, 2, 3, 4, 5])
    np.testing.assert_array_equal(indices[30], [30, 0, 1, 2, 3, 4])
    assert (distances == 0).all()


def test_directions_say_who_looks_and_who_is_found(kernels: str, random: np.random.Generator) -> None:
    x, code = random.normal(size=(200, 3)).astype(np.float32), random.integers(0, 4, 200).astype(np.int32)
    found, expected = search(x, [0, 90, 200], 7, code), brute_force(x, [0, 90, 200], 7, code)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-6)


def test_hits_without_a_place_have_no_neighbours_and_are_none(kernels: str, random: np.random.Generator) -> None:
    x = random.normal(size=(40, 3)).astype(np.float32)
    x[7, 1], x[9, 0] = np.nan, np.inf
    indices, _ = search(x, [0, 40], 39)
    assert (indices[[7, 9], 1:] == -1).all()
    assert not np.isin(np.delete(indices, [7, 9], axis=0), [7, 9]).any()


def test_both_implementations_give_the_same_numbers(
    random: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = np.round(random.normal(size=(1500, 4)), 1).astype(np.float32)
    found = []
    for name in ("tensorflow", "numba"):
        monkeypatch.setenv("REGISTRY_KERNELS", name)
        found.append(search(x, [0, 700, 1500], 40))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][1], found[1][1])


def test_two_searches_are_equal_to_the_last_bit(kernels: str, random: np.random.Generator) -> None:
    x = random.normal(size=(2000, 3)).astype(np.float32)
    first, second = search(x, [0, 2000], 20), search(x, [0, 2000], 20)
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])


def test_the_gradient_agrees_with_finite_differences(kernels: str, random: np.random.Generator) -> None:
    x = random.normal(size=(12, 3))
    factors = tf.constant(random.normal(size=(12, 5)))

    def loss(x: tf.Tensor) -> tf.Tensor:
        _, distances = nearest_neighbours(x, [0, 5, 12], 4)
        return tf.reduce_sum(tf.exp(-distances) * factors)

    assert_gradients_agree(loss, [x], delta=1e-5)


def test_the_gradient_flows_in_a_graph_with_unknown_numbers_of_hits(kernels: str, random: np.random.Generator) -> None:
    @tf.function(input_signature=[tf.TensorSpec([None, 2]), tf.TensorSpec([None], tf.int32)])
    def gradient(x: tf.Tensor, row_splits: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(nearest_neighbours(x, row_splits, 3)[1])
        return tape.gradient(loss, x)

    for hits in (5, 30):
        assert gradient(random.normal(size=(hits, 2)).astype(np.float32), [0, 2, hits]).shape == (hits, 2)


def test_neighbours_agree_with_the_recorded_edge_cases(kernels: str, reference: Path) -> None:
    recorded = np.load(reference / "golden" / "a_knn_edge.npz")
    x, splits = recorded["coords"], recorded["row_splits"]
    for name, direction in (("tfcompat0", None), ("direction", recorded["direction"])):
        _, distances = search(x, splits, 15, direction)
        np.testing.assert_allclose(
            np.sort(distances), np.sort(recorded[f"distsq_raw_K16_{name}"]), rtol=1e-5, atol=1e-6
        )


def test_gradients_agree_with_the_recorded_ones(kernels: str, reference: Path) -> None:
    recorded = np.load(reference / "golden" / "a_knn_grad_proj4.npz")
    x, order = tf.constant(recorded["coords"]), recorded["idx_raw_K16"]
    with tf.GradientTape() as tape:
        tape.watch(x)
        indices, distances = nearest_neighbours(x, recorded["row_splits"], 15)
        # The factors belong to neighbours, whatever column those stand in.
        match = order[:, None, :] == indices.numpy()[:, :, None]
        factors = np.where(match.any(2), np.take_along_axis(recorded["R"], match.argmax(2), 1), 0)
        loss = tf.reduce_sum(factors * tf.exp(-10 * distances))
    # Of equally distant hits the recording may list another one: compare where no such row plays a part.
    chosen = ~match.any(2).all(1)
    apart = np.ones(len(order), bool)
    apart[np.concatenate([np.flatnonzero(chosen), order[chosen].ravel(), indices.numpy()[chosen].ravel()])] = False
    assert apart.mean() > 0.95
    gradient, expected = tape.gradient(loss, x).numpy(), recorded["grad_coords"]
    np.testing.assert_allclose(gradient[apart], expected[apart], rtol=0, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("columns", [16, 64, 128])
def test_neighbours_agree_with_the_recorded_ones(kernels: str, reference: Path, columns: int) -> None:
    recorded = np.load(reference / "golden" / "a_knn_proj4.npz")
    indices, distances = search(recorded["coords"], recorded["row_splits"], columns - 1)
    expected = recorded["distsq_sorted_K128"]
    np.testing.assert_allclose(distances, expected[:, :columns], rtol=1e-5, atol=1e-9)
    listed = recorded["idx_sorted_K128"] if columns == 128 else recorded[f"idx_raw_K{columns}"]
    # Which of equally distant hits stands in the last place is nobody's business.
    next_farther = expected[:, columns] if columns < 128 else np.full(len(expected), np.inf)
    clear = (next_farther > expected[:, columns - 1]) & (np.diff(expected[:, columns - 2 : columns])[:, 0] > 0)
    assert clear.mean() > 0.98
    last = columns if columns < 128 else columns - 1
    same = [set(a[:last]) == set(b[:last]) for a, b in zip(indices[clear], listed[clear], strict=True)]
    assert all(same)


def test_neighbours_in_two_dimensions_agree_with_the_recorded_ones(kernels: str, reference: Path) -> None:
    recorded = np.load(reference / "golden" / "a_knn_edge.npz")
    indices, distances = search(recorded["coords_2d"], recorded["row_splits_2d"], 15)
    np.testing.assert_allclose(distances, np.sort(recorded["distsq_raw_K16_2d"]), rtol=1e-5, atol=1e-9)
    np.testing.assert_array_equal(np.sort(indices), np.sort(recorded["idx_raw_K16_2d"]))


def test_too_many_dimensions_are_an_error_that_says_so(kernels: str) -> None:
    with pytest.raises(ValueError, match=r"d from 1 to 10; received shape \(5, 11\)"):
        nearest_neighbours(tf.zeros([5, 11]), [0, 5], 3)


def test_no_neighbours_are_an_error_that_says_so(kernels: str) -> None:
    with pytest.raises(ValueError, match=r"expected n_neighbours from 1 to 512; received 0"):
        nearest_neighbours(tf.zeros([5, 3]), [0, 5], 0)


def test_hits_at_one_place_do_not_each_visit_all_others(random: np.random.Generator) -> None:
    x, direction = np.ones((60_000, 3), np.float32), random.integers(1, 4, 60_000).astype(np.int32)
    indices, distances = find(x, np.array([0, 60_000], np.int32), 64, direction)
    lowest = np.flatnonzero(direction == 3)[:64]
    np.testing.assert_array_equal(indices[np.flatnonzero(direction != 2)[-1], 1:], lowest)
    assert (distances == 0).all()


@pytest.mark.parametrize("row_splits", [[0], [0, 0, 0]])
def test_no_events_and_no_hits_give_no_rows(kernels: str, row_splits: list[int]) -> None:
    indices, distances = nearest_neighbours(tf.zeros([0, 3]), row_splits, 4)
    assert indices.shape == distances.shape == (0, 5)
