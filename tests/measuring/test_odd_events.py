"""Events of no hits, objects of one hit, no clusters, one cluster of all, 100,000 hits: right numbers, no warnings."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from registry.contract.clusterer import Clusters
from registry.measuring.choices import BINS
from registry.measuring.curves import confusion, curves
from registry.measuring.judging import Judged, Rules, judge
from registry.measuring.overlaps import whole_hits
from registry.measuring.sample import Bootstrap, Figure, figures, together
from tests.measuring.test_one_event import matcher


@pytest.fixture(autouse=True)
def _no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def event(truth: list[int] | np.ndarray, found: list[int] | np.ndarray) -> Judged:
    truth, found = np.asarray(truth, np.int64), np.asarray(found, np.int32)
    hits = len(truth)
    random = np.random.default_rng(1)
    columns = {
        "energy": random.exponential(size=(hits, 1)),
        "coordinates": random.normal(size=(hits, 3)),
        "position": random.normal(size=(hits, 3)),
        "classes": random.random((hits, 2)),
    }
    true = {"energy": np.full((hits, 1), 2.0), "position": np.zeros((hits, 3)), "pid": np.zeros((hits, 2))}
    return judge(Clusters(found, np.full(hits, -1)), whole_hits(truth), columns, true, Rules(matcher("iou")))


def merits(*events: Judged) -> dict[str, Figure]:
    tables = together([(number, 0, judged) for number, judged in enumerate(events)])
    bootstrap = Bootstrap(tables.events, 20, 1)
    curves(tables, bootstrap, BINS)
    confusion(tables)
    return figures(tables, bootstrap, BINS["energy"])


def test_no_events_at_all() -> None:
    assert not any(figure.estimate.known for figure in merits().values())


def test_events_without_hits() -> None:
    assert not any(figure.estimate.known for figure in merits(event([], []), event([], [])).values())


def test_the_tables_of_nothing_have_the_columns_and_dtypes_of_any() -> None:
    nothing, something = event([], []), event([0, 0, 1], [0, 1, 1])
    for name in ("objects", "showers"):
        none, some = getattr(nothing, name), getattr(something, name)
        assert {column: values.dtype for column, values in none.items()} == {
            column: values.dtype for column, values in some.items()
        }


def test_no_clusters_at_all() -> None:
    found = merits(event([0, 0, 1], [-1, -1, -1]), event([], []))
    assert found["efficiency"].estimate.value == 0
    assert math.isnan(found["fake_rate"].estimate.value)
    assert math.isnan(found["response"].estimate.value)


def test_no_objects_at_all() -> None:
    found = merits(event([-1, -1, -1], [0, 0, 1]))
    assert math.isnan(found["efficiency"].estimate.value)
    assert found["fake_rate"].estimate.value == 1


def test_all_hits_in_one_cluster() -> None:
    found = merits(event([0, 1, 2, -1], [0, 0, 0, 0]))
    assert found["merge_rate"].estimate.value == 1
    assert found["adjusted_rand"].estimate.value == 0


def test_objects_of_one_hit() -> None:
    found = merits(event([0, 1, 2], [0, 1, 2]))
    assert found["efficiency"].estimate.value == found["purity"].estimate.value == 1
    assert found["f1"].estimate.value == 1


def test_an_event_of_100_000_hits() -> None:
    random = np.random.default_rng(2)
    truth = random.integers(-1, 3000, 100_000)
    found = np.where(random.random(100_000) < 0.8, truth, -1)
    _, own = np.unique(found, return_inverse=True)
    values = merits(event(truth, own - 1))
    assert values["efficiency"].estimate.value > 0.99
    assert values["completeness"].estimate.value == pytest.approx(0.8, abs=0.01)


def test_what_one_event_says_has_no_error_over_events() -> None:
    found = merits(event([0, 0, 1, 1], [0, 0, -1, -1]), event([0, 0, 1, 1], [-1, -1, -1, -1]))
    assert found["efficiency"].error > 0
    assert found["purity"].estimate.value == 1
    assert math.isnan(found["purity"].error)
    alone = merits(event([0, 0, 1, 1], [0, 0, -1, -1]))
    assert math.isnan(alone["efficiency"].error)
    assert math.isnan(alone["f1"].error)
