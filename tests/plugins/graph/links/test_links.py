"""Features along links, and how much goes along each, against their formulas and recorded values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from registry.contract.axes import Axis, AxisMismatch, Bindings, TensorType
from tests.plugins.block_case import Case, assert_close, built_in

FEATURES, WEIGHTS = "links:NeighbourFeatures", "links:LinkWeights"
X = np.array([[1.0, 2.0], [3.0, 5.0], [-1.0, 0.5]])
INDICES = np.array([[1, 2], [0, -1], [-1, -1]])
DISTANCES = np.array([[0.1, 0.2], [0.3, 0.0], [0.0, 0.0]])


@pytest.fixture(scope="module")
def tree(reference: Path) -> Any:
    return np.load(reference / "golden" / "2025" / "tree.npz")


def test_features_of_neighbours_stand_side_by_side_behind_the_own_ones() -> None:
    found = Case(FEATURES)(x=X, neighbour_indices=INDICES)
    assert_close(found, [[1, 2, 3, 5, -1, 0.5], [3, 5, 1, 2, 0, 0], [-1, 0.5, 0, 0, 0, 0]])


def test_differences_and_distances_are_put_in_their_place() -> None:
    case = Case(FEATURES, difference=True, own=False, distances=True)
    found = case(x=X, neighbour_indices=INDICES, squared_distances=DISTANCES)
    expected = [[-2, -3, 2, 1.5, 0.1, 0.2], [2, 3, 3, 5, 0.3, 0], [-1, 0.5, -1, 0.5, 0, 0]]
    assert_close(found, expected)


def test_distances_that_are_wanted_and_not_wired_are_an_error() -> None:
    kind = built_in(FEATURES)
    hits = Axis("hits")
    inputs = {"x": TensorType((hits, 2)), "neighbour_indices": TensorType((hits, 3), "int32")}
    with pytest.raises(AxisMismatch, match="squared_distances"):
        kind(kind.Params(distances=True)).output_types(inputs, Bindings({}), "node")


def test_rates_are_shared_among_the_links_and_what_goes_nowhere() -> None:
    rates = np.array([[0.5, 0.3, 0.2], [0.001, 0.002, 0.003], [0.0, 1.0, 1.0]])
    assert_close(Case(WEIGHTS)(edges=rates), [[0.3, 0.2], [0, 0], [0.5, 0.5]], 1e-5)


def test_the_exponent_prefers_large_rates() -> None:
    assert_close(Case(WEIGHTS, exponent=2.0)(edges=np.array([[0.0, 0.2, 0.4]])), [[0.2, 0.8]], 1e-4)


def test_no_gradient_reaches_the_rates() -> None:
    _, (gradient,), _ = Case(WEIGHTS).gradients(tf.reduce_sum, ("edges",), edges=np.array([[0.1, 0.2, 0.3]]))
    assert gradient is None


def test_recorded_differences_are_met(tree: Any) -> None:
    nodes = tree["features"] @ tree["We"] + tree["be"]
    nodes = np.where(nodes > 0, nodes, np.expm1(np.minimum(nodes, 0)))
    found = Case(FEATURES, difference=True, own=False)(x=nodes, neighbour_indices=tree["idx"])
    assert_close(found, tree["diff"])


def test_recorded_mixtures_are_met(tree: Any) -> None:
    nodes = tree["features"] @ tree["Wm"] + tree["bm"]
    nodes = np.where(nodes > 0, nodes, np.expm1(np.minimum(nodes, 0)))
    assert_close(Case(FEATURES)(x=nodes, neighbour_indices=tree["idx"]), tree["mix"])


@pytest.mark.parametrize(("exponent", "name"), [(1.0, "weights"), (2.0, "weights_exp2")])
def test_recorded_weights_are_met(tree: Any, exponent: float, name: str) -> None:
    assert_close(Case(WEIGHTS, exponent=exponent)(edges=tree["edges"]), tree[name])
