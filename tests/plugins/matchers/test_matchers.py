"""Which cluster found which object, on an event worked by hand and on any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.contract.matcher import Matcher
from registry.contract.matching import Overlap
from registry.loading.blocks import load_registry
from registry.measuring.overlaps import Contributions, overlap_of, whole_hits
from registry.plugins.evaluation.matching import match
from tests.examples import examples

NAMES = sorted(name for name, block in load_registry().blocks.items() if issubclass(block, Matcher))

# Ten hits: objects 0 (4 hits), 1 (3 hits), 2 (2 hits), one of noise; clusters 0 to 3.
TRUTH = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, -1])
CLUSTERS = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 3])
ENERGY = np.ones(10)


def made(name: str, **parameters: object) -> Matcher:
    kind = load_registry().blocks[name]
    assert issubclass(kind, Matcher)
    return kind(kind.Params(**parameters))


def event(truth: np.ndarray = TRUTH, clusters: np.ndarray = CLUSTERS, energy: np.ndarray = ENERGY) -> Overlap:
    return overlap_of(clusters, whole_hits(truth), energy)


def test_the_matchers_are_these() -> None:
    assert NAMES == ["double_majority", "ecl", "iou", "lhc", "perfect"]


def test_an_overlap_counts_what_clusters_and_objects_share() -> None:
    found = event()
    assert found.clusters.hits.tolist() == [3, 4, 2, 1]
    assert found.objects.hits.tolist() == [4, 3, 2]
    assert [*zip(found.cluster.tolist(), found.object.tolist(), found.hits.tolist(), strict=True)] == [
        (0, 0, 3.0),
        (1, 0, 1.0),
        (1, 1, 3.0),
        (2, 2, 2.0),
    ]


@pytest.mark.parametrize(
    ("name", "object_of"),
    [
        # IoU: 3 / 4, 3 / 4, 1.
        ("iou", [0, 1, 2, -1]),
        # Shares of the cluster, of the object: 1 and 0.75; 0.75 and 1; 1 and 1.
        ("double_majority", [0, 1, 2, -1]),
        ("perfect", [-1, -1, 2, -1]),
        # Strictly more than 0.75 of the cluster.
        ("lhc", [0, -1, 2, -1]),
        ("ecl", [0, 1, 2, -1]),
    ],
)
def test_an_event_worked_by_hand(name: str, object_of: list[int]) -> None:
    found = made(name, min_cluster_hits=1).match(event())
    assert found.object_of.tolist() == object_of
    assert found.cluster_of.tolist() == [object_of.index(target) if target in object_of else -1 for target in range(3)]
    assert found.objects.all()
    assert found.clusters.all()


def test_clusters_of_objects_that_do_not_count_do_not_count_either() -> None:
    found = made("iou", min_object_hits=3).match(event())
    assert found.objects.tolist() == [True, True, False]
    assert found.clusters.tolist() == [True, True, False, True]


def test_small_clusters_neither_match_nor_count() -> None:
    found = made("double_majority").match(event())
    assert found.object_of.tolist() == [0, 1, -1, -1]
    assert found.clusters.tolist() == [True, True, False, False]


def test_several_clusters_may_lie_in_one_object_for_the_lhc_rule_and_the_largest_finds_it() -> None:
    found = made("lhc", min_cluster_hits=1).match(event(np.zeros(5, int), np.array([0, 0, 1, 1, 1]), np.ones(5)))
    assert found.object_of.tolist() == [0, 0]
    assert found.cluster_of.tolist() == [1]


def test_belle_2_wants_a_fifth_of_the_cluster_and_three_tenths_of_the_true_energy() -> None:
    shared = event(np.array([0, 1, 1]), np.array([0, 0, 0]), np.array([1.0, 2.0, 2.0]))
    assert made("ecl").match(shared).object_of.tolist() == [1]
    true = Overlap(**{**vars(shared), "true_energy": np.array([1.0, 14.0])})
    # Object 1 has 4 of its 14 GeV there, less than 0.3; object 0 has 1 of the cluster's 5 GeV, which is not more.
    assert made("ecl").match(true).object_of.tolist() == [-1]
    assert made("ecl", cluster_share=0.19).match(true).object_of.tolist() == [0]


def test_a_hit_of_two_objects_counts_in_each_by_its_fraction() -> None:
    # One cluster of two hits of 1 GeV; the second is 0.4 of object 5 and 0.6 of object 7.
    truth = Contributions(np.array([0, 1, 1]), np.array([5, 5, 7]), np.array([1.0, 0.4, 0.6]))
    found = overlap_of(np.array([3, 3]), truth, np.ones(2))
    assert found.objects.labels.tolist() == [5, 7]
    assert found.energy.tolist() == [1.4, 0.6]
    assert made("double_majority", min_cluster_hits=1).match(found).object_of.tolist() == [0]


@pytest.mark.parametrize("cut", ["min_object_energy", "min_object_pt"])
def test_a_cut_on_what_the_data_do_not_say_is_an_error(cut: str) -> None:
    with pytest.raises(ValueError, match=cut):
        made("iou", **{cut: 0.5}).match(event())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("hits", [0, 1])
def test_events_without_clusters_or_objects_match_nothing(name: str, hits: int) -> None:
    nothing = np.full(hits, -1)
    found = made(name, min_cluster_hits=1).match(event(nothing, nothing, np.ones(hits)))
    assert found.object_of.tolist() == found.cluster_of.tolist() == []
    lost = made(name).match(event(np.zeros(1, int), np.full(1, -1), np.ones(1)))
    assert (lost.object_of.tolist(), lost.cluster_of.tolist(), lost.objects.tolist()) == ([], [-1], [True])
    fake = made(name, min_cluster_hits=1).match(event(np.full(1, -1), np.zeros(1, int), np.ones(1)))
    assert (fake.object_of.tolist(), fake.cluster_of.tolist(), fake.clusters.tolist()) == ([-1], [], [True])


@pytest.mark.parametrize("name", NAMES)
@examples(40)
@given(seed=st.integers(0, 2**32 - 1), hits=st.integers(0, 60))
def test_the_names_of_clusters_and_objects_change_no_match(name: str, seed: int, hits: int) -> None:
    random = np.random.default_rng(seed)
    truth, clusters, energy = random.integers(-1, 6, hits), random.integers(-1, 6, hits), random.exponential(size=hits)
    names = np.append(random.permutation(100)[:6], -1)
    one = made(name, min_cluster_hits=1).match(event(truth, clusters, energy))
    other = made(name, min_cluster_hits=1).match(event(names[truth], names[clusters], energy))
    labels = [event(truth, clusters, energy), event(names[truth], names[clusters], energy)]
    pairs = [
        {(int(found.clusters.labels[c]), int(found.objects.labels[o])) for c, o in enumerate(own.object_of) if o >= 0}
        for found, own in zip(labels, (one, other), strict=True)
    ]
    assert {(int(names[c]), int(names[o])) for c, o in pairs[0]} == pairs[1]


@examples(40)
@given(seed=st.integers(0, 2**32 - 1), threshold=st.sampled_from([0.0, 0.1, 0.34, 0.5, 0.9]))
def test_the_assignment_of_possible_pairs_is_as_good_as_that_of_all(seed: int, threshold: float) -> None:
    random = np.random.default_rng(seed)
    truth, clusters, energy = random.integers(-1, 8, 50), random.integers(-1, 8, 50), random.exponential(size=50)
    shared = event(truth, clusters, energy)
    dense = np.zeros((len(shared.clusters.labels), len(shared.objects.labels)))
    dense[shared.cluster, shared.object] = shared.energy
    dense /= shared.clusters.energy[:, None] + shared.objects.energy - dense
    found = made("iou", threshold=threshold).match(shared)
    rows = np.flatnonzero(found.object_of >= 0)
    assert np.isclose(dense[rows, found.object_of[rows]].sum(), dense[tuple(match(dense, threshold).T)].sum())
