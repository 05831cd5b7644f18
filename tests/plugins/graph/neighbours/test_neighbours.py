"""Neighbour search, and what is done with lists of neighbours."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry.contract.axes import AxisMismatch
from tests.plugins.block_case import Case, assert_close, golden

LINE = np.array([[0.0], [1.0], [3.0], [7.0]])
LISTS = {"neighbour_indices": [[0, 5, -1, 4, 3]], "squared_distances": np.array([[0.0, 9.0, 0.0, 1.0, 4.0]])}


def test_events_of_every_size_agree_with_the_recording(reference: Path) -> None:
    recording, parameters = golden(reference, "a_knn_edge")
    case = Case("neighbours:Knn", K=parameters["K"] - 1)
    out = case(coordinates=recording["coords"], row_splits=recording["row_splits"])
    found, expected = np.asarray(out["neighbour_indices"]), recording["idx_raw_K16_tfcompat0"]
    assert_close(np.sort(out["squared_distances"]), np.sort(recording["distsq_raw_K16_tfcompat0"]))
    assert np.array_equal(found[:, 0], expected[:, 0])
    assert np.array_equal((found >= 0).sum(1), (expected >= 0).sum(1))


def test_the_hit_itself_in_place_of_missing_neighbours_agrees_with_the_recording(reference: Path) -> None:
    recording, parameters = golden(reference, "a_knn_edge")
    case = Case("neighbours:Knn", K=parameters["K"] - 1, tf_compatible=True)
    out = case(coordinates=recording["coords"], row_splits=recording["row_splits"])
    found, expected = np.asarray(out["neighbour_indices"]), recording["idx_raw_K16_tfcompat1"]
    itself = np.arange(len(found))[:, None]
    assert np.array_equal((found == itself).sum(1), (expected == itself).sum(1))
    assert (found >= 0).all()
    assert_close(np.sort(out["squared_distances"]), np.sort(recording["distsq_raw_K16_tfcompat1"]))


def test_directions_agree_with_the_recording(reference: Path) -> None:
    recording, parameters = golden(reference, "a_knn_edge")
    case = Case("neighbours:Knn", K=parameters["K"] - 1)
    out = case(coordinates=recording["coords"], row_splits=recording["row_splits"], direction=recording["direction"])
    found, expected = np.asarray(out["neighbour_indices"]), recording["idx_raw_K16_direction"]
    assert_close(np.sort(out["squared_distances"]), np.sort(recording["distsq_raw_K16_direction"]))
    assert np.array_equal((found >= 0).sum(1), (expected >= 0).sum(1))


def test_distances_of_a_thinned_cloud_are_scaled_back_q16() -> None:
    inputs = {"coordinates": np.random.default_rng(0).normal(size=(9, 4)), "row_splits": [0, 9]}
    plain = Case("neighbours:Knn", K=3)(**inputs)
    scaled = Case("neighbours:Knn", K=3, reduction=8.0)(**inputs)
    assert_close(scaled["squared_distances"], np.asarray(plain["squared_distances"]) / 8 ** (2 / 4))


def test_the_hit_itself_can_be_left_out() -> None:
    out = Case("neighbours:Knn", K=2, return_self=False)(coordinates=LINE, row_splits=[0, 4])
    assert np.array_equal(out["neighbour_indices"], [[1, 2], [0, 2], [1, 0], [2, 1]])


def test_manhattan_neighbours_are_those_with_the_smallest_sums_of_differences() -> None:
    random = np.random.default_rng(0)
    points, row_splits = random.normal(size=(25, 3)).astype("float32"), [0, 9, 9, 11, 25]
    out = Case("neighbours:ManhattanKnn", K=4)(coordinates=points, row_splits=row_splits)
    for hit in range(25):
        first, last = next((a, b) for a, b in ((0, 9), (9, 11), (11, 25)) if a <= hit < b)
        sums = np.abs(points[first:last] - points[hit]).sum(1)
        order = first + np.argsort(sums)[:5]
        found = np.asarray(out["neighbour_indices"])[hit]
        assert found[: len(order)].tolist() == order.tolist()
        assert (found[len(order) :] == -1).all()
        assert_close(np.asarray(out["distances"])[hit, : len(order)], np.sort(sums)[:5])


def test_lists_are_sorted_with_the_hit_first_and_padding_last() -> None:
    out = Case("neighbours:SortNeighbours")(**LISTS)
    assert np.asarray(out["neighbour_indices"]).tolist() == [[0, 4, 3, 5, -1]]
    assert np.asarray(out["squared_distances"]).tolist() == [[0, 1, 4, 9, 0]]


@pytest.mark.parametrize(
    ("options", "indices", "distances"),
    [
        ({"K": 3}, [0, 4, 3], [0, 1, 4]),
        ({"K": 3, "descending": True}, [0, 5, 3], [0, 9, 4]),
        ({"K": 3, "sort": False}, [0, 5, -1], [0, 9, 0]),
        ({"radius": 4.0}, [0, 4, 3, -1, -1], [0, 1, 4, 0, 0]),
        ({"radius": 4.0, "sort": False}, [0, -1, -1, 4, 3], [0, 0, 0, 1, 4]),
        ({"radius": 4.0, "K": 3, "descending": True}, [0, -1, 3], [0, 0, 4]),
    ],
)
def test_lists_are_shortened_to_k_columns_then_rid_of_what_is_beyond_the_radius(
    options: dict[str, Any], indices: list[int], distances: list[float]
) -> None:
    out = Case("neighbours:SortNeighbours", **options)(**LISTS)
    assert np.asarray(out["neighbour_indices"]).tolist() == [indices]
    assert np.asarray(out["squared_distances"]).tolist() == [distances]


def test_more_neighbours_than_there_are_columns_are_refused() -> None:
    case = Case("neighbours:SortNeighbours", K=5)
    with pytest.raises(AxisMismatch, match="expected at least 5 columns for K: 5, received 2"):
        case.declared(neighbour_indices=[[0, 1]], squared_distances=np.zeros((1, 2)))


def test_a_shell_makes_the_centre_far() -> None:
    out = Case("neighbours:ShiftDistances", shift=0.5)(squared_distances=np.array([[0.0, 0.25, 1.0]]))
    assert_close(out, [[(1e-3 - 0.501) ** 2, (np.sqrt(0.25 + 1e-6) - 0.501) ** 2, (np.sqrt(1 + 1e-6) - 0.501) ** 2]])


def plain_search(points: np.ndarray, row_splits: list[int], neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each hit and its nearest neighbours, by looking at every pair of its event; -1, at 0, where none is."""
    indices, distances = np.full((len(points), neighbours + 1), -1), np.zeros((len(points), neighbours + 1))
    for first, last in pairwise(row_splits):
        for hit in range(first, last):
            squares = ((points[first:last] - points[hit]) ** 2).sum(1)
            order = np.argsort(squares)[: neighbours + 1]
            indices[hit, : len(order)], distances[hit, : len(order)] = first + order, squares[order]
    return indices, distances


