"""The GravNet-space regulariser against its definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.plugins.losses.object_condensation.loss_case import LossCase

USE = "gravnet_space_regularizer:GravnetSpaceRegularizer"
laws = examples(25)


def inputs_of(hits: int, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    indices = rng.integers(-1, max(hits, 1), (hits, 5))
    indices[:, 0] = np.arange(hits)
    return {
        "squared_distances": rng.uniform(0, 2, (hits, 5)) * (indices >= 0),
        "coordinates": rng.normal(0, 1, (hits, 3)),
        "neighbour_indices": indices,
    }


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def definition(inputs: dict[str, Any], project: bool) -> float:
    """Return the loss."""
    c, indices = inputs["coordinates"], inputs["neighbour_indices"]
    p = c / np.sqrt(np.sum(c**2, axis=1, keepdims=True) + 1e-6) if project else c[:, :2]
    detector = np.where(indices >= 0, np.sum((p[:, None] - p[indices]) ** 2, axis=2), 0)
    learned = np.where(indices >= 0, inputs["squared_distances"], 0)
    return float(np.mean((softmax(np.sqrt(detector + 1e-6)) - softmax(np.sqrt(learned + 1e-6))) ** 2))


@laws
@given(hits=st.integers(1, 20), seed=st.integers(0, 100), project=st.booleans())
def test_it_computes_its_definition(hits: int, seed: int, project: bool) -> None:
    inputs = inputs_of(hits, seed)
    found = LossCase(USE, project=project, scale=3.0)(**inputs)["loss"]
    assert found == pytest.approx(3 * definition(inputs, project), rel=1e-4, abs=1e-8)


def test_q15_hit_number_0_is_a_neighbour_like_others() -> None:
    inputs = inputs_of(10)
    inputs["neighbour_indices"][5, 2] = 0
    inputs["squared_distances"][5, 2] = 0.5
    gradient = LossCase(USE).gradients("squared_distances", **inputs)[0]
    assert gradient[5, 2] != 0


@pytest.mark.parametrize("project", [True, False])
@pytest.mark.parametrize("hits", [0, 1, 20])
def test_values_and_gradients_are_finite(project: bool, hits: int) -> None:
    inputs = inputs_of(hits)
    for size in (0.0, 1.0, 1e4):
        scaled = {**inputs, "coordinates": size * inputs["coordinates"]}
        scaled["squared_distances"] = size * inputs["squared_distances"]
        case = LossCase(USE, project=project)
        assert np.isfinite(case(**scaled)["loss"])
        for gradient in case.gradients("squared_distances", "coordinates", **scaled):
            assert np.all(np.isfinite(gradient))
