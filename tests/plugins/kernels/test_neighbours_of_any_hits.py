"""The compiled search against the definition, for hits in any arrangement."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.plugins.kernels.compiled.neighbours import find
from tests.examples import examples
from tests.plugins.kernels.test_neighbours import brute_force

ARRANGEMENTS = {
    "a cloud": lambda random, hits, d: random.normal(size=(hits, d)),
    "on a grid: equal distances": lambda random, hits, d: random.integers(0, 4, size=(hits, d)),
    "few places: equal hits": lambda random, hits, d: random.normal(size=(5, d))[random.integers(0, 5, hits)],
    "one place": lambda random, hits, d: np.tile(random.normal(size=(1, d)), (hits, 1)),
    "on a line": lambda random, hits, d: random.normal(size=(hits, 1)) * random.normal(size=(1, d)),
    "dense and far apart": lambda random, hits, d: (
        random.normal(size=(hits, d)) * 10.0 ** random.integers(-6, 3, size=(hits, 1))
    ),
    "of all sizes": lambda random, hits, d: random.normal(size=(hits, d)) * 10.0 ** random.integers(-14, 20, size=d),
}


@st.composite
def searches(draw: st.DrawFn) -> dict[str, Any]:
    """Return the arguments of a search: events of up to 400 hits each, some of them without a place."""
    sizes = draw(st.lists(st.one_of(st.integers(0, 40), st.integers(0, 400)), min_size=1, max_size=4))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    splits, d = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32), draw(st.integers(1, 10))
    x = ARRANGEMENTS[draw(st.sampled_from(sorted(ARRANGEMENTS)))](random, splits[-1], d).astype(np.float32)
    lost = random.random(x.shape) < draw(st.sampled_from([0, 0, 0.05]))
    x[lost] = random.choice([np.nan, np.inf, -np.inf, 3e38], size=lost.sum())
    direction = random.integers(0, 4, splits[-1]).astype(np.int32) if draw(st.booleans()) else None
    return {
        "coordinates": x,
        "row_splits": splits,
        "n_neighbours": draw(st.sampled_from([1, 3, 4, 8, 17, 64, 130, 300])),
        "direction": direction,
    }


@pytest.mark.filterwarnings("ignore:overflow")
@given(searches())
@examples(100)
def test_the_nearest_hits_are_found_in_the_order_of_distance_and_number(arguments: dict[str, Any]) -> None:
    found, expected = find(**arguments), brute_force(*arguments.values())
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


def test_what_lies_far_beyond_tight_clusters_is_found(random: np.random.Generator) -> None:
    places = random.normal(size=(30, 3)) * 1e3
    x = (places[random.integers(0, 30, 3000)] + 1e-3 * random.normal(size=(3000, 3))).astype(np.float32)
    found, expected = find(x, np.array([0, 3000], np.int32), 150), brute_force(x, [0, 3000], 150)
    np.testing.assert_array_equal(found[0], expected[0])
