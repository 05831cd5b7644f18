"""Read-outs of trackers that need no network: the search by triplets, and DBSCAN on directions."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from registry.plugins.loaders.tracks.generator import generate
from registry.plugins.loaders.tracks.options import TrackOptions
from tests.plugins.clusterers.test_clusterers import made

BARRELS = {"planes": [], "barrels": [3.0, 7.0, 12.0, 17.0, 30.0, 40.0], "min_eta": 0.0, "max_eta": 1.0}


def found_and_fake(name: str, events, **parameters: object) -> tuple[float, float]:
    """Return efficiency and fake rate by double majority, of tracks of three hits or more."""
    columns = {"coordinates": events["coordinates"], "row_splits": events.row_splits}
    assignment, truth = made(name, **parameters).cluster(columns).assignment, events["truth_index"][:, 0]
    found = objects = clusters = 0
    for start, stop in pairwise(events.row_splits):
        mine, true = assignment[start:stop], truth[start:stop]
        sizes = np.bincount(true[true >= 0])
        objects += (sizes >= 3).sum()
        for cluster in range(mine.max(initial=-1) + 1):
            own = true[mine == cluster]
            if len(own) < 3:
                continue
            counts = np.bincount(own[own >= 0], minlength=1)
            best = counts.argmax()
            if counts[best] * 2 > len(own) and sizes[best] < 3:
                continue
            clusters += 1
            found += counts[best] * 2 > len(own) and counts[best] * 2 > sizes[best]
    return found / objects, 1 - found / max(clusters, 1)


@pytest.fixture(scope="module")
def events():
    return generate(3, 11)


def test_the_search_by_triplets_finds_most_tracks_of_the_vertex_locator(events) -> None:
    efficiency, fakes = found_and_fake("triplets", events)
    assert efficiency > 0.9
    assert fakes < 0.1


def test_it_follows_curved_tracks_through_barrels() -> None:
    curved = generate(2, 3, TrackOptions(**BARRELS, field=2.0, min_pt=0.4, min_tracks=50, max_tracks=50))
    straight, _ = found_and_fake("triplets", curved)
    efficiency, fakes = found_and_fake("triplets", curved, max_curvature=0.02, max_distance=2.0, scattering=0.003)
    assert efficiency > 0.85 > straight
    assert fakes < 0.15


def test_three_hits_on_a_line_are_a_track_and_three_beside_it_are_none() -> None:
    line = np.array([1.0, 2.0, 3.0])[:, None] * [0.3, 0.4, 2.5]
    beside = line + np.array([[0, 0, 0], [0.1, 0, 0], [0, 0, 0]])
    for points, expected in ((line, [0, 0, 0]), (beside, [-1, -1, -1])):
        columns = {"coordinates": points, "row_splits": np.array([0, 3])}
        assert made("triplets").cluster(columns).assignment.tolist() == expected


def test_directions_are_clusters_whatever_the_distance() -> None:
    way = np.array([[0.3, 0.4, 2.5], [-0.3, 0.4, 2.5]])
    points = np.concatenate([way * step for step in (1.0, 5.0, 20.0)])
    found = made("direction_dbscan").cluster({"coordinates": points, "row_splits": np.array([0, 6])})
    assert found.assignment.tolist() == [0, 1, 0, 1, 0, 1]
