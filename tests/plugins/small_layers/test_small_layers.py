"""The small layers, each against its one line of arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from plugins.small_layers.block import SelectFeatures
from registry.axes import AxisMismatch
from tests.plugins.block_case import Case, assert_close

X = np.array([[1.0, -2.0, 4.0], [0.0, 3.0, -3.0]])


def run(use: str, parameters: dict[str, Any], **inputs: Any) -> Any:
    return Case(f"small_layers:{use}", **parameters)(**inputs)


@pytest.mark.parametrize(
    ("use", "parameters", "expected"),
    [
        ("ScalarMultiply", {"factor": 2.0}, 2 * X),
        ("SquareRoot", {}, np.sqrt(np.abs(X) + 1e-6)),
        ("SelectFeatures", {"first": 1, "last": 3}, X[:, 1:]),
        ("CreateMask", {"threshold": 0.0}, (X >= 0).astype(float)),
        ("CreateMask", {"threshold": 3.0, "invert": True}, (X < 3).astype(float)),
        ("ElementScaling", {}, X),
        ("StopGradient", {}, X),
        ("ScaleGradient", {"scale": 0.1}, X),
    ],
)
def test_values(use: str, parameters: dict[str, Any], expected: np.ndarray) -> None:
    x = np.abs(X) if use == "SquareRoot" else X
    assert_close(run(use, parameters, x=x), expected)


@pytest.mark.parametrize(
    ("condition", "chosen"),
    [
        (">0", [0, 0, 1]),
        (">=0", [0, 1, 1]),
        ("<0", [1, 0, 0]),
        ("<=0", [1, 1, 0]),
        ("==0", [0, 1, 0]),
        ("!=0", [1, 0, 1]),
    ],
)
def test_where_replaces_the_rows_that_hold(condition: str, chosen: list[int]) -> None:
    out = run(
        "Where", {"outputval": 9.0, "condition": condition}, condition=np.array([[-1.0], [0], [2]]), x=np.ones((3, 1))
    )
    assert_close(out[:, 0], np.where(chosen, 9, 1))


def test_gradients_are_scaled_and_stopped() -> None:
    _, (gradient,), _ = Case("small_layers:ScaleGradient", scale=0.1).gradients(tf.reduce_sum, ("x",), x=X)
    assert_close(gradient, np.full_like(X, 0.1))
    _, (gradient,), _ = Case("small_layers:StopGradient").gradients(tf.reduce_sum, ("x",), x=X)
    assert gradient is None


def test_tensors_are_added() -> None:
    assert_close(run("Add", {}, x=[X, X, X]), 3 * X)


def test_features_on_the_sphere_have_mean_0_and_length_root_of_their_number() -> None:
    out = run("SphereActivation", {"return_norm": True}, x=X)
    assert_close(np.asarray(out["x"]).mean(axis=1) + 1, [1, 1])
    assert_close(np.linalg.norm(out["x"], axis=1), [np.sqrt(3)] * 2)
    assert_close(out["norm"][:, 0], np.linalg.norm(X - X.mean(1, keepdims=True), axis=1))


def test_every_hit_learns_the_mean_minimum_and_maximum_of_its_event() -> None:
    x = np.array([[1.0], [3.0], [10.0]])
    out = run("RaggedGlobalExchange", {"skip_min": False}, x=x, row_splits=[0, 2, 2, 3])
    assert_close(out, [[2, 1, 3, 1], [2, 1, 3, 3], [10, 10, 10, 10]])
    out = run("RaggedGlobalExchange", {}, x=x, row_splits=[0, 2, 2, 3])
    assert_close(out, [[2, 3, 1], [2, 3, 3], [10, 10, 10]])


def test_projective_coordinates_are_finite_at_z_0_q19() -> None:
    position = np.array([[30.0, -20.0, 200.0], [1.0, 2.0, 0.0]])
    radius = np.sqrt((position**2).sum(1) + 1e-2) / 100
    assert_close(run("PrimeCoordinates", {}, coordinates=position), [[0.015, -0.01, radius[0]], [0, 0, radius[1]]])
    wide = run("PrimeCoordinates", {"new_prime": True}, coordinates=position)
    assert_close(wide[0], [0.15, -0.1, radius[0]])


def test_spectators_count_little() -> None:
    score = np.array([[4.9], [5.1]])
    assert_close(run("SpectatorWeight", {}, truth_spectator=score), [[0], [0.9]])
    assert_close(run("SpectatorWeight", {"active": False}, truth_spectator=score), score)


def test_columns_that_are_not_there_are_refused() -> None:
    (complaint,) = SelectFeatures(SelectFeatures.Params(first=2, last=2)).check()
    assert complaint.message == "last 2 is not above first 2: no column is left"
    with pytest.raises(AxisMismatch, match="expected at least 4 columns"):
        Case("small_layers:SelectFeatures", first=1, last=4).declared(x=X)
