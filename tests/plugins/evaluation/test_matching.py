"""Matching of clusters and objects by the energy they share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.measuring.overlaps import overlap_of, whole_hits
from registry.plugins.evaluation.matching import best_pairs, match
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


@given(st.lists(st.tuples(st.integers(-1, 6), st.integers(-1, 6)), max_size=60), st.sampled_from([0.0, 0.1, 0.3, 0.5]))
def test_groups_that_share_nothing_are_assigned_as_well_as_all_at_once(
    hits: list[tuple[int, int]], threshold: float
) -> None:
    assignment, truth = (np.array([hit[side] for hit in hits], int) for side in (0, 1))
    overlap = overlap_of(assignment, whole_hits(truth), np.ones(len(hits)))
    clusters, objects = overlap.clusters, overlap.objects
    union = clusters.energy[overlap.cluster] + objects.energy[overlap.object] - overlap.energy
    iou = np.zeros((len(clusters.labels), len(objects.labels)))
    iou[overlap.cluster, overlap.object] = overlap.energy / union
    pairs = best_pairs(overlap, np.ones(len(clusters.labels), bool), threshold)
    found = (overlap.energy / union)[pairs[pairs >= 0]]
    assert len(np.unique(overlap.object[pairs[pairs >= 0]])) == len(found)
    assert found.sum() == pytest.approx(sum(iou[cluster, object_] for cluster, object_ in match(iou, threshold)))
