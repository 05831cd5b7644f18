"""Networks on links against a plain computation."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from registry.plugins.shared import in_blocks
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


@pytest.fixture(params=[1, 16384])
def least(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Have few links computed at once, or all of them."""
    monkeypatch.setattr(in_blocks, "LEAST", request.param)
    return int(request.param)


@pytest.mark.usefixtures("least")
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


def test_messages_are_the_same_where_links_are_not_handed_on() -> None:
    options = {"units": [5, 4], "gates": 2, "gate_width": 3}
    found, weights, inputs = weighted("link_networks:GatedMessagePassing", True, **options)
    without = Case("link_networks:GatedMessagePassing", activation="tanh", return_links=False, **options)
    without(**inputs)
    without.layer.set_weights(weights)
    assert_close(without(**inputs)["x"], found["x"])
    _, to_inputs, to_weights = gradients(without, inputs)
    case = Case("link_networks:GatedMessagePassing", activation="tanh", **options)
    case(**inputs)
    case.layer.set_weights(weights)
    _, expected_to_inputs, expected_to_weights = gradients(case, inputs)
    slopes = [*expected_to_inputs, *expected_to_weights]
    for one, expected in zip([*to_inputs, *to_weights], slopes, strict=True):
        assert_close(one, expected)


def gradients(case: Case, inputs):
    """Return a sum over what hits get, and its gradients to inputs and weights."""
    return case.gradients(lambda found: tf.reduce_sum(tf.sin(found["x"])), ("x", "link_features"), **inputs)


@pytest.mark.usefixtures("least")
def test_scores_are_between_0_and_1_and_0_without_a_neighbour() -> None:
    found, weights, inputs = weighted("link_networks:LinkScores", True, units=[5, 4])
    for hit, row in enumerate(INDICES):
        for column, other in enumerate(row):
            value = link_values(inputs, weights, hit, column) @ weights[4] + weights[5]
            assert_close(found[hit, column], (1 / (1 + np.exp(-value)))[0] if other >= 0 else 0.0)


@pytest.mark.usefixtures("least")
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


@pytest.mark.usefixtures("least")
@pytest.mark.parametrize(
    ("use", "options"),
    [
        ("link_networks:GatedMessagePassing", {"gates": 2, "gate_width": 3}),
        ("link_networks:LinkScores", {}),
        ("edge_conv:EdgeConv", {"aggregation": "mean"}),
    ],
)
def test_features_that_are_computed_of_pairs_are_those_that_are_wired(use: str, options: dict[str, object]) -> None:
    random = np.random.default_rng(2)
    columns, centre = ["dz", "10 * axis_distance", "r_n"], [0.1, 0.0, -0.3]
    inputs = {"x": random.normal(size=(4, 3)), "neighbour_indices": INDICES, "coordinates": random.normal(size=(4, 3))}
    inside = Case(use, units=[5, 2], activation="tanh", pair_columns=columns, centre=centre, **options)
    inside(**inputs)
    pairs = Case("pair_features:PairFeatures", columns=columns, centre=centre)
    wired = {name: inputs[name] for name in ("x", "neighbour_indices")}
    wired["link_features"] = pairs(coordinates=inputs["coordinates"], neighbour_indices=INDICES)
    case = Case(use, units=[5, 2], activation="tanh", **options)
    case(**wired)
    case.layer.set_weights(inside.layer.get_weights())
    for found, expected in zip(tf.nest.flatten(inside(**inputs)), tf.nest.flatten(case(**wired)), strict=True):
        assert_close(found, expected)


def test_features_of_links_stand_side_by_side() -> None:
    first, second = np.arange(8.0).reshape(2, 2, 2), np.arange(4.0).reshape(2, 2, 1)
    found = Case("link_networks:ConcatenateLinks")(link_features=[first, second])
    assert_close(found, np.concatenate([first, second], axis=2))
