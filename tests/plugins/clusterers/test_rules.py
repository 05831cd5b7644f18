"""Every read-out against its rule, written down again plainly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN

from registry.contract.labels import ranked
from tests.examples import examples
from tests.plugins.clusterers.test_clusterers import columns_of, made

ONE = np.array([0, 5])
LINE = np.array([[0.0], [0.4], [0.8], [3.0], [3.2]])


@examples(40)
@given(hits=st.integers(0, 120), dimensions=st.integers(1, 6), seed=st.integers(0, 2**32 - 1))
def test_condensation_points_by_falling_beta_take_the_free_hits_within_their_radius(
    hits: int, dimensions: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    beta, points = random.random(hits), random.normal(size=(hits, dimensions))
    radius = random.uniform(0.0, 2.0, hits)
    owner = np.full(hits, -1)
    for hit in np.argsort(-beta):
        if beta[hit] > 0.2 and owner[hit] < 0:
            inside = ((points - points[hit]) ** 2).sum(axis=1) <= (radius[hit] * 0.7) ** 2
            owner[inside & (owner < 0)] = hit
    columns = {"beta": beta, "coordinates": points, "distance": radius, "row_splits": np.array([0, hits])}
    found = made("condensation", beta_threshold=0.2, distance_threshold=0.7).cluster(columns)
    assert np.array_equal(found.condensation_point, owner)


def test_a_hit_joins_the_point_of_highest_beta_or_the_nearest_as_it_is_told() -> None:
    columns = {
        "beta": np.array([0.9, 0.0, 0.8, 0.0]),
        "coordinates": np.array([[0.0], [0.9], [1.1], [9.0]]),
        "row_splits": np.array([0, 4]),
    }
    expected = {"highest_beta": [0, 0, 1, -1], "nearest_in_reach": [0, 1, 1, -1], "nearest": [0, 1, 1, 1]}
    for assign, assignment in expected.items():
        given_ = made("condensation", distance_threshold=1.0, assign=assign)
        assert given_.cluster(columns).assignment.tolist() == assignment


def plain_clue(points: np.ndarray, weight: np.ndarray, near: float, dense: float, factor: float) -> list[int]:
    distance = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
    others = (distance < near) & ~np.eye(len(points), dtype=bool)
    density = weight + 0.5 * others @ weight
    labels = [-1] * len(points)
    clusters = 0
    for hit in np.argsort(-density, kind="stable"):
        above = np.flatnonzero((density > density[hit]) & (distance[hit] <= factor * near))
        parent = above[np.argmin(distance[hit][above])] if len(above) else None
        if (parent is None or distance[hit][parent] > near) and density[hit] >= dense:
            labels[hit], clusters = clusters, clusters + 1
        elif parent is not None:
            labels[hit] = labels[parent]
    return labels


@examples(40)
@given(hits=st.integers(1, 80), dimensions=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
def test_clue_follows_the_nearest_denser_hit(hits: int, dimensions: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    points, weight = random.normal(size=(hits, dimensions)), random.exponential(size=hits)
    columns = {"coordinates": points, "weight": weight[:, None], "row_splits": np.array([0, hits])}
    found = made("clue", critical_distance=0.6, critical_density=1.5, outlier_factor=1.8).cluster(columns)
    assert found.assignment.tolist() == plain_clue(points, weight, 0.6, 1.5, 1.8)


def test_clue_of_a_line_worked_by_hand() -> None:
    # Densities: 1 + 0.5 * 1, 1 + 0.5 * 2, 1.5 | 1 + 0.5, 1.5: the middle one seeds, and neither of two equals follows.
    columns = {"coordinates": LINE, "row_splits": ONE}
    found = made("clue", critical_distance=0.5, critical_density=1.5).cluster(columns)
    assert found.assignment.tolist() == [0, 0, 0, 1, 2]
    assert found.condensation_point.tolist() == [1, 1, 1, 3, 4]


def test_clue_is_what_was_recorded(reference: Path) -> None:
    recording = np.load(reference / "golden" / "2025" / "clue.npz")
    columns = {
        "coordinates": recording["x"],
        "weight": recording["energy"][:, None],
        "row_splits": np.array([0, len(recording["x"])]),
    }
    names = {"critical_distance": "dc", "critical_density": "rhoc", "outlier_factor": "outlierDeltaFactor"}
    found = made("clue", **{name: float(recording[key]) for name, key in names.items()}).cluster(columns)
    assert found.assignment.tolist() == recording["label"].tolist()


@examples(60)
@given(
    hits=st.integers(1, 150),
    dimensions=st.integers(1, 5),
    eps=st.sampled_from([0.3, 1.0, 2.0, 9.0]),
    min_samples=st.integers(1, 8),
    seed=st.integers(0, 2**32 - 1),
)
def test_dbscan_is_that_of_scikit_learn(hits: int, dimensions: int, eps: float, min_samples: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    points = random.normal(size=(hits, dimensions)) * random.choice([0.5, 2.0])
    # On a grid many distances are exactly the radius, and many hits at one place.
    points = np.round(points) if seed % 2 else points
    found = made("dbscan", eps=eps, min_samples=min_samples).cluster(
        {"coordinates": points, "row_splits": np.array([0, hits])}
    )
    expected = ranked(DBSCAN(eps=eps, min_samples=min_samples).fit(points).labels_, np.ones(hits))
    assert np.array_equal(found.assignment, expected)


@pytest.mark.parametrize(("epsilon", "clusters"), [(0.0, 3), (3.0, 2), (40.0, 1)])
def test_hdbscan_merges_clusters_that_are_connected_at_epsilon(epsilon: float, clusters: int) -> None:
    random = np.random.default_rng(2)
    places = np.repeat([[0.0, 0.0], [2.5, 0.0], [20.0, 0.0]], 30, axis=0)
    points = places + random.normal(scale=0.2, size=places.shape)
    given_ = made("hdbscan", min_cluster_size=10, epsilon=epsilon)
    found = given_.cluster({"coordinates": points, "row_splits": np.array([0, 90])})
    assert found.assignment.max() + 1 == clusters


def test_edges_above_the_threshold_connect_in_either_direction() -> None:
    columns = {
        "neighbour_indices": np.array([[1, -1], [2, -1], [-1, -1], [4, -1], [-1, 0]]),
        "edge_score": np.array([[0.9, 1.0], [0.4, 0.0], [0.0, 0.0], [0.8, 0.0], [0.9, 0.9]]),
        "row_splits": ONE,
    }
    assert made("connected_components", min_hits=2).cluster(columns).assignment.tolist() == [0, 0, -1, 0, 0]
    assert made("connected_components").cluster(columns).assignment.tolist() == [0, 0, 1, 0, 0]


def test_local_maxima_seed_and_the_others_join_the_nearest() -> None:
    columns = columns_of(np.random.default_rng(0), [5]) | {
        "energy": np.array([1.0, 3.0, 1.0, 2.0, 5.0]),
        "coordinates": LINE,
    }
    found = made("local_maxima", seed_radius=0.5, join_radius=1.0).cluster(columns)
    assert found.assignment.tolist() == [1, 1, 1, 0, 0]
    assert found.condensation_point.tolist() == [1, 1, 1, 4, 4]
