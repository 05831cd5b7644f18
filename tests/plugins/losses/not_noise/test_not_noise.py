"""The noise filter's loss against a recording and its definition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from registry.wiring.opening import open_graph
from tests.conftest import ROOT
from tests.plugins.block_case import assert_close, golden
from tests.plugins.losses.object_condensation.loss_case import LossCase

USE = "not_noise:NotNoise"


def inputs_of(hits: int) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {"score": rng.uniform(0.01, 0.99, (hits, 1)), "truth_index": rng.integers(-1, 3, (hits, 1))}


def test_values_and_gradients_agree_with_the_recording(reference: Path) -> None:
    recording, _ = golden(reference, "g_llnotnoise")
    inputs = {"score": recording["score"], "truth_index": recording["truth"]}
    case = LossCase(USE)
    assert_close(case(**inputs)["loss"], recording["loss"])
    assert_close(case.gradients("score", **inputs)[0], recording["grad_score"])


def test_the_noise_filter_counts_spectators_in_full_as_the_original_does(reference: Path) -> None:
    recording, _ = golden(reference, "g_llnotnoise")
    score, index = recording["score"], recording["truth"]
    columns = {
        "score": score,
        "truth_index": index,
        "is_track": np.zeros_like(score),
        "truth_spectator": np.linspace(0, 10, len(score))[:, None],
    }
    p = np.clip(score.astype(np.float64), 1e-7, 1 - 1e-7)
    plain = np.mean(-np.log(np.where(index >= 0, p, 1 - p) + 1e-7))
    loss = open_graph(str(ROOT / "graphs" / "noise_filter.yaml")).nodes["loss"]
    tensors = {port: tf.convert_to_tensor(columns[port]) for port in loss.inputs}
    found = float(loss.block.build("loss")(**tensors)["loss"])
    assert found == pytest.approx(plain, rel=1e-5)
    assert found == pytest.approx(float(recording["loss"]), rel=1e-5)


def test_it_is_the_mean_cross_entropy_less_that_of_spectators() -> None:
    inputs = inputs_of(50)
    weight = np.linspace(0, 1, 50)[:, None]
    p, signal = inputs["score"], inputs["truth_index"] >= 0
    expected = np.mean((1 - weight) * -np.log(np.where(signal, p, 1 - p)))
    found = LossCase(USE, scale=2.0)(**inputs, truth_spectator_weight=weight)
    assert found["loss"] == pytest.approx(2 * expected, rel=1e-5)


def test_efficiency_and_purity_are_taken_at_the_threshold() -> None:
    inputs = {"score": np.array([[0.9], [0.7], [0.2], [0.8]]), "truth_index": np.array([[0], [4], [1], [-1]])}
    found = LossCase(USE)(**inputs)
    assert (found["efficiency"], found["purity"]) == pytest.approx((2 / 3, 2 / 3))
    found = LossCase(USE, threshold=0.85)(**inputs)
    assert (found["efficiency"], found["purity"]) == pytest.approx((1 / 3, 1))


def test_tracks_are_never_noise() -> None:
    inputs = inputs_of(20)
    tracks = np.ones((20, 1))
    expected = LossCase(USE)(**{**inputs, "truth_index": np.zeros((20, 1))})
    assert LossCase(USE)(**inputs, is_track=tracks) == pytest.approx(expected)


def test_logits_give_the_same_loss_and_keep_their_gradient_when_certain() -> None:
    inputs, case = inputs_of(20), LossCase(USE, from_logits=True)
    logits = np.log(inputs["score"] / (1 - inputs["score"]))
    assert case(**{**inputs, "score": logits}) == pytest.approx(LossCase(USE)(**inputs), rel=1e-4)
    wrong = {"score": np.array([[-50.0]]), "truth_index": np.array([[0]])}
    assert case.gradients("score", **wrong)[0] == pytest.approx(-1)


@pytest.mark.parametrize("score", [0.0, 1.0])
@pytest.mark.parametrize("truth", [-1, 0])
@pytest.mark.parametrize("hits", [0, 1, 5])
def test_values_and_gradients_are_finite(score: float, truth: int, hits: int) -> None:
    inputs = {"score": np.full((hits, 1), score), "truth_index": np.full((hits, 1), truth)}
    assert all(np.isfinite(value) for value in LossCase(USE)(**inputs).values())
    assert np.all(np.isfinite(LossCase(USE).gradients("score", **inputs)[0]))
