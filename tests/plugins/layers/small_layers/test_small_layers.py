"""The small layers, each against its one line of arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from registry.contract.axes import AxisMismatch
from registry.plugins.layers.small_layers.block import SelectFeatures
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


def test_tensors_are_added() -> None:
    assert_close(run("Add", {}, x=[X, X, X]), 3 * X)


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


def test_ones_and_zeros_have_the_shape_of_their_input() -> None:
    x = np.array([[2.0, -1], [0, 3]])
    assert np.array_equal(Case("small_layers:OnesLike")(x=x), np.ones((2, 2)))
    assert np.array_equal(Case("small_layers:ZerosLike")(x=x), np.zeros((2, 2)))
