"""The laws of the blocks that choose hits, or take chosen ones; and that no layer block is without its laws."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.compiling.keras_internals import takes_training
from tests.plugins import laws
from tests.plugins.block_case import built_in
from tests.plugins.built_in import built_in_blocks
from tests.plugins.selecting_case import Selecting
from tests.plugins.test_laws import BLOCKS as OTHER_BLOCKS
from tests.plugins.test_laws import events

KEPT = ("kept_hits", "x", "is_track")

BLOCKS: dict[str, tuple[str, dict[str, Any]]] = {
    "condensation": ("pooling:GraphCondensation", {"K": 2, "spread": ("kept_hits",)}),
    "condensation, moving": (
        "pooling:GraphCondensation",
        {"K": 2, "spread": ("kept_hits",), "score_threshold": 0.9, "reduction_target": 0.2},
    ),
    "pushed mean": ("pooling:PushUp", {"add_self": True, "spread": ("x",)}),
    "pushed sum": ("pooling:PushUp", {"mode": "sum", "spread": ("x",)}),
    "noise selection": ("noise_filter:NoiseSelection", {"noise_threshold": 0.4, "spread": KEPT}),
    "chosen rows": ("random_sampling:SelectHits", {"spread": ("x",)}),
    "rows scattered back": ("random_sampling:BackScatter", {"taken": ("x",)}),
    "restored hits": ("random_sampling:RestoreHits", {"taken": ("beta",)}),
    "random sampling": ("random_sampling:RandomSampling", {"reduction": 3.0, "spread": KEPT}),
}
POINTERS = ("neighbour_indices",)
RANDOM = "random sampling"
"""What it keeps depends on a hit's place in its event: the one block that cannot be permuted."""

everything = pytest.mark.parametrize("name", BLOCKS)
quickly = settings(max_examples=6, deadline=None)


@cache
def built(name: str) -> Selecting:
    use, parameters = BLOCKS[name]
    return Selecting(use, **parameters)


def inputs_for(name: str, sizes: list[int], seed: int, spread: float = 1.0) -> laws.Values:
    values = events(sizes, seed, spread)
    random = np.random.default_rng(seed)
    columns = {"beta": values["energy"]} if name == "restored hits" else {"x": values["x"]}
    # Links to the hit itself stand first in lists of neighbours; pooling leaves them out.
    indices, shape = values["neighbour_indices"][:, 1:], values["neighbour_indices"][:, 1:].shape
    return {
        **values,
        "kept_hits": (random.uniform(size=(len(indices), 1)) < 0.4).astype("float32"),
        "neighbour_indices": indices,
        "weights": random.uniform(size=shape).astype("float32"),
        "hit_weights": values["energy"],
        "always_promote": values["is_track"],
        "like": values["otherwise"],
        "rest": columns,
    }


@pytest.mark.parametrize("name", [name for name in BLOCKS if name != RANDOM])
@quickly
@given(sizes=laws.event_sizes(), seed=st.integers(0, 1000))
def test_permuting_the_hits_inside_events_permutes_what_is_kept(name: str, sizes: list[int], seed: int) -> None:
    laws.assert_permutable(built(name), inputs_for(name, sizes, seed), np.random.default_rng(seed), POINTERS)


@everything
@quickly
@given(sizes=laws.event_sizes(), seed=st.integers(0, 1000))
def test_what_an_event_keeps_does_not_depend_on_other_events(name: str, sizes: list[int], seed: int) -> None:
    laws.assert_independent(built(name), inputs_for(name, sizes, seed), POINTERS)


@everything
@pytest.mark.parametrize("spread", [0.0, 1e-9, 1.0, 1e4])
def test_odd_events_give_finite_values_and_gradients(name: str, spread: float) -> None:
    use, parameters = BLOCKS[name]
    for sizes in ([0], [1], [0, 2, 0, 7], [30, 1], [500]):
        values = inputs_for(name, sizes, 3, spread)
        for training in (None, True):
            if training and not takes_training(built(name).layer):
                continue
            laws.assert_finite(Selecting(use, **parameters), values, training)


def test_every_layer_block_is_held_to_the_laws() -> None:
    uses = [use for use, _ in [*OTHER_BLOCKS.values(), *BLOCKS.values()]]
    held = {built_in(use) for use in uses}
    kinds = ("layer", "normalisation", "preprocessing")
    assert {block for block in built_in_blocks() if block.kind in kinds} - held == set()
