"""The gooey batch normalisation against recorded numbers, the hand vector and its definition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from registry.plugins.layers.gooey_batchnorm.block import GooeyBatchnorm
from tests.plugins.block_case import Case, assert_close, golden

ORDER = ("bias", "gamma", "mean", "den", "viscosity")


def state(case: Case) -> dict[str, Any]:
    return dict(zip(ORDER, case.layer.get_weights(), strict=False))


@pytest.mark.parametrize("name", ["d_bn_cond", "d_bn_config"])
def test_three_steps_inference_and_a_frozen_layer_agree_with_the_recording(reference: Path, name: str) -> None:
    recording, parameters = golden(reference, name)
    case = Case("gooey_batchnorm:GooeyBatchnorm", **parameters["init"])

    def inputs(step: object) -> dict[str, Any]:
        condition = f"cond{step}" if f"cond{step}" in recording.files else None
        return {"x": recording[f"x{step}"], "condition": None if condition is None else recording[condition]}

    def compare_state(prefix: str) -> None:
        for key, value in state(case).items():
            assert_close(value, recording[f"{prefix}/{key}"])

    case(**inputs(0))
    case.layer.set_weights([recording[f"before/{key}"] for key in ORDER])
    for step in range(3):
        before = case.layer.get_weights()
        assert_close(case(training=True, **inputs(step)), recording[f"out{step}"])
        compare_state(f"after{step}")
        case.layer.set_weights(before)
        upstream = recording[f"R{step}"]
        _, to_inputs, to_weights = case.gradients(
            lambda out, upstream=upstream: tf.reduce_sum(out * upstream), ("x",), training=True, **inputs(step)
        )
        assert_close(to_inputs[0], recording[f"grad_x{step}"])
        assert_close(to_weights[0], recording[f"grad_bias{step}"])
        assert_close(to_weights[1], recording[f"grad_gamma{step}"])
    assert_close(case(training=False, **inputs("_inf")), recording["out_inf"])
    compare_state("after_inf")
    case.layer.trainable = False
    assert_close(case(training=True, **inputs("_inf")), recording["out_nottrainable"])
    compare_state("after_nottrainable")


def test_the_hand_vector_of_two_steps_and_inference() -> None:
    case = Case("gooey_batchnorm:GooeyBatchnorm", max_viscosity=0.5)
    x = [[1.0], [2.0], [6.0]]
    assert_close(case(training=True, x=x), [[-0.6577334], [-0.3221779], [1.0200442]])
    assert_close(case.layer.get_weights()[2:4], [[[2.9601328]], [[2.9701328]]])
    assert_close(case.layer.get_weights()[4], 0.010048999)
    second = [[-0.9948369], [-0.4948517], [1.5050889]]
    assert_close(case(training=True, x=x), second)
    assert_close(case.layer.get_weights()[2:4], [[[2.9897327]], [[1.9900593]]])
    assert_close(case.layer.get_weights()[4], 0.010097995)
    assert_close(case(training=False, x=x), second)


def test_an_inverted_condition_takes_the_statistics_of_the_rows_it_normalises_q3() -> None:
    random = np.random.default_rng(0)
    x, tracks = random.normal(size=(40, 2)) + np.where(np.arange(40) < 10, 100, 0)[:, None], np.arange(40)[:, None] < 10
    inverted = Case("gooey_batchnorm:GooeyBatchnorm", invert_condition=True)
    out = inverted(training=True, x=x, condition=tracks.astype("float32"))
    plain = Case("gooey_batchnorm:GooeyBatchnorm")
    expected = plain(training=True, x=x, condition=(~tracks).astype("float32"))
    assert_close(out, expected)
    assert_close(out[:10], x[:10])


def test_the_legacy_switch_takes_the_statistics_of_the_other_rows_q3() -> None:
    x, tracks = np.concatenate([np.full((5, 1), 100.0), np.zeros((5, 1))]), np.arange(10)[:, None] < 5
    case = Case("gooey_batchnorm:GooeyBatchnorm", invert_condition=True, legacy_inverted_statistics=True)
    case(training=True, x=x, condition=tracks.astype("float32"))
    assert float(case.layer.get_weights()[2][0, 0]) > 90


def test_the_root_mean_square_is_the_scale_without_no_gaus() -> None:
    x = np.array([[1.0], [2.0], [6.0]])
    case = Case("gooey_batchnorm:GooeyBatchnorm", no_gaus=False)
    case(training=True, x=x)
    spread = np.sqrt((x**2).sum() / 3.01 + 0.01)
    assert_close(case.layer.get_weights()[3], [[1 + 0.99 * (spread - 1)]])


def test_learnt_statistics_are_drawn_to_those_of_the_batch_by_a_penalty() -> None:
    case = Case("gooey_batchnorm:GooeyBatchnorm", learn=True)
    x = np.array([[1.0], [2.0], [6.0]])
    out = case(training=True, x=x)
    mean = 9 / 3.01
    spread = np.abs(x - mean).sum() / 3.01
    assert_close(sum(case.layer.losses), mean**2 + (1 - spread) ** 2)
    assert_close(out, x / 1.01)
    assert len(case.layer.trainable_weights) == 4


def test_without_bias_and_gamma_nothing_is_trained_and_the_order_stays() -> None:
    case = Case("gooey_batchnorm:GooeyBatchnorm", no_bias_gamma=True, learn=True)
    case(x=np.ones((2, 3)))
    assert [weight.name for weight in case.layer.weights] == ["bias", "gamma", "mean", "den"]
    assert [weight.name for weight in case.layer.trainable_weights] == ["mean", "den"]


def test_a_batch_that_overflows_leaves_the_statistics() -> None:
    case = Case("gooey_batchnorm:GooeyBatchnorm")
    case(training=True, x=np.full((4, 1), 3e38))
    assert case.layer.get_weights()[2].tolist() == [[0.0]]


def test_a_stage_can_change_the_viscosity() -> None:
    case = Case("gooey_batchnorm:GooeyBatchnorm")
    case(x=np.ones((2, 1)))
    case.layer.schedule("max_viscosity", 0.5)
    case.layer.schedule("fluidity_decay", 1.0)
    case(training=True, x=np.ones((2, 1)))
    assert case.layer.get_weights()[4] == pytest.approx(0.5)


def test_a_maximum_below_the_viscosity_is_refused() -> None:
    (complaint,) = GooeyBatchnorm(GooeyBatchnorm.Params(viscosity=0.5, max_viscosity=0.4)).check()
    assert complaint.parameter == "max_viscosity"
    assert complaint.message == "max_viscosity 0.4 is below viscosity 0.5"


def averages(values: np.ndarray, counted: np.ndarray) -> np.ndarray:
    return (values * counted).sum(0, keepdims=True) / (counted.sum() + 0.01)


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("mean_square", [False, True])
def test_values_and_statistics_follow_the_formula(inverted: bool, mean_square: bool) -> None:
    random = np.random.default_rng(1)
    options = {"viscosity": 0.2, "max_viscosity": 0.9, "fluidity_decay": 0.3}
    case = Case(
        "gooey_batchnorm:GooeyBatchnorm", invert_condition=inverted, no_gaus=not mean_square, epsilon=0.01, **options
    )
    case(x=np.ones((1, 3)))
    bias, gamma = random.normal(size=(2, 1, 3))
    mean, den, viscosity = random.normal(size=(1, 3)), random.uniform(0.5, 2, size=(1, 3)), 0.2
    case.layer.set_weights([bias, gamma, mean, den, np.array(viscosity)])
    for _ in range(3):
        x, condition = random.normal(1, 3, size=(9, 3)), random.integers(0, 2, size=(9, 1)).astype("float32")
        chosen = condition <= 0.5 if inverted else condition > 0.5
        if mean_square:
            spread = np.sqrt(averages((x - mean) ** 2, chosen) + 0.01)
        else:
            spread = averages(np.abs(x - mean), chosen)
        mean, den = mean + (1 - viscosity) * (averages(x, chosen) - mean), den + (1 - viscosity) * (spread - den)
        viscosity += (0.9 - viscosity) * 0.3
        out = case(training=True, x=x, condition=condition)
        assert_close(out, np.where(chosen, (x - mean) / (np.abs(den) + 0.01) * gamma + bias, x))
        for found, expected in zip(case.layer.get_weights()[2:], (mean, den, viscosity), strict=True):
            assert_close(found, expected)


def test_in_training_no_table_is_joined_only_to_be_normalised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_KERNELS", "numba")
    case = Case("gooey_batchnorm:GooeyBatchnorm")
    case(x=np.ones([4, 5], np.float32))

    @tf.function(input_signature=[tf.TensorSpec([None, 2]), tf.TensorSpec([None, 3])])
    def trained(one: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
        return case.layer(tf.concat([one, other], axis=1), training=True)

    graph = trained.get_concrete_function().graph
    (joined,) = [operation for operation in graph.get_operations() if operation.type == "ConcatV2"]
    readers, seen = [tensor.op for tensor in graph.outputs], set()
    readers += [operation for operation in graph.get_operations() if operation.type.startswith("Assign")]
    while readers:
        operation = readers.pop()
        if operation.name not in seen:
            seen.add(operation.name)
            readers += [tensor.op for tensor in operation.inputs]
    assert joined.name not in seen
