"""Networks on links against a plain computation."""

from __future__ import annotations

import numpy as np
import pytest

from tests.plugins.block_case import Case, assert_close

INDICES = np.array([[0, 1, 2], [2, -1, -1], [-1, -1, -1], [0, 1, 2]])


def weighted(use: str, with_links: bool, **parameters: object):
    """Return the result of a block with random weights, its weights, and its inputs."""
    random = np.random.default_rng(0)
    inputs = {"x": random.normal(size=(4, 3)), "neighbour_indices": INDICES}
    if with_links:
        inputs["link_features"] = random.normal(size=(4, 3, 2))
    case = Case(use, activation="tanh", **parameters)
    case(**inputs)
    weights = [random.normal(size=weight.shape) for weight in case.layer.get_weights()]
    case.layer.set_weights(weights)
    return case(**inputs), weights, inputs


def link_values(inputs, weights, hit: int, column: int) -> np.ndarray:
    """Return what two layers with tanh make of a link."""
    x, other = inputs["x"], INDICES[hit, column]
    own = [inputs["link_features"][hit, column]] if "link_features" in inputs else []
    first = np.tanh(np.concatenate([x[hit], x[other], *own]) @ weights[0] + weights[1])
    return np.tanh(first @ weights[2] + weights[3])


@pytest.mark.parametrize("with_links", [True, False])
def test_messages_are_mean_maximum_and_gated_sums_over_the_links(with_links: bool) -> None:
    found, weights, inputs = weighted(
        "link_networks:GatedMessagePassing", with_links, units=[5, 4], gates=2, gate_width=3
    )
    value, gate, gate_bias = weights[4:]
    for hit, row in enumerate(INDICES):
        links = np.array([link_values(inputs, weights, hit, k) for k, other in enumerate(row) if other >= 0]).reshape(
            -1, 4
        )
        gates = 1 / (1 + np.exp(-(links @ gate + gate_bias)))
        values = (inputs["x"][row[row >= 0]] @ value).reshape(-1, 2, 3)
        total = gates.sum(0)
        gated = (gates[:, :, None] * values).sum(0) / (total[:, None] + 0.1)
        some = len(links) > 0
        expected = [links.mean(0) if some else np.zeros(4), links.max(0) if some else np.zeros(4)]
        assert_close(found["x"][hit], np.concatenate([*expected, gated.reshape(-1), np.log(total + 0.1)]))
        for column, other in enumerate(row):
            wanted = link_values(inputs, weights, hit, column) if other >= 0 else np.zeros(4)
            assert_close(found["links"][hit, column], wanted)


def test_scores_are_between_0_and_1_and_0_without_a_neighbour() -> None:
    found, weights, inputs = weighted("link_networks:LinkScores", True, units=[5, 4])
    for hit, row in enumerate(INDICES):
        for column, other in enumerate(row):
            value = link_values(inputs, weights, hit, column) @ weights[4] + weights[5]
            assert_close(found[hit, column], (1 / (1 + np.exp(-value)))[0] if other >= 0 else 0.0)


def test_an_edge_convolution_sees_the_features_of_links() -> None:
    found, weights, inputs = weighted("edge_conv:EdgeConv", True, units=[5, 2])
    x = inputs["x"]
    for hit, row in enumerate(INDICES):
        links = []
        for column, other in enumerate(row):
            if other >= 0:
                link = np.concatenate([x[hit], x[other] - x[hit], inputs["link_features"][hit, column]])
                links.append(np.tanh(np.tanh(link @ weights[0] + weights[1]) @ weights[2] + weights[3]))
        assert_close(found[hit], np.max(links, axis=0) if links else np.zeros(2))


def test_features_of_links_stand_side_by_side() -> None:
    first, second = np.arange(8.0).reshape(2, 2, 2), np.arange(4.0).reshape(2, 2, 1)
    found = Case("link_networks:ConcatenateLinks")(link_features=[first, second])
    assert_close(found, np.concatenate([first, second], axis=2))
