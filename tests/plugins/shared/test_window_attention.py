"""Attention among the hits that share a window, against all pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from registry.plugins.shared.window_attention import window_attention
from registry.plugins.shared.windows import Windows, windows_of
from tests.plugins.kernels.finite_differences import assert_gradients_agree

HEADS, ROW_SPLITS = 2, [0, 23, 23, 24, 50]


def orders_of(n_orders: int, size: int, hits: int = 50, row_splits: list[int] = ROW_SPLITS) -> list[Windows]:
    """Return windows along keys that were drawn."""
    random = np.random.default_rng(4)
    keys = [tf.constant(random.integers(0, 2**30, hits), tf.int64) for _ in range(n_orders)]
    return [windows_of([key], tf.constant(row_splits), size) for key in keys]


def shared(orders: list[Windows], hits: int = 50) -> np.ndarray:
    """Return which hits share a window in any order, bool [hits, hits]."""
    found = np.zeros((hits, hits), bool)
    for order in orders:
        window = order.place.numpy() // order.hits.shape[1]
        found |= window[:, None] == window
    return found


def inputs(hits: int = 50, width: int = 3) -> list[np.ndarray]:
    """Return queries, keys, values and coordinates."""
    random = np.random.default_rng(5)
    return [*random.normal(size=(3, hits, HEADS * width)), 0.3 * random.normal(size=(hits, 2))]


def over_pairs(queries: Any, keys: Any, values: Any, coordinates: Any, pairs: np.ndarray) -> np.ndarray:
    """Return softmax(q k / sqrt(D) - 10 d2) v over the pairs, head by head."""
    found, width = [], queries.shape[1] // HEADS
    distances = ((coordinates[:, None] - coordinates) ** 2).sum(2)
    for head in range(HEADS):
        columns = slice(head * width, (head + 1) * width)
        logits = queries[:, columns] @ keys[:, columns].T / np.sqrt(width) - 10 * distances
        weights = np.where(pairs, np.exp(logits), 0)
        found.append(weights / weights.sum(1, keepdims=True) @ values[:, columns])
    return np.concatenate(found, axis=1)


@pytest.mark.parametrize("n_orders", [1, 2, 3])
def test_hits_gather_from_those_that_share_a_window_each_once(n_orders: int) -> None:
    orders = orders_of(n_orders, 8)
    found = window_attention(*map(tf.constant, inputs()), orders, HEADS)
    np.testing.assert_allclose(found, over_pairs(*inputs(), shared(orders)), rtol=1e-10)


def test_a_window_as_large_as_the_events_is_attention_over_each_event() -> None:
    event = np.repeat([0, 2, 3], [23, 1, 26])
    found = window_attention(*map(tf.constant, inputs()), orders_of(1, 32), HEADS)
    np.testing.assert_allclose(found, over_pairs(*inputs(), event[:, None] == event), rtol=1e-10)


@pytest.mark.parametrize("n_orders", [1, 2])
def test_gradients_agree_with_finite_differences(n_orders: int) -> None:
    orders = orders_of(n_orders, 8)
    weights = np.random.default_rng(6).normal(size=(50, 6))
    assert_gradients_agree(lambda *given: tf.reduce_sum(weights * window_attention(*given, orders, HEADS)), inputs())


def test_large_numbers_give_finite_values_and_gradients() -> None:
    given = [tf.constant(1e4 * value, tf.float32) for value in inputs()]
    with tf.GradientTape() as tape:
        tape.watch(given)
        found = window_attention(*given, orders_of(2, 8), HEADS)
    for value in (found, *tape.gradient(found, given)):
        assert np.isfinite(value).all()


def test_without_hits_nothing_is_gathered() -> None:
    given = [tf.constant(value[:0]) for value in inputs()]
    assert window_attention(*given, orders_of(2, 8, 0, [0, 0]), HEADS).shape == (0, 6)
