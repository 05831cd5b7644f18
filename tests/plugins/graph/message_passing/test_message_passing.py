"""Message passing against recorded numbers and its definition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.plugins.block_case import Case, assert_close, golden


@pytest.mark.parametrize("name", ["c_mp_relu_32_16", "c_mp_elu_lin"])
def test_values_and_gradients_agree_with_the_recording(reference: Path, name: str) -> None:
    recording, parameters = golden(reference, name)
    # The inputs are those of the GravNet recording: its x is the last part of every output.
    gravnet, _ = golden(reference, "b_gravnet_small")
    inputs = {
        "x": gravnet["x"],
        "neighbour_indices": gravnet["idx"],
        "squared_distances": gravnet["distsq"],
    }
    case = Case("message_passing:MessagePassing", **parameters["init"])
    case(**inputs)
    case.layer.set_weights([recording[f"w/{weight}"] for weight in parameters["order"]])
    assert_close(case(**inputs), recording["out"])
    value, to_inputs, to_weights = case.gradients(
        lambda out: tf.reduce_sum(out * recording["R_out"]), ("x", "squared_distances"), **inputs
    )
    assert_close(value, recording["loss"])
    assert_close(to_inputs[0], recording["grad_x"])
    assert_close(to_inputs[1], recording["grad_distsq"])
    for gradient, weight in zip(to_weights, parameters["order"], strict=True):
        assert_close(gradient, recording[f"grad/{weight}"])


def test_widths_may_be_given_as_the_old_configurations_had_them() -> None:
    case = Case("message_passing:MessagePassing", n_feature_transformation=[{"n": 3}, {"n": 2}])
    assert case.block.params.n_feature_transformation == [3, 2]


def test_plain_messages_weigh_every_neighbour_alike() -> None:
    x = np.array([[1.0, -2.0], [3.0, 4.0], [5.0, 0.5]])
    indices = [[0, 1], [1, -1], [2, 0]]
    case = Case("message_passing:PlainMessagePassing", n_feature_transformation=[2], activation="linear")
    case(x=x, neighbour_indices=indices)
    case.layer.set_weights([np.eye(2), np.zeros(2)])
    mean = np.array([[2, 1], [1.5, 2], [3, -0.75]])
    maximum = np.array([[3, 4], [3, 4], [5, 0.5]])
    assert_close(case(x=x, neighbour_indices=indices), np.concatenate([mean - x, maximum - x, x], 1))


def test_with_equal_distances_sumwnorm_makes_the_weights_irrelevant() -> None:
    x, indices = np.array([[1.0], [3.0]]), [[0, 1], [1, 0]]
    parameters = {"n_feature_transformation": [1], "activation": "linear", "sumwnorm": True}
    for exponential in (True, False):
        case = Case("message_passing:MessagePassing", exp_distances=exponential, **parameters)
        inputs = {"x": x, "neighbour_indices": indices, "squared_distances": np.full((2, 2), 0.1)}
        case(**inputs)
        case.layer.set_weights([np.eye(1), np.zeros(1)])
        assert_close(case(**inputs)[:, 0], [1, -1])


@pytest.mark.parametrize(("exponential", "normalised"), [(True, False), (False, False), (True, True)])
def test_two_steps_follow_the_formula(exponential: bool, normalised: bool) -> None:
    random = np.random.default_rng(1)
    x, indices = random.normal(size=(4, 3)), np.array([[0, 1, 2], [1, 3, -1], [2, -1, -1], [3, 0, 1]])
    distances = np.where(indices >= 0, random.uniform(0, 0.2, size=(4, 3)), 0)
    case = Case(
        "message_passing:MessagePassing",
        n_feature_transformation=[4, 2],
        activation="tanh",
        exp_distances=exponential,
        sumwnorm=normalised,
    )
    inputs = {"x": x, "neighbour_indices": indices, "squared_distances": distances}
    case(**inputs)
    weights = [random.normal(size=weight.shape) for weight in case.layer.get_weights()]
    case.layer.set_weights([weights[0], weights[1], weights[2], weights[3]])
    f, steps = x, []
    for kernel, bias in (weights[:2], weights[2:]):
        g, found = np.tanh(f @ kernel + bias), []
        for row, squares in zip(indices, distances, strict=True):
            known = row >= 0
            w = (np.exp(-10 * squares) if exponential else squares)[known][:, None]
            values = w * g[row[known]]
            mean = values.sum(0) / (max(w.sum(), 1e-3) if normalised else 3)
            found.append(np.concatenate([mean, values.max(0)]))
        f = np.array(found) - np.concatenate([g, g], 1)
        steps.append(f)
    assert_close(case(**inputs), np.concatenate([*steps, x], 1))
