"""Positions of hits when events are joined, or lose hits."""

from __future__ import annotations

import numpy as np

from registry.measuring.kept import Kept
from registry.measuring.positions import as_one
from registry.measuring.read_out import ReadOut
from tests.plugins.clusterers.test_clusterers import columns_of, made


def test_groups_of_events_are_clustered_joined_as_they_are_apart() -> None:
    random = np.random.default_rng(0)
    read_out = ReadOut(made("connected_components"), {"neighbour_indices": "linked", "edge_score": "score"})
    groups = []
    for sizes in ([12, 8], [5], [0, 20]):
        columns = columns_of(random, sizes)
        names = {"neighbour_indices": "linked", "edge_score": "score", "row_splits": "row_splits"}
        groups.append({name: columns[port] for port, name in names.items()})
    whole = as_one(groups, read_out.positions)
    assert whole["row_splits"].tolist() == [0, 12, 20, 25, 25, 45]
    apart = np.concatenate([read_out.clusters(group).assignment for group in groups])
    assert np.array_equal(read_out.clusters(whole).assignment, apart)


def test_numbers_that_are_no_positions_stay_where_hits_are_dropped() -> None:
    given = {
        "neighbour_indices": np.array([[2], [0], [0]]),
        "edge_score": np.ones((3, 1)),
        "exclusive": np.array([[7], [8], [9]]),
        "row_splits": np.array([0, 3]),
    }
    own = Kept(np.array([1, 0, 1]), given["row_splits"]).columns(given, made("multicut"))
    assert own["neighbour_indices"].tolist() == [[1], [0]]
    assert own["exclusive"].tolist() == [[7], [9]]
