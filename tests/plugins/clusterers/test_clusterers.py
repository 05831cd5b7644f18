"""What holds for every read-out, whatever its rule."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.contract.clusterer import Clusterer
from registry.contract.parameters import BlockParams
from registry.loading.blocks import load_registry
from tests.examples import examples

NAMES = sorted(name for name, block in load_registry().blocks.items() if issubclass(block, Clusterer))


def made(name: str, **parameters: object) -> Clusterer:
    kind = load_registry().blocks[name]
    assert issubclass(kind, Clusterer)
    return kind(kind.Params(**parameters))


def columns_of(random: np.random.Generator, sizes: list[int]) -> dict[str, np.ndarray]:
    """Return columns of any read-out for events of some sizes."""
    hits, splits = sum(sizes), np.cumsum([0, *sizes])
    starts = np.repeat(splits[:-1], sizes)
    near = starts[:, None] + random.integers(0, np.maximum(1, np.repeat(sizes, sizes))[:, None], (hits, 3))
    return {
        "beta": random.random((hits, 1)),
        "coordinates": random.normal(size=(hits, 3)) * random.choice([0.1, 1.0, 10.0]),
        "distance": random.uniform(0.2, 3.0, (hits, 1)),
        "energy": random.exponential(size=(hits, 1)),
        "weight": random.exponential(size=(hits, 1)),
        "neighbour_indices": np.where(random.random((hits, 3)) < 0.2, -1, near),
        "edge_score": random.random((hits, 3)),
        "row_splits": splits,
    }


def test_the_read_outs_are_these() -> None:
    networks, alone = (
        ["clue", "condensation", "connected_components", "dbscan", "hdbscan", "multicut"],
        ["local_maxima", "triplets"],
    )
    assert sorted([*networks, *alone, "direction_dbscan"]) == NAMES


@pytest.mark.parametrize("name", NAMES)
@examples(40)
@given(sizes=st.lists(st.integers(0, 30), max_size=4), seed=st.integers(0, 2**32 - 1))
def test_clusters_are_numbered_without_gaps_in_every_event_and_form_around_hits_of_their_own(
    name: str, sizes: list[int], seed: int
) -> None:
    columns = columns_of(np.random.default_rng(seed), sizes)
    found = made(name).cluster(columns)
    assert found.assignment.shape == found.condensation_point.shape == (sum(sizes),)
    for start, size in zip(columns["row_splits"], sizes, strict=False):
        own, points = found.assignment[start : start + size], found.condensation_point[start : start + size]
        assert set(own) - {-1} == set(range(own.max(initial=-1) + 1))
        assert (points[own < 0] == -1).all()
        for cluster in set(own) - {-1}:
            (point,) = set(points[own == cluster])
            assert point == -1 or own[point - start] == cluster


@pytest.mark.parametrize("name", NAMES)
@examples(20)
@given(seed=st.integers(0, 2**32 - 1))
def test_one_event_knows_nothing_of_another(name: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    first, second = columns_of(random, [20]), columns_of(random, [25])
    both = {key: np.concatenate([first[key], second[key]]) for key in first if key != "row_splits"}
    both["neighbour_indices"][20:][both["neighbour_indices"][20:] >= 0] += 20
    both["row_splits"] = np.array([0, 20, 45])
    apart = [made(name).cluster(columns).assignment for columns in (first, second)]
    assert np.array_equal(made(name).cluster(both).assignment, np.concatenate(apart))


# Edges name hits by their places, and HDBSCAN breaks ties between equally long links by the order of the hits.
@pytest.mark.parametrize("name", sorted(set(NAMES) - {"connected_components", "hdbscan", "multicut"}))
@examples(20)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_hits_changes_no_cluster(name: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    columns = columns_of(random, [40])
    order = random.permutation(40)
    mixed = {key: value if key == "row_splits" else value[order] for key, value in columns.items()}
    one, other = made(name).cluster(columns).assignment[order], made(name).cluster(mixed).assignment
    assert len({*zip(one.tolist(), other.tolist(), strict=True)}) == len(set(one.tolist())) == len(set(other.tolist()))


@pytest.mark.parametrize("name", NAMES)
def test_hits_that_are_nowhere_are_in_no_cluster_and_disturb_no_other(name: str) -> None:
    columns = columns_of(np.random.default_rng(3), [30])
    whole = made(name).cluster(columns).assignment
    lost = {key: np.concatenate([value, np.full((2, *value.shape[1:]), np.nan)]) for key, value in columns.items()}
    lost["neighbour_indices"] = np.concatenate([columns["neighbour_indices"], np.full((2, 3), -1)])
    lost["row_splits"] = np.array([0, 32])
    found = made(name).cluster(lost).assignment
    assert np.array_equal(found[:30], whole)
    if name != "connected_components":
        assert found[30:].tolist() == [-1, -1]


@pytest.mark.parametrize("name", NAMES)
def test_thresholds_to_tune_are_parameters_with_rising_values(name: str) -> None:
    kind = load_registry().blocks[name]
    assert issubclass(kind, Clusterer)
    for parameter, values in kind.thresholds.items():
        assert list(values) == sorted(set(values))
        for value in values:
            kind.Params(**{parameter: value})


def settings_of(made_: Clusterer, random: np.random.Generator) -> list[BlockParams]:
    """Return parameters with every combination of a few thresholds, in any order, one of them twice."""
    chosen = {name: random.choice(values, 3, replace=False) for name, values in made_.thresholds.items()}
    plain = made_.params.model_dump()
    found = [
        type(made_.params).model_validate(plain | dict(zip(chosen, values, strict=True)))
        for values in product(*chosen.values())
    ]
    return [found[place] for place in [*random.permutation(len(found)).tolist(), 0]]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        *((name, {}) for name in NAMES),
        ("condensation", {"assign": "nearest"}),
        ("condensation", {"assign": "nearest_in_reach"}),
    ],
)
@examples(15)
@given(sizes=st.lists(st.integers(0, 40), max_size=4), seed=st.integers(0, 2**32 - 1))
def test_a_scan_gives_what_every_setting_gives_alone(
    name: str, parameters: dict[str, object], sizes: list[int], seed: int
) -> None:
    random = np.random.default_rng(seed)
    columns, of = columns_of(random, sizes), made(name, **parameters)
    columns["coordinates"][random.random(sum(sizes)) < 0.1] = np.nan
    settings = settings_of(of, random)
    for params, clusters in zip(settings, of.scan(columns, settings), strict=True):
        alone = type(of)(params).cluster(columns)
        assert np.array_equal(clusters.assignment, alone.assignment)
        assert np.array_equal(clusters.condensation_point, alone.condensation_point)
