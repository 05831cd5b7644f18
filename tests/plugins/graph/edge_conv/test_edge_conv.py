"""The edge convolution against a plain computation."""

from __future__ import annotations

import numpy as np
import pytest

from tests.plugins.block_case import Case, assert_close

INDICES = np.array([[0, 1, 2], [2, -1, -1], [-1, -1, -1], [0, 1, 2]])


@pytest.mark.parametrize("aggregation", ["max", "mean"])
def test_every_link_goes_through_the_dense_layers(aggregation: str) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(4, 3))
    case = Case("edge_conv:EdgeConv", units=[5, 2], activation="tanh", aggregation=aggregation)
    case(x=x, neighbour_indices=INDICES)
    weights = [random.normal(size=weight.shape) for weight in case.layer.get_weights()]
    case.layer.set_weights(weights)
    expected = np.zeros((4, 2))
    for hit, row in enumerate(INDICES):
        links = [np.concatenate([x[hit], x[other] - x[hit]]) for other in row if other >= 0]
        if links:
            values = np.tanh(np.tanh(np.array(links) @ weights[0] + weights[1]) @ weights[2] + weights[3])
            expected[hit] = values.max(0) if aggregation == "max" else values.mean(0)
    assert_close(case(x=x, neighbour_indices=INDICES), expected)


@pytest.mark.parametrize("activation", ["relu", "tanh", "linear"])
def test_the_maximum_of_one_layer_is_that_of_the_links_though_none_is_made(activation: str) -> None:
    random = np.random.default_rng(1)
    x, indices = random.normal(size=(4, 3)), np.array([[0, 1, 2], [-1, 2, -1], [-1, -1, -1], [3, -1, 1]])
    case = Case("edge_conv:EdgeConv", units=[5], activation=activation)
    case(x=x, neighbour_indices=indices)
    kernel, bias = [random.normal(size=weight.shape) for weight in case.layer.get_weights()]
    case.layer.set_weights([kernel, bias])
    act = {"relu": lambda v: np.maximum(v, 0), "tanh": np.tanh, "linear": lambda v: v}[activation]
    expected = np.zeros((4, 5))
    for hit, row in enumerate(indices):
        links = [np.concatenate([x[hit], x[other] - x[hit]]) @ kernel + bias for other in row if other >= 0]
        if links:
            expected[hit] = act(np.array(links)).max(0)
    assert_close(case(x=x, neighbour_indices=indices), expected)
