"""Efficiency, fake rate, purity, response and their errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

from registry.plugins.evaluation.metrics import Score, mean, proportion, score_events, total

SPLITS = np.array([0, 4, 4, 7])
TRUTH = np.array([[0], [0], [1], [1], [0], [0], [-1]])
ENERGY = np.array([1.0, 1.0, 3.0, 1.0, 2.0, 2.0, 1.0])


def test_a_proportion_has_the_binomial_error() -> None:
    assert proportion(3, 4).value == 0.75
    assert proportion(3, 4).error == pytest.approx(math.sqrt(0.75 * 0.25 / 4))
    assert math.isnan(proportion(0, 0).value)


def test_the_mean_of_one_value_has_no_error() -> None:
    assert mean(np.array([2.0])).value == 2.0
    assert math.isnan(mean(np.array([2.0])).error)
    assert mean(np.array([1.0, 3.0])).error == pytest.approx(1.0)


def test_a_perfect_clustering_scores_one() -> None:
    score = total(score_events(TRUTH, TRUTH, ENERGY, SPLITS, truth_energy=np.array([2.0, 2, 4, 4, 4, 4, 0])))
    assert (score.objects, score.clusters, score.matched) == (3, 3, 3)
    assert (score.efficiency.value, score.fake_rate.value, score.purity.value) == (1.0, 0.0, 1.0)
    assert score.response.value == pytest.approx(1.0)
    assert score.resolution.value == pytest.approx(0.0)
    assert score.f1 == 1.0


def test_lost_objects_fakes_and_impure_clusters_are_counted() -> None:
    # Event 1: one cluster over both objects (IoU 4/6 with the second); event 3: the object, and noise as a fake.
    assignment = np.array([0, 0, 0, 0, 0, 0, 1])
    score = total(score_events(assignment, TRUTH, ENERGY, SPLITS))
    assert (score.objects, score.clusters, score.matched) == (3, 3, 2)
    assert score.efficiency.value == pytest.approx(2 / 3)
    assert score.fake_rate.value == pytest.approx(1 / 3)
    assert score.purities.tolist() == pytest.approx([4 / 6, 1.0])


def test_the_response_takes_the_predicted_energy_of_each_hit() -> None:
    predicted = 2 * ENERGY
    truth_energy = np.array([2.0, 2, 4, 4, 8, 8, 0])
    score = total(score_events(TRUTH, TRUTH, ENERGY, SPLITS, None, truth_energy, predicted))
    assert score.responses.tolist() == pytest.approx([2.0, 2.0, 1.0])
    assert score.response.value == pytest.approx(5 / 3)


def test_without_truth_energy_there_is_no_response() -> None:
    score = total(score_events(TRUTH, TRUTH, ENERGY, SPLITS))
    assert math.isnan(score.response.value)
    assert math.isnan(score.resolution.value)


def test_scores_add_up() -> None:
    scores = score_events(TRUTH, TRUTH, ENERGY, SPLITS)
    assert [score.objects for score in scores] == [2, 0, 1]
    assert total(scores).objects == 3
    assert total([]).efficiency.value != total([]).efficiency.value


def test_f1_counts_a_lost_object_like_a_fake() -> None:
    assert Score(10, 8, np.ones(6)).f1 == pytest.approx(12 / 18)
    assert Score().f1 == 0.0
