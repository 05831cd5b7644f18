"""The baseline without training."""

from __future__ import annotations

import numpy as np

from registry.plugins.evaluation.local_maxima import LocalMaxima, local_maxima

POSITIONS = np.array([[0.0, 0, 0], [10, 0, 0], [30, 0, 0], [200, 0, 0], [100, 0, 0]])
ENERGY = np.array([5.0, 1.0, 2.0, 3.0, 0.5])
SPLITS = np.array([0, 5])


def test_a_hit_that_tops_all_within_the_radius_is_a_maximum() -> None:
    assert local_maxima(ENERGY, POSITIONS, 15.0).tolist() == [True, False, True, True, True]


def test_of_equal_neighbours_the_first_is_the_maximum() -> None:
    assert local_maxima(np.ones(2), np.zeros((2, 3)), 1.0).tolist() == [True, False]


def test_other_hits_join_the_nearest_seed_within_reach() -> None:
    rule = LocalMaxima(seed_radius=15.0, join_radius=60.0, seed_energy=2.5)
    assert rule.cluster(ENERGY, POSITIONS, SPLITS).tolist() == [0, 0, 0, 1, -1]


def test_a_hit_exactly_at_the_join_radius_joins() -> None:
    rule = LocalMaxima(seed_radius=15.0, join_radius=100.0, seed_energy=2.5)
    assert rule.cluster(ENERGY, POSITIONS, SPLITS).tolist() == [0, 0, 0, 1, 0]


def test_an_event_without_a_seed_is_noise() -> None:
    assert LocalMaxima(seed_energy=9.0).cluster(ENERGY, POSITIONS, SPLITS).tolist() == [-1] * 5


def test_empty_events_and_no_events_are_fine() -> None:
    assert LocalMaxima().cluster(np.zeros(0), np.zeros((0, 3)), np.array([0, 0])).tolist() == []
    assert LocalMaxima().cluster(np.zeros(0), np.zeros((0, 3)), np.array([0])).tolist() == []
