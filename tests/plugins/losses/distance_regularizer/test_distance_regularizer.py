"""The regularisers of neighbour distances against their definitions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.plugins.block_case import assert_close, golden
from tests.plugins.losses.object_condensation.loss_case import LossCase

AVERAGE = "distance_regularizer:DistanceRegularizer"
MEAN_MAX = "distance_regularizer:MeanMaxDistanceRegularizer"
HAND_VECTOR = np.array([[0, 0.04, 0.09], [0, 0.25, 0]])
laws = examples(25)


def average_of_known(squared: np.ndarray) -> float:
    """Return the mean distance of the neighbours that are there (Q-13 mended)."""
    rows = [np.mean(np.sqrt(row[row > 0] + 1e-3)) if np.any(row > 0) else 0.0 for row in squared]
    return float(np.mean(rows))


def as_recorded(squared: np.ndarray) -> float:
    """Return HGCalML's average: every column in the sum, known neighbours in the divisor."""
    return float(np.mean(np.sum(np.sqrt(squared + 1e-3), axis=1) / np.sum(squared > 0, axis=1)))


def test_q13_hand_vector_3_without_the_hit_itself_and_padding_in_the_sum() -> None:
    assert (as_recorded(HAND_VECTOR) - 0.5) ** 2 == pytest.approx(0.0070451479, rel=1e-6)
    found = LossCase(AVERAGE)(squared_distances=HAND_VECTOR)
    average = ((np.sqrt(0.041) + np.sqrt(0.091)) / 2 + np.sqrt(0.251)) / 2
    assert found["average_distance"] == pytest.approx(average, rel=1e-6)
    assert found["loss"] == pytest.approx((average - 0.5) ** 2, rel=1e-6)


def test_q13_on_recorded_distances_the_average_is_that_of_the_neighbours(reference: Path) -> None:
    recording, parameters = golden(reference, "c_avgdist_regularizer")
    strength = parameters["strength"]
    # The distances themselves were not recorded; the gradient of the original, c / sqrt(d² + 1e-3), has them, relative
    # to the first column, where d is 0.
    slopes = recording["grad_distsq"].astype(float)
    squared = np.maximum(1e-3 * ((slopes[:, :1] / slopes) ** 2 - 1), 0)
    squared[squared < 1e-8] = 0
    assert strength * (as_recorded(squared) - 0.5) ** 2 == pytest.approx(float(recording["loss"]), rel=1e-3)

    case, average = LossCase(AVERAGE, strength=strength), average_of_known(squared)
    assert_close(case(squared_distances=squared)["loss"], strength * (average - 0.5) ** 2, 1e-4)
    known = np.sum(squared > 0, axis=1, keepdims=True)
    slope = np.where(squared > 0, 0.5 / np.sqrt(squared + 1e-3) / known, 0) / len(squared)
    gradient = case.gradients("squared_distances", squared_distances=squared)[0]
    assert_close(gradient, 2 * strength * (average - 0.5) * slope, 1e-4)


def test_mean_max_computes_its_definition() -> None:
    rng = np.random.default_rng(1)
    for size in (0.2, 1.0, 3.0):
        squared = rng.uniform(0, size, (40, 5))
        furthest = np.sqrt(squared + 1e-6).max(axis=1)
        penalties = [u**2 if u <= 0 else u**2 / 4 for u in (furthest.mean() - 0.9, furthest.max() - 0.9)]
        found = LossCase(MEAN_MAX, strength=2.0)(squared_distances=squared)
        assert found["loss"] == pytest.approx(2 * sum(penalties), rel=1e-4)
        assert found["mean_furthest"] == pytest.approx(furthest.mean(), rel=1e-5)
        assert found["furthest"] == pytest.approx(furthest.max(), rel=1e-5)


@laws
@given(hits=st.integers(0, 30), seed=st.integers(0, 100), use=st.sampled_from([AVERAGE, MEAN_MAX]))
def test_neither_the_order_of_hits_nor_that_of_neighbours_matters(hits: int, seed: int, use: str) -> None:
    rng = np.random.default_rng(seed)
    squared = rng.uniform(0, 2, (hits, 6)) * (rng.random((hits, 6)) < 0.7)
    shuffled = rng.permuted(rng.permutation(squared, axis=0), axis=1)
    case = LossCase(use)
    assert case(squared_distances=shuffled) == pytest.approx(case(squared_distances=squared), rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("use", [AVERAGE, MEAN_MAX])
@pytest.mark.parametrize("squared", [np.zeros((0, 4)), np.zeros((5, 4)), np.full((5, 4), 1e8), np.full((1, 4), 1e-30)])
def test_values_and_gradients_are_finite(use: str, squared: np.ndarray) -> None:
    case = LossCase(use)
    assert all(np.isfinite(value) for value in case(squared_distances=squared).values())
    assert np.all(np.isfinite(case.gradients("squared_distances", squared_distances=squared)[0]))
