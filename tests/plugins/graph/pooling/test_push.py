"""Features pushed along links to the kept hits."""

from __future__ import annotations

import numpy as np
import pytest

from tests.plugins.block_case import Case, assert_close

RANDOM = np.random.default_rng(4)
X = RANDOM.normal(size=(6, 2))
WEIGHTS = RANDOM.uniform(0.1, 1, size=(6, 2))
HIT_WEIGHTS = np.array([[1.0], [2.0], [-3.0], [0.5], [4.0], [2.5]])
LINKS = np.array([[-1, -1], [0, 3], [0, -1], [-1, -1], [3, 0], [-1, -1]])
KEPT = np.array([[0], [3], [5]])


def pushed(x: np.ndarray, hit_weights: np.ndarray | None, weights: np.ndarray, links: np.ndarray) -> np.ndarray:
    """Return the sums of weighted features and, in the last column, of weights that arrive at every hit."""
    arrived = np.zeros((6, x.shape[1] + 1))
    own = np.ones((6, 1)) if hit_weights is None else np.maximum(hit_weights, 0)
    for hit in range(6):
        for target, weight in zip(links[hit], weights[hit], strict=True):
            if target >= 0:
                arrived[target] += weight * own[hit] * np.append(x[hit], 1)
    return arrived


def run(hit_weights: np.ndarray | None = None, **parameters: object) -> object:
    inputs = {"x": X, "neighbour_indices": LINKS, "weights": WEIGHTS, "kept_hits": KEPT, "hit_weights": hit_weights}
    return Case("pooling:PushUp", {"kept_hits": "kept"}, **parameters)(**inputs)


@pytest.mark.parametrize("hit_weights", [None, HIT_WEIGHTS], ids=["alike", "weighed"])
def test_sums_and_means_follow_the_formula(hit_weights: np.ndarray | None) -> None:
    arrived = pushed(X, hit_weights, WEIGHTS, LINKS)[KEPT[:, 0]]
    assert_close(run(hit_weights, mode="sum"), arrived[:, :-1])
    total = np.where(arrived[:, -1:] > 0, arrived[:, -1:], 1e-3)
    assert_close(run(hit_weights), arrived[:, :-1] / total)
    assert np.array_equal(np.asarray(run(hit_weights))[2], [0, 0])


def test_a_hit_without_links_is_linked_to_itself_with_weight_1() -> None:
    links, weights = LINKS.copy(), WEIGHTS.copy()
    for hit in (0, 3, 5):
        links[hit, 0], weights[hit, 0] = hit, 1
    expected = pushed(X, HIT_WEIGHTS, weights, links)[KEPT[:, 0], :-1]
    assert_close(run(HIT_WEIGHTS, mode="sum", add_self=True), expected)


def test_the_legacy_switch_weighs_the_hit_itself_by_its_first_column_q14() -> None:
    links = LINKS.copy()
    links[[0, 3, 5], 0] = [0, 3, 5]
    expected = pushed(X, None, WEIGHTS, links)[KEPT[:, 0], :-1]
    assert_close(run(mode="sum", add_self=True, legacy_self_weight=True), expected)
