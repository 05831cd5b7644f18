"""Random thinning, the choice of given hits, and the way back."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.contract.axes import AxisMismatch
from registry.plugins.graph.random_sampling.scores import scores
from tests.plugins import laws
from tests.plugins.block_case import Case, assert_close


def event(sizes: list[int]) -> dict[str, Any]:
    row_splits = laws.splits(sizes)
    return {"row_splits": row_splits, "rest": {"x": np.arange(row_splits[-1])[:, None].astype("float32")}}


@settings(max_examples=15, deadline=None)
@given(sizes=laws.event_sizes(), training=st.booleans())
def test_every_event_that_has_hits_keeps_one_and_columns_follow(sizes: list[int], training: bool) -> None:
    out = Case("random_sampling:RandomSampling", reduction=1000.0)(training=training, **event(sizes))
    kept = np.diff(out["row_splits"])
    assert ((kept > 0) == (np.array(sizes) > 0)).all()
    assert_close(out["x"], out["kept_hits"])


@settings(max_examples=10, deadline=None)
@given(sizes=laws.event_sizes())
def test_outside_training_an_event_alone_is_thinned_as_in_a_batch(sizes: list[int]) -> None:
    case = Case("random_sampling:RandomSampling", reduction=3.0)
    together = case(training=False, **event(sizes))
    start = 0
    for number, size in enumerate(sizes):
        alone = case(training=False, **event([size]))
        first, last = np.asarray(together["row_splits"])[number : number + 2]
        assert np.array_equal(np.asarray(together["kept_hits"])[first:last] - start, alone["kept_hits"])
        start += size


def test_the_share_of_kept_hits_is_one_in_reduction_and_changes_from_batch_to_batch() -> None:
    case = Case("random_sampling:RandomSampling", reduction=4.0)
    first, second = (np.asarray(case(training=True, **event([4000]))["kept_hits"]) for _ in range(2))
    assert len(first) == pytest.approx(1000, rel=0.1)
    assert not np.array_equal(first, second)


def test_tracks_are_always_kept() -> None:
    is_track = (np.arange(500)[:, None] % 7 == 0).astype("float32")
    out = Case("random_sampling:RandomSampling", reduction=20.0)(training=True, is_track=is_track, **event([500]))
    assert np.asarray(out["is_track"]).sum() == is_track.sum()


def test_one_threshold_for_the_batch_keeps_more_of_the_large_events() -> None:
    sizes = [1, 1, 1, 2000]
    own = Case("random_sampling:RandomSampling", reduction=100.0)(training=False, **event(sizes))
    shared = Case("random_sampling:RandomSampling", reduction=100.0, batchwide_threshold=True)
    assert len(shared(training=False, **event(sizes))["kept_hits"]) >= len(own["kept_hits"])


def test_a_column_of_another_axis_is_refused() -> None:
    case = Case("random_sampling:RandomSampling", {"x": "objects"})
    with pytest.raises(AxisMismatch, match="input 'x': expected a column on the axis hits@data"):
        case.declared(**event([3]))


def test_kept_neighbour_lists_still_point_to_all_hits() -> None:
    case = Case("random_sampling:SelectHits")
    out = case(kept_hits=[[2], [0]], rest={"a": np.array([[1], [2], [3]]), "b": np.array([[0.5], [1.5], [2.5]])})
    assert np.array_equal(out["a"], [[3], [1]])
    assert np.array_equal(out["b"], [[2.5], [0.5]])


def test_rows_come_back_to_their_places() -> None:
    case = Case("random_sampling:BackScatter", {"x": "kept", "kept_hits": "kept"}, default=-1.0)
    x, kept, like = np.array([[5.0, 6.0], [7.0, 8.0]]), [[3], [1]], np.zeros((5, 9))
    assert_close(case(x=x, kept_hits=kept, like=like), [[-1, -1], [7, 8], [-1, -1], [5, 6], [-1, -1]])
    out = case(x=x, kept_hits=kept, like=like, otherwise=np.full((5, 2), 9.0))
    assert_close(out, [[9, 9], [7, 8], [9, 9], [5, 6], [9, 9]])


def test_hits_are_kept_by_their_score_or_by_the_smallest_score_of_their_event() -> None:
    row_splits = np.array([0, 40, 40, 43, 44])
    is_track = (np.arange(44)[:, None] == 42).astype("float32")
    case = Case("random_sampling:RandomSampling", reduction=8.0, seed=5)
    out = case(training=False, row_splits=row_splits, is_track=is_track, rest={})
    # Outside training, a hit's score follows from the seed and its place in its event.
    drawn = np.asarray(scores(5, np.arange(40)))
    expected = []
    for first, last in pairwise(row_splits):
        own = np.where(is_track[first:last, 0] > 0, 0, drawn[: last - first])
        threshold = max(1 / 8, own.min(initial=1) + 1e-7)
        expected += [first + place for place in range(last - first) if own[place] <= threshold]
    assert np.asarray(out["kept_hits"])[:, 0].tolist() == expected
