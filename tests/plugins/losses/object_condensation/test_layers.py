"""Both layers of object condensation as a whole, against the definition in plain NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.plugins.losses.object_condensation.events import batch
from tests.plugins.losses.object_condensation.loss_case import LossCase
from tests.plugins.losses.object_condensation.plain import condensation, payload

SIZES = [17, 0, 30, 1, 9]
CONDENSATION = ("attractive", "repulsive", "min_beta", "noise")


def arrays_of(inputs: dict[str, Any], weight: np.ndarray) -> dict[str, Any]:
    """Return the inputs under the names of `plain`, with the spectators that a threshold of 5 makes."""
    return {
        "beta": inputs["beta"][:, 0],
        "x": inputs["ccoords"],
        "distance": inputs["distance"][:, 0],
        "spectator": np.where(inputs["truth_spectator"][:, 0] > 5, 0.9, 0.0),
        "weight": weight,
        "truth_index": inputs["truth_index"][:, 0],
        "row_splits": inputs["row_splits"],
    }


def huber(x: np.ndarray, start: float) -> np.ndarray:
    return np.where(np.abs(x) < start, x**2, start**2 + 2 * start * (np.abs(x) - start))


def test_the_basic_layer_computes_its_definition() -> None:
    inputs, case = batch(SIZES), LossCase("object_condensation:BasicObjectCondensation", scale=2.0)
    taken = {port.name: inputs[port.name] for port in case.block.inputs if port.name in inputs}
    options = case.block.params.model_dump()
    expected = condensation(arrays_of(inputs, np.ones(sum(SIZES))), options)
    found = case(**taken)
    for term in CONDENSATION:
        assert found[term] == pytest.approx(2 * expected[term], rel=1e-4), term
    assert found["loss"] == pytest.approx(2 * sum(expected[term] for term in CONDENSATION), rel=1e-4)


def test_the_layer_with_payload_computes_its_definition() -> None:
    inputs = batch(SIZES)
    scales = {"potential_scaling": 2.0, "repulsion_scaling": 1.5, "beta_loss_scale": 0.5, "noise_scaler": 3.0}
    weights = {"position_loss_weight": 0.1, "timing_loss_weight": 0.2, "classification_loss_weight": 0.3}
    options = {"payload": "uncertainty", "class_truth": "one_hot", "energy_loss_weight": 0.7, **scales, **weights}
    case = LossCase("object_condensation:ObjectCondensation", **options)
    found = case(**inputs)

    true, high = inputs["truth_energy"][:, 0], inputs["energy_high_quantile"][:, 0]
    omega = np.clip((true - 0.5) / 9.5, 0, 1) * np.where(inputs["truth_fully_contained"][:, 0] > 0, 1, 0.01)
    arrays, core = arrays_of(inputs, omega), case.block.params.model_dump()
    expected = condensation(arrays, core)
    factors = {"attractive": 2.0, "repulsive": 3.0, "min_beta": 0.5, "noise": 3.0}
    for term, factor in factors.items():
        assert found[term] == pytest.approx(factor * expected[term], rel=1e-4), term

    reconstructed = inputs["truth_rec_energy"][:, 0]
    deviation = true - inputs["energy_factor"][:, 0] * reconstructed
    spread = inputs["energy_low_quantile"][:, 0] - high
    distance = np.sqrt(np.sum((inputs["truth_position"][:, :2] - inputs["position"]) ** 2, axis=1) / 100 + 0.01)
    variance = inputs["time_uncertainty"][:, 0] ** 2
    late = (inputs["truth_time"] - inputs["time"])[:, 0]
    probability = np.sum(inputs["truth_pid"] * inputs["classes"], axis=1)
    losses = {
        "energy": 0.7 * deviation**2 / (high**2 + 1e-3),
        "energy_uncertainty": 0.7 * (spread**2 + np.log(high**2 + 1e-3)),
        "position": 0.1 * huber(distance, 10.0),
        "time": 0.2 * np.where(reconstructed < 1, 0, late**2 / (variance + 0.1) + variance),
        "class": 0.3 * np.where(inputs["truth_pid"][:, 5] > 0, 0, -np.log(probability)),
    }
    for term, loss in losses.items():
        assert found[term] == pytest.approx(payload(arrays, core, loss), rel=1e-4), term
