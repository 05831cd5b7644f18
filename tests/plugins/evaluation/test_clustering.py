"""Condensation around hits of high beta."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from registry.plugins.evaluation.clustering import condense

LINE = np.array([[0.0], [0.4], [0.8], [3.0], [3.2]])
ONE_EVENT = np.array([0, 5])


def test_hits_join_the_condensation_point_of_highest_beta_within_the_radius() -> None:
    clusters = condense(np.array([0.5, 0.9, 0.3, 0.2, 0.8]), LINE, None, ONE_EVENT)
    assert clusters.assignment.tolist() == [0, 0, 0, 1, 1]
    assert clusters.condensation_point.tolist() == [1, 1, 1, 4, 4]


def test_hits_at_or_below_the_beta_threshold_seed_nothing() -> None:
    clusters = condense(np.array([0.1, 0.0, 0.0, 0.0, 0.11]), LINE, None, ONE_EVENT, beta_threshold=0.1)
    assert clusters.assignment.tolist() == [-1, -1, -1, 0, 0]


def test_the_radius_is_that_of_the_condensation_point() -> None:
    distance = np.array([[10.0], [0.5], [10.0], [10.0], [1.0]])
    clusters = condense(np.array([0.0, 0.9, 0.0, 0.0, 0.8]), LINE, distance, ONE_EVENT)
    assert clusters.assignment.tolist() == [-1, 0, -1, 1, 1]


def test_a_hit_exactly_on_the_radius_joins() -> None:
    clusters = condense(np.array([0.9, 0.0]), np.array([[0.0, 0.0], [0.5, 0.0]]), None, np.array([0, 2]))
    assert clusters.assignment.tolist() == [0, 0]


def test_of_equal_betas_the_first_hit_wins() -> None:
    clusters = condense(np.full(5, 0.9), LINE, None, ONE_EVENT)
    assert clusters.condensation_point.tolist() == [0, 0, 2, 3, 3]


def test_clusters_do_not_reach_over_events_and_are_numbered_in_each() -> None:
    clusters = condense(np.full(4, 0.9), np.zeros((4, 2)), None, np.array([0, 2, 2, 4]))
    assert clusters.assignment.tolist() == [0, 0, 0, 0]
    assert clusters.condensation_point.tolist() == [0, 0, 2, 2]


def test_values_that_are_not_finite_condense_and_join_nothing() -> None:
    beta = np.array([np.nan, 0.9, 0.8])
    points = np.array([[0.0], [np.inf], [0.0]])
    assert condense(beta, points, None, np.array([0, 3])).assignment.tolist() == [0, -1, 0]


@given(st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_every_cluster_lies_within_its_radius_and_points_are_not_left_over(hits: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    beta, points = random.random(hits), random.normal(size=(hits, 3))
    clusters = condense(beta, points, None, np.array([0, hits]), 0.2, 0.7)
    joined = clusters.assignment >= 0
    centre = points[clusters.condensation_point[joined]]
    assert (((points[joined] - centre) ** 2).sum(axis=1) <= 0.49 + 1e-12).all()
    assert (beta[~joined] <= 0.2).all()
    assert (beta[clusters.condensation_point[joined]] > 0.2).all()
