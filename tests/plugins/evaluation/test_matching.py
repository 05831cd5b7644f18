"""Matching of clusters and objects by the energy they share."""

from __future__ import annotations

import numpy as np
import pytest

from registry.measuring.overlaps import overlap_of, whole_hits
from registry.plugins.evaluation.matching import match
from tests.measuring.test_one_event import matcher


def matched(
    assignment: list[int], truth: list[int], energy: list[float], **iou: float
) -> tuple[list[int], list[bool], list[bool]]:
    overlap = overlap_of(np.array(assignment, int), whole_hits(np.array(truth, int)), np.array(energy))
    found = matcher("iou", **iou).match(overlap)
    return found.object_of.tolist(), found.clusters.tolist(), found.objects.tolist()


@pytest.mark.parametrize(("threshold", "object_of"), [(0.29, 0), (0.3, -1)])
def test_the_iou_is_shared_energy_over_that_of_either(threshold: float, object_of: int) -> None:
    found, _, _ = matched([0, 0, 1, -1], [7, 7, 7, 7], [1, 2, 2, 5], threshold=threshold)
    assert found == [object_of, -1]


@pytest.mark.parametrize(("threshold", "object_of"), [(0.49, 0), (0.5, -1)])
def test_noise_in_a_cluster_counts_against_it(threshold: float, object_of: int) -> None:
    assert matched([0, 0, 0], [5, 5, -1], [1, 1, 2], threshold=threshold)[0] == [object_of]


def test_small_objects_and_small_clusters_do_not_count() -> None:
    assert matched([0, 0, 1, -1], [3, 3, 4, 5], [1, 1, 1, 1], min_object_hits=2, min_cluster_hits=2) == (
        [0, -1],
        [True, False],
        [True, False, False],
    )


def test_nothing_has_no_match() -> None:
    assert matched([], [], []) == ([], [], [])


def test_hits_without_energy_match_nothing() -> None:
    assert matched([0, 0], [0, 0], [0, 0])[0] == [-1]


def test_the_matching_maximises_the_sum_and_not_the_first_best() -> None:
    iou = np.array([[0.60, 0.55], [0.50, 0.10]])
    assert match(iou, threshold=0.1).tolist() == [[0, 1], [1, 0]]


def test_a_match_exceeds_the_threshold() -> None:
    assert match(np.array([[0.5]]), threshold=0.5).shape == (0, 2)
    assert match(np.array([[0.51]]), threshold=0.5).tolist() == [[0, 0]]
