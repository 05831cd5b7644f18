"""The baseline without training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry.plugins.evaluation.local_maxima import LocalMaxima, local_maxima, tune
from registry.plugins.evaluation.metrics import score_events, total

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
    assert tune(LocalMaxima(), np.zeros(0), np.zeros((0, 3)), np.zeros(0, int), np.array([0])) == LocalMaxima()


def test_tuning_drops_the_fakes_that_soft_seeds_make() -> None:
    truth = np.array([0, 0, -1, 1, 1])
    positions = np.array([[0.0, 0, 0], [10, 0, 0], [100, 0, 0], [200, 0, 0], [210, 0, 0]])
    energy = np.array([5.0, 1.0, 0.1, 3.0, 1.0])
    tuned = tune(LocalMaxima(), energy, positions, truth, SPLITS)
    assert 0.1 < tuned.seed_energy <= 3.0
    score = total(score_events(tuned.cluster(energy, positions, SPLITS), truth, energy, SPLITS))
    assert (score.matched, score.clusters) == (2, 2)


def test_the_fixed_rule_finds_on_belle2_what_the_issue_states(reference: Path) -> None:
    """B sample: 92 % efficiency, 47 % fakes."""
    data = np.load(reference / "data" / "belle2_ecl.npz")
    splits = data["row_splits"].astype(int)
    positions = np.stack([data["x"], data["y"], data["z"]], axis=1)
    assignment = LocalMaxima().cluster(data["energy"], positions, splits)
    scores = score_events(assignment, data["truth_id"], data["energy"], splits)
    mesons = data["sample"][splits[:-1]] == 0
    score = total(score for score, own in zip(scores, mesons, strict=True) if own)
    assert score.efficiency.value == pytest.approx(0.92, abs=0.01)
    assert score.fake_rate.value == pytest.approx(0.47, abs=0.01)
