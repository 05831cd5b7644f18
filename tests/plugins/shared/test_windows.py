"""Hits of events, cut into windows along one key or several."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from registry.plugins.shared.windows import KEY_BITS, scaled_to_event, windows_of
from tests.plugins.laws import event_sizes, splits


def cut(keys: list[np.ndarray], row_splits: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the hits of every window, and the place of every hit."""
    made = windows_of([tf.constant(key, tf.int64) for key in keys], tf.constant(row_splits, tf.int32), size)
    return made.hits.numpy(), made.place.numpy()


def members(table: np.ndarray) -> list[list[int]]:
    return [row[row >= 0].tolist() for row in table]


def drawn(seed: int, cuts: int, hits: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.integers(0, 2**KEY_BITS, hits) for _ in range(cuts)]


@given(event_sizes(), st.integers(1, 3), st.integers(2, 9), st.integers(0, 9))
def test_every_hit_is_in_one_window_of_its_event(sizes: list[int], cuts: int, size: int, seed: int) -> None:
    row_splits = splits(sizes)
    table, place = cut(drawn(seed, cuts, sum(sizes)), row_splits, size)
    assert sorted(table[table >= 0].tolist()) == list(range(sum(sizes)))
    assert (table.reshape(-1)[place] == np.arange(sum(sizes))).all()
    event = np.repeat(np.arange(len(sizes)), sizes)
    assert all(len({int(event[hit]) for hit in window}) == 1 for window in members(table))


def test_windows_of_an_event_are_equally_full_and_as_few_as_can_be() -> None:
    table, _ = cut(drawn(0, 1, 104), np.array([0, 33, 33, 34, 104]), 16)
    assert [len(window) for window in members(table)] == [11, 11, 11, 1, 14, 14, 14, 14, 14]


def test_along_one_key_windows_are_pieces_of_the_sorted_event() -> None:
    (key,) = drawn(1, 1, 50)
    table, _ = cut([key], np.array([0, 20, 50]), 8)
    expected = [first + np.argsort(key[first:last]) for first, last in ((0, 20), (20, 50))]
    assert [hit for window in members(table) for hit in window] == np.concatenate(expected).tolist()


def test_along_two_keys_windows_are_pieces_of_slabs_along_the_first() -> None:
    first, second = drawn(2, 2, 64)
    table, _ = cut([first, second], np.array([0, 64]), 4)
    # 16 windows: 4 slabs of 4.
    slabs = np.argsort(first).reshape(4, 16)
    expected = [slab[np.argsort(second[slab])].reshape(4, 4) for slab in slabs]
    assert table.tolist() == np.concatenate(expected).tolist()


def test_hits_of_equal_keys_stay_in_their_order() -> None:
    table, _ = cut([np.zeros(7, int)], np.array([0, 7]), 4)
    assert members(table) == [[0, 1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize("together", [False, True])
def test_values_are_fractions_of_the_range_of_their_event(together: bool) -> None:
    values = np.array([[0, 0], [4, 2], [2, 1], [7, 7], [5, np.nan], [9, 2]], "float32")
    found = scaled_to_event(tf.constant(values), tf.constant([0, 3, 4, 4, 6]), together).numpy()
    expected = np.array([[0, 0], [1, 1], [0.5, 0.5], [0, 0], [0, 0], [1, 1]])
    assert found.tolist() == (expected * [1, 0.5] if together else expected).tolist()


def test_hits_that_are_not_finite_are_in_windows_all_the_same() -> None:
    values = np.full((9, 1), np.nan, "float32")
    fractions = scaled_to_event(tf.constant(values), tf.constant([0, 9]), False)[:, 0]
    table, _ = cut([fractions.numpy().astype(int)], np.array([0, 9]), 4)
    assert [len(window) for window in members(table)] == [3, 3, 3]


def test_a_batch_without_hits_has_no_window() -> None:
    for row_splits in ([0], [0, 0], [0, 0, 0]):
        table, place = cut(drawn(0, 2, 0), np.array(row_splits), 4)
        assert (table.shape, place.shape) == ((0, 4), (0,))


def test_windows_do_not_depend_on_other_events() -> None:
    keys, row_splits = drawn(3, 2, 61), np.array([0, 13, 13, 61])
    together = members(cut(keys, row_splits, 5)[0])
    alone = []
    for first, last in pairwise(row_splits):
        found = members(cut([key[first:last] for key in keys], np.array([0, last - first]), 5)[0])
        alone += [[hit + first for hit in window] for window in found]
    assert together == alone