def test_neighbours_are_those_at_the_smallest_distances_of_their_event() -> None:
    points, row_splits = np.random.default_rng(6).normal(size=(60, 3)), [0, 30, 30, 33, 34, 60]
    indices, distances = plain_search(points, row_splits, 5)
    out = Case("neighbours:Knn", K=5)(coordinates=points, row_splits=row_splits)
    assert np.array_equal(out["neighbour_indices"], indices)
    assert_close(out["squared_distances"], distances)
    filled = Case("neighbours:Knn", K=5, tf_compatible=True)(coordinates=points, row_splits=row_splits)
    itself = np.arange(60)[:, None]
    assert np.array_equal(filled["neighbour_indices"], np.where(indices < 0, itself, indices))


def test_a_direction_says_which_hits_have_neighbours_and_which_are_neighbours() -> None:
    direction = np.array([[0], [1], [2], [3]])
    out = Case("neighbours:Knn", K=2)(coordinates=LINE, row_splits=[0, 4], direction=direction)
    assert np.array_equal(out["neighbour_indices"], [[0, -1, -1], [1, 0, 3], [2, -1, -1], [3, 0, -1]])


def test_joined_lists_name_each_neighbour_once() -> None:
    lists = [[[1, 2], [0, -1], [-1, -1]], [[2, -1, 0], [2, 0, -1], [0, 1, -1]], [[0, 1], [1, 2], [-1, 2]]]
    found = Case("neighbours:JoinNeighbours")(neighbour_indices=[np.array(one) for one in lists])
    expected = [[1, 2, -1, -1, 0, -1, -1], [0, -1, 2, -1, -1, 1, -1], [-1, -1, 0, 1, -1, -1, 2]]
    assert np.asarray(found).tolist() == expected
