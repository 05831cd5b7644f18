"""The read-out by all edges against its rule, written down again plainly."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.plugins.clusterers.test_clusterers import made


def listed(hits: int, edges: dict[tuple[int, int], float]) -> dict[str, np.ndarray]:
    """Return columns of an event with these scores, each edge listed by its first hit."""
    near, score = np.full((hits, hits), -1), np.zeros((hits, hits))
    for (first, second), value in edges.items():
        near[first, second], score[first, second] = second, value
    return {"neighbour_indices": near, "edge_score": score, "row_splits": np.array([0, hits])}


def groups(assignment: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(assignment == cluster).tolist()) for cluster in set(assignment.tolist()) - {-1}}


def plainly(
    hits: int, edges: dict[tuple[int, int], float], threshold: float, numbers: list[int]
) -> set[frozenset[int]]:
    """Return the clusters: the two with the largest sum of weights are joined, as long as it is above 0."""

    def weight(one: frozenset[int], other: frozenset[int]) -> float:
        if {numbers[hit] for hit in one} & {numbers[hit] for hit in other} - {-1}:
            return -np.inf
        scores = [value for (a, b), value in edges.items() if (a in one and b in other) or (a in other and b in one)]
        return sum(np.log(p / (1 - p)) - np.log(threshold / (1 - threshold)) for p in scores)

    clusters = [frozenset([hit]) for hit in range(hits)]
    while True:
        pairs = [(weight(a, b), a, b) for place, a in enumerate(clusters) for b in clusters[:place]]
        best, one, other = max(pairs, key=lambda pair: pair[0], default=(0.0, frozenset(), frozenset()))
        if best <= 0:
            return {cluster for cluster in clusters if len(cluster) > 1}
        clusters = [cluster for cluster in clusters if cluster not in (one, other)] + [one | other]


@examples(40)
@given(hits=st.integers(1, 14), seed=st.integers(0, 2**32 - 1), share=st.floats(0.1, 1.0), layers=st.integers(2, 20))
def test_clusters_are_joined_by_falling_sums_of_weights(hits: int, seed: int, share: float, layers: int) -> None:
    random = np.random.default_rng(seed)
    pairs = [(a, b) for a in range(hits) for b in range(a) if random.random() < share]
    edges = {pair: float(random.uniform(0.01, 0.99)) for pair in pairs}
    numbers = random.integers(-1, layers, hits)
    columns = listed(hits, edges)
    for excluded in (np.full(hits, -1), numbers):
        columns["exclusive"] = excluded[:, None]
        found = made("multicut", score_threshold=0.4).cluster(columns).assignment
        assert groups(found) == plainly(hits, edges, 0.4, excluded.tolist())


def test_one_wrong_edge_does_not_join_what_the_others_keep_apart() -> None:
    edges = {(a, b): 0.9 if (a < 3) == (b < 3) else 0.1 for a in range(6) for b in range(a)} | {(3, 2): 0.8}
    columns = listed(6, edges)
    assert groups(made("multicut").cluster(columns).assignment) == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}
    assert groups(made("connected_components").cluster(columns).assignment) == {frozenset(range(6))}


def test_an_edge_scored_in_both_directions_counts_once_with_the_mean() -> None:
    columns = listed(2, {(0, 1): 0.9, (1, 0): 0.3})
    assert made("multicut", score_threshold=0.59).cluster(columns).assignment.tolist() == [0, 0]
    assert made("multicut", score_threshold=0.61).cluster(columns).assignment.tolist() == [-1, -1]


def test_small_clusters_and_doubtful_ones_are_none() -> None:
    columns = listed(5, {(0, 1): 0.9, (1, 2): 0.9, (0, 2): 0.6, (3, 4): 0.7})
    assert made("multicut", min_hits=3).cluster(columns).assignment.tolist() == [0, 0, 0, -1, -1]
    assert made("multicut", min_score=0.75).cluster(columns).assignment.tolist() == [0, 0, 0, -1, -1]
    assert made("multicut", min_score=0.85).cluster(columns).assignment.tolist() == [-1] * 5
