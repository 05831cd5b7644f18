"""Coordinates extended by learned dimensions."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case, assert_close


def test_extra_dimensions_start_as_copies_of_the_first() -> None:
    random = np.random.default_rng(0)
    coordinates, x = random.normal(size=(20, 3)), random.normal(size=(20, 4))
    out = Case("extend_coordinates:ExtendCoordinates", n_coordinates=5)(coordinates=coordinates, x=x)
    assert_close(out[:, :3], coordinates.astype("float32"))
    assert_close(out[:, 3:], coordinates[:, :2], 1e-2)


def test_enough_coordinates_are_left_as_they_are_and_never_cut() -> None:
    coordinates = np.arange(6.0).reshape(2, 3)
    case = Case("extend_coordinates:ExtendCoordinates", n_coordinates=2)
    assert_close(case(coordinates=coordinates, x=np.ones((2, 4))), coordinates)
    assert case.layer.weights == []


def test_new_dimensions_are_linear_in_coordinates_and_features() -> None:
    random = np.random.default_rng(7)
    coordinates, x = random.normal(size=(6, 3)), random.normal(size=(6, 4))
    case = Case("extend_coordinates:ExtendCoordinates", n_coordinates=5)
    case(coordinates=coordinates, x=x)
    kernel = random.normal(size=(7, 2))
    case.layer.set_weights([kernel])
    expected = np.concatenate([coordinates, np.concatenate([coordinates, x], 1) @ kernel], 1)
    assert_close(case(coordinates=coordinates, x=x), expected)
