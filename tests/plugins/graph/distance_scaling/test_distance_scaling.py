"""Distances scaled by what a hit says of itself, against the formula and recorded values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.plugins.block_case import Case, assert_close

USE = "distance_scaling:LocalDistanceScaling"
S = np.array([[-5.0], [-0.5], [0.0], [0.5], [5.0]])


def gain(s: np.ndarray, largest: float, legacy: bool) -> np.ndarray:
    height = np.where(s < 0, 1 - 1 / largest, largest / 2 if legacy else largest - 1)
    return 2 * height / (1 + np.exp(-largest * s / (2 * height))) + 1 - height


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("largest", [4.0, 10.0])
def test_distances_are_scaled_by_the_formula(largest: float, legacy: bool) -> None:
    case = Case(USE, max_scale=largest, legacy_upper_bound=legacy)
    distances = np.arange(10.0).reshape(5, 2)
    assert_close(case(squared_distances=distances, scale=S), distances * gain(S, largest, legacy))


def test_the_factor_goes_from_one_over_the_largest_to_the_largest() -> None:
    far = np.array([[-50.0], [0.0], [50.0]])
    assert_close(Case(USE, max_scale=8.0)(squared_distances=np.ones((3, 1)), scale=far), [[1 / 8], [1], [8]])


@pytest.mark.parametrize("legacy", [False, True])
def test_the_slope_at_zero_is_a_quarter_of_the_largest_factor_on_both_sides(legacy: bool) -> None:
    case, at = Case(USE, max_scale=8.0, legacy_upper_bound=legacy), np.array([[-1e-5], [0.0], [1e-5]])
    _, (slope,), _ = case.gradients(tf.reduce_sum, ("scale",), squared_distances=np.ones((3, 1)), scale=at)
    assert_close(slope, np.full((3, 1), 2.0), 1e-4)


@pytest.mark.parametrize("largest", [10, 4])
def test_recorded_values_are_met(reference: Path, largest: int) -> None:
    recording = np.load(reference / "golden" / "2025" / "local_distance_scaling.npz")
    case = Case(USE, max_scale=float(largest), legacy_upper_bound=True)
    inputs = {"squared_distances": recording["distances"], "scale": recording["scale"]}
    assert_close(case(**inputs), recording[f"out_max{largest}"])


def test_recorded_slopes_are_met(reference: Path) -> None:
    recording = np.load(reference / "golden" / "2025" / "local_distance_scaling.npz")
    case, scale = Case(USE, legacy_upper_bound=True), recording["scale"]
    _, (slope,), _ = case.gradients(tf.reduce_sum, ("scale",), squared_distances=np.ones((len(scale), 1)), scale=scale)
    assert_close(slope, recording["dgain_max10"])
