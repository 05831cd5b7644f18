"""The losses of trees of links against their definitions and recorded values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.contract.axes import Axis, AxisMismatch, Bindings, TensorType
from tests.examples import examples
from tests.plugins.block_case import built_in
from tests.plugins.losses.object_condensation.loss_case import LossCase

LINKS, SCORE = "link_losses:LinkClassification", "link_losses:BestNeighbourScore"


def links_definition(rates: np.ndarray, indices: np.ndarray, truth: np.ndarray, lonely_is_noise: bool) -> float:
    total, linked = 0.0, 0
    for i, row in enumerate(indices):
        same = [k >= 0 and truth[k] == truth[i] for k in row]
        noise = truth[i] < 0 or (lonely_is_noise and not any(same))
        target = np.array([1.0] + [0.0] * len(row) if noise else [0.0, *map(float, same)])
        p = np.clip(rates[i], 1e-7, 1 - 1e-7)
        if row[0] >= 0:
            total += np.mean(-(target * np.log(p + 1e-7) + (1 - target) * np.log(1 - p + 1e-7)))
            linked += 1
    return total / (linked + 1)


@examples(25)
@given(hits=st.integers(0, 12), seed=st.integers(0, 100), lonely_is_noise=st.booleans())
def test_the_loss_of_links_computes_its_definition(hits: int, seed: int, lonely_is_noise: bool) -> None:
    random = np.random.default_rng(seed)
    indices = random.integers(-1, hits, (hits, 3)) if hits else np.zeros((0, 3), int)
    rates, truth = random.uniform(0.01, 0.99, (hits, 4)), random.integers(-1, 3, hits)
    case = LossCase(LINKS, lonely_is_noise=lonely_is_noise, scale=2.0)
    found = case(edges=rates, neighbour_indices=indices, truth_index=truth[:, None])["loss"]
    assert found == pytest.approx(2 * links_definition(rates, indices, truth, lonely_is_noise), rel=1e-5, abs=1e-7)


def test_a_number_of_columns_that_does_not_fit_the_links_is_an_error() -> None:
    kind, hits = built_in(LINKS), Axis("hits")
    inputs = {"edges": TensorType((hits, 4)), "neighbour_indices": TensorType((hits, 4), "int32")}
    with pytest.raises(AxisMismatch, match="expected 5 columns"):
        kind(kind.Params()).output_types(inputs, Bindings({}), "node")


@pytest.mark.parametrize("lonely_is_noise", [False, True])
def test_recorded_losses_of_links_are_met(reference: Path, lonely_is_noise: bool) -> None:
    tree = np.load(reference / "golden" / "2025" / "tree.npz")
    inputs = {"edges": tree["edges"], "neighbour_indices": tree["idx"], "truth_index": tree["t_idx"]}
    found = LossCase(LINKS, lonely_is_noise=lonely_is_noise)(**inputs)["loss"]
    name = "edge_loss_ambiguous" if lonely_is_noise else "edge_loss_keep"
    assert found == pytest.approx(float(tree[name]), rel=1e-5)


def score_definition(inputs: dict[str, Any], K: int, cut: float, noise_weight: float, lone: bool) -> float:
    total, signal, noise = 0.0, 0, []
    for a, b in zip(inputs["row_splits"][:-1], inputs["row_splits"][1:], strict=True):
        x, truth = inputs["coordinates"][a:b], inputs["truth_index"][a:b, 0]
        score, energy = np.clip(inputs["score"][a:b, 0], 1e-6, 1 - 1e-6), inputs["truth_energy"][a:b, 0]
        for i in range(b - a):
            if truth[i] < 0:
                noise.append(-np.log(1 - score[i]))
                continue
            near = np.argsort(np.sum((x - x[i]) ** 2, axis=1), kind="stable")[:K]
            same = truth[near] == truth[i]
            best = near[np.argmax(same * score[near])]
            w = same * np.exp(-np.sum((x[near] - x[best]) ** 2, axis=1))
            w = np.zeros(len(near)) if lone and same.sum() == 1 else w / w.sum()
            y = (near == best) & ((cut <= 0) | (energy[near] >= cut))
            total -= np.sum((1 - w) * y * np.log(score[near]) + w * (1 - y) * np.log(1 - score[near]))
            signal += 1
    return total / (signal + 0.1) + noise_weight * (np.mean(noise) if noise else 0.0)


def inputs_of(sizes: list[int], seed: int) -> dict[str, Any]:
    random, hits = np.random.default_rng(seed), sum(sizes)
    return {
        "score": random.uniform(0, 1, (hits, 1)),
        "coordinates": random.normal(0, 1, (hits, 2)),
        "truth_index": random.integers(-1, 3, (hits, 1)),
        "truth_energy": random.uniform(0, 2, (hits, 1)),
        "row_splits": np.concatenate([[0], np.cumsum(sizes)]).astype(int),
    }


@examples(25)
@given(
    sizes=st.lists(st.integers(0, 12), min_size=1, max_size=3),
    seed=st.integers(0, 100),
    cut=st.sampled_from([0.0, 1.0]),
    noise_weight=st.sampled_from([0.0, 0.5]),
    lone=st.booleans(),
)
def test_the_loss_of_the_best_neighbour_computes_its_definition(
    sizes: list[int], seed: int, cut: float, noise_weight: float, lone: bool
) -> None:
    inputs = inputs_of(sizes, seed)
    case = LossCase(SCORE, K=4, low_energy_cut=cut, noise_weight=noise_weight, lone_hits=lone)
    expected = score_definition(inputs, 4, cut, noise_weight, lone)
    assert case(**inputs)["loss"] == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_scores_of_noise_are_pushed_down_and_those_of_lone_hits_up_p7() -> None:
    inputs = inputs_of([4], 0) | {"truth_index": np.array([[-1], [0], [1], [2]])}
    (gradient,) = LossCase(SCORE, K=4).gradients("score", **inputs)
    assert np.all(np.sign(gradient[:, 0]) == [1, -1, -1, -1])


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("cut", [0.0, 4.0])
def test_recorded_losses_of_scores_are_met(reference: Path, cut: float, legacy: bool) -> None:
    recording = np.load(reference / "golden" / "2025" / "score_loss.npz")
    inputs = {"score": recording["score"], "coordinates": recording["coords"], "truth_index": recording["t_idx"]}
    inputs |= {"truth_energy": recording["t_energy"], "row_splits": recording["rs"]}
    case = LossCase(SCORE, K=4, low_energy_cut=cut, noise_weight=0.0, lone_hits=False, legacy_place=legacy)
    name = ("loss_" if cut else "loss_cut0_") + ("original" if legacy else "mended")
    expected = float(recording[name if cut or not legacy else "loss_cut0"])
    assert case(**inputs)["loss"] == pytest.approx(expected, rel=1e-5)
