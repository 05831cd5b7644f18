"""Projective coordinates."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case, assert_close


def test_projective_coordinates_are_finite_at_z_0_q19() -> None:
    position = np.array([[30.0, -20.0, 200.0], [1.0, 2.0, 0.0]])
    radius = np.sqrt((position**2).sum(1) + 1e-2) / 100
    out = Case("prime_coordinates:PrimeCoordinates")(coordinates=position)
    assert_close(out, [[0.015, -0.01, radius[0]], [0, 0, radius[1]]])


def test_the_new_projection_is_ten_times_as_large() -> None:
    position = np.array([[30.0, -20.0, 200.0]])
    radius = np.sqrt((position**2).sum() + 1e-2) / 100
    out = Case("prime_coordinates:PrimeCoordinates", new_prime=True)(coordinates=position)
    assert_close(out, [[0.15, -0.1, radius]])
