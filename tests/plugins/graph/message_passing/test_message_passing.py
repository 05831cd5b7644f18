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
