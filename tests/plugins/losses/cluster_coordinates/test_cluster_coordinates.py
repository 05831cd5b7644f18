"""The loss of cluster coordinates against a recording, its definition, and its laws."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.plugins.losses.cluster_coordinates import pairs
from tests.examples import examples
from tests.plugins.block_case import assert_close, golden
from tests.plugins.losses.object_condensation.loss_case import LossCase, permuted

USE = "cluster_coordinates:ClusterCoordinates"
MODES = [{}, {"hinge_mode": True}, {"ignore_noise": True}]
laws = examples(25)


def inputs_of(sizes: list[int], seed: int = 0, objects: int = 3) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    hits = sum(sizes)
    return {
        "coordinates": rng.normal(0, 1, (hits, 2)),
        "truth_index": rng.integers(-1, objects, (hits, 1)),
        "truth_spectator_weight": np.where(rng.random((hits, 1)) < 0.2, 0.9, 0.0),
        "row_splits": np.concatenate([[0], np.cumsum(sizes)]).astype(int),
    }


def definition(inputs: dict[str, Any], hinge_mode: bool = False, ignore_noise: bool = False) -> dict[str, float]:
    """Return the terms, object by object."""

    def attraction(u: np.ndarray) -> np.ndarray:
        return np.sqrt(u + 1e-4) if hinge_mode else np.log(np.e * u + 1)

    def repulsion(u: np.ndarray) -> np.ndarray:
        return np.maximum(1 - np.sqrt(u + 1e-6), 0) if hinge_mode else np.exp(-np.sqrt(u + 1e-4) / 5)

    total = np.zeros(2)
    for a, b in pairwise(inputs["row_splits"]):
        x, truth = inputs["coordinates"][a:b], inputs["truth_index"][a:b, 0]
        q = 1 - inputs["truth_spectator_weight"][a:b, 0]
        sums, weight = np.zeros(2), 0.0
        for label in np.unique(truth[truth >= 0]) if b - a > 1 else []:
            own = truth == label
            mean = np.sum(q[own, None] * x[own], axis=0) / (q[own].sum() + 1e-3)
            squared = np.sum((x - mean) ** 2, axis=1)
            others = ~own & (truth >= 0) if ignore_noise else ~own
            sums[0] += q[own].sum() * np.sum(q[own] * attraction(squared[own])) / (own.sum() + 1e-3)
            sums[1] += q[own].sum() * np.sum(repulsion(q[others] * squared[others])) / (np.sum(~own) + 1e-3)
            weight += q[own].sum()
        total += sums / (weight + 1e-3)
    total /= len(inputs["row_splits"]) - 1 + 1e-3
    return {"loss": total.sum(), "attractive": total[0], "repulsive": total[1]}


def test_values_and_gradients_agree_with_the_recording(reference: Path) -> None:
    arrays, _ = golden(reference, "g_pool_inputs")
    recording, _ = golden(reference, "g_llclustercoords_default")
    inputs = {
        "coordinates": recording["coords"],
        "truth_index": arrays["t_idx"],
        "row_splits": arrays["row_splits"],
        "truth_spectator_weight": recording["spectator_weight"],
    }
    case = LossCase(USE)
    found = case(**inputs)
    for term, name in {"loss": "total", "attractive": "att", "repulsive": "rep"}.items():
        assert_close(found[term], recording[name])
    assert_close(case.gradients("coordinates", **inputs)[0], recording["grad_coords"])


def test_values_of_2025_agree_with_the_recording(reference: Path) -> None:
    recording = np.load(reference / "golden" / "2025" / "cluster_coordinates.npz")
    inputs = {"coordinates": recording["coords"], "truth_index": recording["t_idx"], "row_splits": recording["rs"]}
    found = LossCase(USE, ignore_noise=True)(**inputs)
    for term in ("loss", "attractive", "repulsive"):
        assert_close(found[term], recording[term])


@laws
@given(
    sizes=st.lists(st.integers(0, 20), min_size=1, max_size=4), seed=st.integers(0, 100), mode=st.sampled_from(MODES)
)
def test_it_computes_its_definition_whatever_the_order_of_hits(
    sizes: list[int], seed: int, mode: dict[str, bool]
) -> None:
    inputs = inputs_of(sizes, seed)
    found = LossCase(USE, **mode)(**permuted(inputs, np.random.default_rng(seed)))
    assert found == pytest.approx(definition(inputs, **mode), rel=1e-4, abs=1e-5)


def test_drawing_as_many_hits_as_there_are_changes_nothing() -> None:
    inputs = inputs_of([20, 10])
    assert LossCase(USE, downsample=20)(**inputs) == pytest.approx(LossCase(USE)(**inputs))
    assert np.isfinite(LossCase(USE, downsample=5)(**inputs)["loss"])


def test_the_result_does_not_depend_on_the_size_of_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, case = inputs_of([40, 0, 70, 1]), LossCase(USE)
    whole = case(**inputs), case.gradients("coordinates", **inputs)[0]
    monkeypatch.setattr(pairs, "PAIRS_PER_BLOCK", 7)
    assert case(**inputs) == pytest.approx(whole[0], rel=1e-5)
    assert_close(case.gradients("coordinates", **inputs)[0], whole[1])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sizes", [[], [0], [0, 20, 0], [1, 1], [1500]])
def test_values_and_gradients_are_finite(mode: dict[str, bool], sizes: list[int]) -> None:
    inputs = inputs_of(sizes, objects=500)
    point = {**inputs, "coordinates": np.zeros((sum(sizes), 2))}
    noise = {**inputs, "truth_index": np.full((sum(sizes), 1), -1)}
    case = LossCase(USE, **mode)
    for one in (inputs, point, noise):
        assert all(np.isfinite(value) for value in case(**one).values())
        assert np.all(np.isfinite(case.gradients("coordinates", **one)[0]))
