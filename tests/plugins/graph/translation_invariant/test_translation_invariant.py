"""Translation-invariant message passing against a plain computation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.plugins.block_case import Case, assert_close
from tests.plugins.formulas import elu

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(6, 3))
INDICES = np.array([[0, 1, 2], [1, 0, -1], [2, 5, 1], [3, -1, -1], [-1, 3, 5], [-1, -1, -1]])
DISTANCES = np.where(INDICES >= 0, RANDOM.uniform(0, 0.2, size=(6, 3)), 0)
DISTANCES[:, 0] = 0
INPUTS = {"x": X, "neighbour_indices": INDICES, "squared_distances": DISTANCES}


def expected(weights: list[np.ndarray], mean: bool, sum_weight: bool, layer_norm: bool = False) -> np.ndarray:
    known = INDICES >= 0
    every = np.exp(-10 * DISTANCES)[:, :, None]
    w = every * known[:, :, None]
    steps, f = [], X
    for step, (kernel, bias) in enumerate(((weights[0], 0), (weights[1], weights[2]))):
        f = f / np.sqrt((f**2).sum(1, keepdims=True) + 1e-6) * np.sqrt(f.shape[1]) if layer_norm else f
        neighbours = f[np.maximum(INDICES, 0)]
        if mean:
            shifted = neighbours - f[:, None] if step == 0 else neighbours
            m = (w * shifted).sum(1) / 3
            m = m * 3 / (every.sum(1) + 1e-2) if sum_weight else m
        else:
            m = (every * np.where(known[:, :, None], neighbours, -2.0)).max(1) - f
        f = elu(m @ kernel + bias)
        steps.append(f)
    return np.concatenate(steps, axis=1)


@pytest.mark.parametrize(
    ("mean", "sum_weight", "layer_norm"),
    [(True, False, False), (True, True, False), (False, False, False), (True, False, True), (True, True, True)],
)
def test_both_steps_follow_the_formula(mean: bool, sum_weight: bool, layer_norm: bool) -> None:
    case = Case(
        "translation_invariant:TranslationInvariantMessagePassing",
        n_feature_transformation=[4, 2],
        mean=mean,
        sum_weight=sum_weight,
        layer_norm=layer_norm,
    )
    case(**INPUTS)
    weights = [RANDOM.normal(size=weight.shape) for weight in case.layer.get_weights()]
    case.layer.set_weights(weights)
    assert_close(case(**INPUTS), expected(weights, mean, sum_weight, layer_norm))


def test_adding_a_vector_to_all_hits_changes_nothing() -> None:
    use = "translation_invariant:TranslationInvariantMessagePassing"
    case = Case(use, n_feature_transformation=[4, 2])
    assert_close(case(**{**INPUTS, "x": X + np.array([1.0, -2.0, 3.0])}), case(**INPUTS), 1e-4)


RECORDED = {
    "out_ln0_sumw0": {},
    "out_ln0_sumw1": {"sum_weight": True},
    "out_ln1_sumw0": {"layer_norm": True},
    "out_ln1_sumw1": {"layer_norm": True, "sum_weight": True},
    "out_ln1_elu": {"layer_norm": True, "activation": "elu"},
    "out_max_ln0": {"mean": False},
}


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_values_are_met(reference: Path, name: str) -> None:
    recording = np.load(reference / "golden" / "2025" / "teqmp.npz")
    parameters = {"activation": "linear", **RECORDED[name]}
    case = Case(
        "translation_invariant:TranslationInvariantMessagePassing", n_feature_transformation=[2, 2], **parameters
    )
    inputs = {"x": recording["x"], "neighbour_indices": recording["idx"], "squared_distances": recording["d2"]}
    case(**inputs)
    case.layer.set_weights([recording[name] for name in ("W1", "W2", "b2")])
    assert_close(case(**inputs), recording[name])


def test_scaled_features_have_a_length_that_does_not_matter() -> None:
    use = "translation_invariant:TranslationInvariantMessagePassing"
    case = Case(use, n_feature_transformation=[4], layer_norm=True)
    assert_close(case(**{**INPUTS, "x": 5 * X}), case(**INPUTS), 1e-4)
