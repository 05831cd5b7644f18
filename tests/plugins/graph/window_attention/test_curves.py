"""Numbers along space-filling curves."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from registry.plugins.graph.window_attention.curves import curve_numbers


def numbers(coordinates: np.ndarray, row_splits: list[int], n_orders: int = 1, hilbert: bool = True) -> np.ndarray:
    given = tf.constant(coordinates, tf.float32), tf.constant(row_splits)
    found: np.ndarray = curve_numbers(*given, n_orders, hilbert).numpy()
    return found


def grid(cells: int, dimensions: int) -> np.ndarray:
    """Return the points of a grid, in an order that was drawn."""
    points = np.stack(np.meshgrid(*[np.arange(cells)] * dimensions), -1).reshape(-1, dimensions)
    return np.random.default_rng(1).permutation(points)


@pytest.mark.parametrize(("cells", "dimensions"), [(16, 1), (16, 2), (8, 3), (4, 4), (2, 6)])
def test_the_curve_of_hilbert_goes_from_cell_to_neighbouring_cell(cells: int, dimensions: int) -> None:
    points = grid(cells, dimensions)
    for numbered in numbers(points, [0, len(points)], n_orders=dimensions):
        steps = np.abs(np.diff(points[np.argsort(numbered)], axis=0)).sum(1)
        assert steps.tolist() == [1] * (len(points) - 1)


def test_the_z_curve_sets_the_bits_of_the_axes_one_beside_the_other() -> None:
    points = grid(4, 2)
    (order,) = np.argsort(numbers(points, [0, 16], hilbert=False))
    expected = sorted(points.tolist(), key=lambda p: (p[0] // 2, p[1] // 2, p[0] % 2, p[1] % 2))
    assert points[order].tolist() == expected


def test_every_curve_starts_at_another_axis() -> None:
    points = grid(4, 3)
    first, second, _ = numbers(points, [0, 64], n_orders=3)
    (expected,) = numbers(points[:, [1, 2, 0]], [0, 64])
    assert second.tolist() == expected.tolist()
    assert first.tolist() != second.tolist()


def test_numbers_of_an_event_do_not_depend_on_others_nor_on_its_place_and_scale() -> None:
    points = np.random.default_rng(2).normal(size=(30, 3))
    together = numbers(np.concatenate([points, 100 + 50 * points]), [0, 30, 60])[0]
    alone = numbers(points, [0, 30])[0]
    assert together[:30].tolist() == alone.tolist()
    # Cells are finer than what is left of 32 bits after a shift.
    assert np.argsort(together[30:] >> 16).tolist() == np.argsort(alone >> 16).tolist()
