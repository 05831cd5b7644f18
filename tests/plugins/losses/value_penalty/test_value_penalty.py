"""The loss that keeps a value near a constant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.plugins.losses.object_condensation.loss_case import LossCase

USE = "value_penalty:ValuePenalty"


def test_the_loss_is_the_mean_square_of_the_deviation_times_its_weight() -> None:
    assert LossCase(USE, default=1.0, scale=2.0)(x=np.array([[0.0, 1.0], [3.0, 1.0]]))["loss"] == pytest.approx(2.5)


def test_no_hits_give_zero() -> None:
    assert LossCase(USE)(x=np.zeros((0, 2)))["loss"] == 0


@pytest.mark.parametrize("default", [0, 1])
def test_recorded_values_are_met(reference: Path, default: int) -> None:
    recording = np.load(reference / "golden" / "2025" / "value_penalty.npz")
    found = LossCase(USE, default=float(default))(x=recording["x"])["loss"]
    assert found == pytest.approx(float(recording[f"loss_default{default}"]), rel=1e-5)
