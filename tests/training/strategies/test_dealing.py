"""Which events of a step each rank has."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from registry.training.feeding import Feed
from registry.training.strategies.accumulating import Amount
from registry.training.strategies.dealing import Dealing, deal
from tests.examples import examples

SIZES = st.lists(st.integers(0, 50), min_size=1, max_size=30).filter(any)


@examples(50)
@given(SIZES, st.integers(1, 6))
def test_every_event_belongs_to_one_rank_and_the_shares_add_up(hits: list[int], size: int) -> None:
    sizes = np.array(hits)
    parts = [deal(np.arange(len(sizes)), sizes, rank, size) for rank in range(size)]
    owned = np.concatenate([part.events for part in parts if part.own.events])
    assert sorted(owned) == list(range(len(sizes)))
    assert np.isclose(sum(part.shares[0] for part in parts), 1)
    assert np.isclose(sum(part.shares[1] for part in parts), 1)


@examples(50)
@given(SIZES, st.integers(1, 6))
def test_no_rank_has_more_than_its_share_and_one_event(hits: list[int], size: int) -> None:
    sizes = np.array(hits)
    parts = [deal(np.arange(len(sizes)), sizes, rank, size) for rank in range(size)]
    filled = [sizes[part.events].sum() for part in parts if part.own.events]
    assert max(filled) <= sizes.sum() / size + sizes.max()


def test_a_rank_without_an_event_computes_with_anothers_and_counts_for_nothing() -> None:
    part = deal(np.array([4, 7]), np.array([0, 0, 0, 0, 9, 0, 0, 2]), 2, 3)
    assert part.events.tolist() == [4]
    assert (part.own, part.shares) == (Amount(0, 0), (0.0, 0.0))


def dealing(size: int, batch_size: int = 10) -> Dealing:
    """Return the dealing of a run over 40 events of 5 hits each."""
    sizes = np.full(40, 5)
    source = SimpleNamespace(sizes=lambda part: sizes)
    run = SimpleNamespace(ranks=SimpleNamespace(size=size), epochs_done=0)
    run.feed = Feed(cast(Any, source), "event", frozenset(), 1)
    made = Dealing(cast(Any, run))
    made.start_stage(cast(Any, SimpleNamespace(options=SimpleNamespace(batch_size=batch_size))), cast(Any, None))
    return made


def test_a_step_has_as_many_hits_as_the_ranks_have_together() -> None:
    assert [len(step) for step in dealing(1).steps(0)] == [2] * 20
    assert [len(step) for step in dealing(4).steps(0)] == [8] * 5


def test_an_epoch_goes_on_with_another_number_of_ranks_where_it_was() -> None:
    before, after = dealing(4), dealing(2)
    done = before.steps(0)[:3]
    after.restore(before.facts())
    steps = after.steps(3)
    assert [len(step) for step in steps] == [8, 8, 8, 4, 4, 4, 4]
    assert all(np.array_equal(one, other) for one, other in zip(done, steps, strict=False))
    assert sorted(np.concatenate(steps)) == list(range(40))
    third = dealing(1)
    third.restore(after.facts())
    assert [len(step) for step in third.steps(5)] == [8, 8, 8, 4, 4, *[2] * 4]
