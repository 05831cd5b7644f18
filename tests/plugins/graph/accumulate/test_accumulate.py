"""Accumulation over neighbours against recorded numbers and the hand vector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from registry.plugins.graph.accumulate.block import Accumulate
from tests.plugins.block_case import Case, assert_close, golden


@pytest.mark.parametrize("name", ["e_acc_exp_full", "e_acc_exp_padded", "e_acc_lin_selfpad"])
@pytest.mark.parametrize("parts", ["meanmax", "mean"])
def test_values_and_gradients_agree_with_the_recording(reference: Path, name: str, parts: str) -> None:
    recording, _ = golden(reference, name)
    weighting = "linear" if "lin" in name else "exponential"
    case = Case("accumulate:Accumulate", weighting=weighting, maximum=parts == "meanmax")
    inputs = {
        "x": recording["features"],
        "neighbour_indices": recording["idx"],
        "distances": recording["distances_or_weights"],
    }
    assert_close(case(**inputs), recording[f"out_{parts}"])
    upstream = recording[f"R_{parts}"]
    _, to_inputs, _ = case.gradients(lambda out: tf.reduce_sum(out * upstream), ("x", "distances"), **inputs)
    kind, ending = ("tf_grad", "") if repeats_with_other_weights(name, parts) else ("grad", f"_{parts}")
    assert_close(to_inputs[0], recording[f"{kind}_feat{ending}"])
    known = recording["idx"] >= 0
    assert_close(np.asarray(to_inputs[1]) * known, recording[f"{kind}_dist{ending}"] * known)


def repeats_with_other_weights(name: str, parts: str) -> bool:
    """Say whether rows list one hit several times with different weights, and maxima are taken.

    The original kernel remembers the hit that won, not the column, and gives the gradient to the wrong column; its
    TensorFlow form, recorded too, gives it to the right one.
    """
    return name == "e_acc_lin_selfpad" and parts == "meanmax"


def test_the_hand_vector() -> None:
    case = Case("accumulate:Accumulate")
    out = case(
        x=np.array([[1.0], [-2.0], [3.0]]),
        neighbour_indices=[[1, 2, -1], [0, -1, -1], [0, 1, -1]],
        distances=np.array([[0.1, 0.2, 0], [0.3, 0, 0], [0, 0.5, 0]]),
    )
    assert_close(out, [[0.2155058, 2.4561923], [0.2469394, 0.7408182], [-0.0710204, 1.0]])


def test_the_normalised_mean_has_a_floor_and_the_maximum_is_left_alone() -> None:
    case = Case("accumulate:Accumulate", sumwnorm=True)
    far = np.array([[20.0], [0.5]])
    out = np.asarray(case(x=np.array([[2.0], [4.0]]), neighbour_indices=[[1], [0]], distances=far))
    assert_close(out[0], [4 * np.exp(-20.0) / 1e-3, 4 * np.exp(-20.0)])
    assert_close(out[1], [2, 2 * np.exp(-0.5)])


def test_hits_may_gather_from_another_axis() -> None:
    case = Case("accumulate:Accumulate", {"x": "sources", "neighbour_indices->": "sources"}, maximum=False)
    out = case(x=np.array([[1.0], [3.0]]), neighbour_indices=[[0, 1], [1, 1], [0, -1]])
    assert_close(out, [[2], [3], [0.5]])


def test_wanting_neither_part_is_refused() -> None:
    (complaint,) = Accumulate(Accumulate.Params(mean=False, maximum=False)).check()
    assert complaint.message == "neither mean nor maximum is wanted"


@pytest.mark.parametrize("weighting", ["exponential", "linear"])
def test_mean_and_maximum_follow_the_formula(weighting: str) -> None:
    random = np.random.default_rng(3)
    x, distances = random.normal(size=(6, 2)), random.uniform(0, 2, size=(6, 4))
    indices = random.integers(-1, 6, size=(6, 4))
    # A list that starts with a missing neighbour takes its maximum from 0 on.
    indices[0, 0], indices[1:, 0] = -1, np.arange(1, 6)
    expected = np.zeros((6, 4))
    for hit, (row, a) in enumerate(zip(indices, distances, strict=True)):
        w = np.exp(-3 * a) if weighting == "exponential" else 3 * a
        values = [w[k] * x[row[k]] for k in range(4) if row[k] >= 0]
        start = [np.zeros(2)] if row[0] < 0 else []
        expected[hit] = np.concatenate([np.sum(values, axis=0) / 4, np.max([*start, *values], axis=0)])
    case = Case("accumulate:Accumulate", weighting=weighting, scale=3.0)
    assert_close(case(x=x, neighbour_indices=indices, distances=distances), expected)
