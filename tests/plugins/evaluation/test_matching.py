"""Matching of clusters and objects by the energy they share."""

from __future__ import annotations

import numpy as np
import pytest

from registry.plugins.evaluation.matching import Criteria, match, overlap


def test_the_iou_is_shared_energy_over_that_of_either() -> None:
    shares = overlap(np.array([0, 0, 1, -1]), np.array([7, 7, 7, 7]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert shares.iou() == pytest.approx(np.array([[3 / 10], [3 / 10]]))


def test_noise_in_a_cluster_counts_against_it() -> None:
    shares = overlap(np.array([0, 0, 0]), np.array([5, 5, -1]), np.array([1.0, 1.0, 2.0]))
    assert shares.iou() == pytest.approx(np.array([[0.5]]))


def test_small_objects_and_small_clusters_are_left_out() -> None:
    assignment, truth = np.array([0, 0, 1, -1]), np.array([3, 3, 4, 5])
    shares = overlap(assignment, truth, np.ones(4), Criteria(min_object_hits=2, min_cluster_hits=2))
    assert shares.objects.tolist() == [3]
    assert shares.clusters.tolist() == [0]


def test_nothing_has_no_iou_and_no_match() -> None:
    shares = overlap(np.zeros(0, int), np.zeros(0, int), np.zeros(0))
    assert match(shares.iou()).shape == (0, 2)


def test_hits_without_energy_do_not_divide_by_zero() -> None:
    shares = overlap(np.zeros(2, int), np.zeros(2, int), np.zeros(2))
    assert shares.iou().tolist() == [[0.0]]


def test_the_matching_maximises_the_sum_and_not_the_first_best() -> None:
    iou = np.array([[0.60, 0.55], [0.50, 0.10]])
    assert match(iou, threshold=0.1).tolist() == [[0, 1], [1, 0]]


def test_a_match_exceeds_the_threshold() -> None:
    assert match(np.array([[0.5]]), threshold=0.5).shape == (0, 2)
    assert match(np.array([[0.51]]), threshold=0.5).tolist() == [[0, 0]]
