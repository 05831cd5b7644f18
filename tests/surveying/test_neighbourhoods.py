"""How many pairs of one object are neighbours, in the spaces of a graph that do not learn."""

from __future__ import annotations

import numpy as np

from registry.surveying.neighbourhoods import counted, fixed_searches, look_at_neighbours
from registry.training.events import open_data
from tests.graphs.helpers import FEW_TRACKS, opened


def test_pairs_are_counted_from_either_hit_and_noise_and_the_hit_itself_are_none() -> None:
    truth, splits = np.array([[4], [4], [4], [-1], [4], [4]]), np.array([0, 4, 6])
    neighbours = np.array([[0, 1, 3], [1, 0, 2], [2, 3, -1], [3, 0, 1], [4, 5, -1], [5, -1, -1]])
    (pairs, found, there), k = counted(neighbours, truth, splits)
    assert (pairs, found, there, k) == (3 * 2 + 2, 4, 6, 2)


def test_only_searches_without_weights_before_them_are_looked_at() -> None:
    assert fixed_searches(opened("tracks", *FEW_TRACKS)) == ["near", "beside"]
    assert fixed_searches(opened("gravnet")) == []


def test_hits_of_a_track_are_near_by_their_direction() -> None:
    checked = opened("edge_classification", *FEW_TRACKS)
    (found,) = look_at_neighbours(checked, open_data(checked.loader, 1))
    assert (found.node, found.space, found.k) == ("near", "by_direction.x", 20)
    assert found.found / found.pairs > 0.5
    assert found.text.startswith(f"{100 * found.found / found.pairs:.1f} % of the pairs of one object are among the 20")
