"""The losses of graph condensation against their definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.contract.axes import Axis, AxisMismatch, Bindings, TensorType
from tests.examples import examples
from tests.plugins.losses.object_condensation.loss_case import LossCase, permuted

SCORE = "graph_condensation_losses:GraphCondensationScore"
EDGES = "graph_condensation_losses:GraphCondensationEdges"
laws = examples(25)


def inputs_of(sizes: list[int], seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    hits = sum(sizes)
    return {
        "score": rng.uniform(0, 1, (hits, 1)),
        "coordinates": rng.normal(0, 1, (hits, 3)),
        "truth_index": rng.integers(-2, 3, (hits, 1)),
        "truth_energy": rng.uniform(0, 2, (hits, 1)),
        "row_splits": np.concatenate([[0], np.cumsum(sizes)]).astype(int),
    }


def score_definition(inputs: dict[str, Any], K: int, fraction: float, cut: float) -> dict[str, float]:
    """Return the loss and its parts, hit by hit."""
    local, everywhere, n_signal = 0.0, [], 0
    for a, b in zip(inputs["row_splits"][:-1], inputs["row_splits"][1:], strict=True):
        x, truth = inputs["coordinates"][a:b], np.maximum(inputs["truth_index"][a:b, 0], -1)
        for i in range(b - a):
            near = np.argsort(np.sum((x - x[i]) ** 2, axis=1), kind="stable")[:K]
            same = truth[near] == truth[i]
            sigma = np.zeros(K)
            sigma[: len(near)] = inputs["score"][a:b, 0][near] * same
            signal = truth[i] >= 0
            everywhere.append((sigma.sum() - signal * sigma.max()) / (same.sum() + 1e-3))
            if signal:
                required = float(inputs["truth_energy"][a + i, 0] > cut) if cut > 0 else 1.0
                largest = sigma.max() + 1e-3 * np.log(np.sum(np.exp((sigma - sigma.max()) / 1e-3)))
                local += abs(required - largest) + required - np.clip(sigma.sum(), 0, required)
                n_signal += 1
    parts = {"local": local / (n_signal + 1e-3), "global": np.mean(everywhere) if everywhere else 0.0}
    return {"loss": (1 - fraction) * parts["local"] + fraction * parts["global"], **parts}


@laws
@given(
    sizes=st.lists(st.integers(0, 20), min_size=1, max_size=3),
    seed=st.integers(0, 100),
    cut=st.sampled_from([0.0, 1.0]),
)
def test_the_score_loss_computes_its_definition_whatever_the_order_of_hits(
    sizes: list[int], seed: int, cut: float
) -> None:
    inputs = inputs_of(sizes, seed)
    case = LossCase(SCORE, K=6, penalty_fraction=0.9, low_energy_cut=cut)
    found = case(**permuted(inputs, np.random.default_rng(seed)))
    assert found == pytest.approx(score_definition(inputs, 6, 0.9, cut), rel=1e-4, abs=1e-5)


def test_the_score_loss_is_least_where_each_object_keeps_one_hit() -> None:
    inputs = inputs_of([12])
    inputs["truth_index"] = np.repeat([0, 1, -1], 4)[:, None]
    one_each = np.tile([1.0, 0, 0, 0], 3)[:, None]
    one_each[8:] = 0
    case = LossCase(SCORE, K=12)
    losses = [case(**{**inputs, "score": score})["loss"] for score in (one_each, 0 * one_each, 0 * one_each + 1)]
    assert losses[0] < 0.01 < min(losses[1:])


def test_an_energy_cut_needs_the_energy() -> None:
    case = LossCase(SCORE, low_energy_cut=1.0)
    with pytest.raises(AxisMismatch, match="nothing is wired to truth_energy"):
        case.block.output_types({}, Bindings(), "loss")


@pytest.mark.parametrize("sizes", [[], [0, 1], [1, 1], [40]])
def test_the_score_loss_has_finite_values_and_gradients(sizes: list[int]) -> None:
    for score in (0.0, 1.0):
        inputs = {
            **inputs_of(sizes),
            "score": np.full((sum(sizes), 1), score),
            "coordinates": np.zeros((sum(sizes), 3)),
        }
        case = LossCase(SCORE, K=8)
        assert all(np.isfinite(value) for value in case(**inputs).values())
        assert np.all(np.isfinite(case.gradients("score", **inputs)[0]))


EDGE_INPUTS = {
    "edges": np.array([[0.7, 0.2, 0.1], [0.2, 0.3, 0.5], [0.1, 0.6, 0.3], [0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]),
    "squared_distances": np.array([[0.3, 0.9], [0.6, 0.2], [0.01, 0.05], [0.0, 0.0], [0.1, 0.8]]),
    "neighbour_indices": np.array([[1, 2], [0, 4], [1, 4], [-1, -1], [0, 3]]),
    "truth_index": np.array([[-1], [5], [5], [5], [5]]),
}


def test_every_hit_is_sent_to_its_nearest_neighbour_of_the_same_object() -> None:
    # Noise; its second neighbour (0 is noise); any will do; no neighbours, sent to the first; the second again.
    expected = -(np.log(0.7) + np.log(0.5) + 0 + np.log(0.25) + np.log(0.1)) / 5
    assert LossCase(EDGES)(**EDGE_INPUTS)["loss"] == pytest.approx(expected, rel=1e-5)


def test_q10_a_hit_whose_neighbours_are_equally_good_changes_no_other_hit() -> None:
    case = LossCase(EDGES)
    gradient = case.gradients("edges", **EDGE_INPUTS)[0]
    assert not np.any(gradient[2])
    assert np.all(np.any(gradient[[0, 1, 3, 4]], axis=1))
    spread = {**EDGE_INPUTS, "squared_distances": EDGE_INPUTS["squared_distances"] * [[1], [1], [10], [1], [1]]}
    more = case(**spread)["loss"] - case(**EDGE_INPUTS)["loss"]
    assert more == pytest.approx(-np.log(0.6) / 5, rel=1e-4)


def test_the_number_of_edges_must_fit_that_of_neighbours() -> None:
    hits = Axis("hits", "data")
    types = {"edges": TensorType((hits, 5)), "neighbour_indices": TensorType((hits, 5), "int32", hits)}
    with pytest.raises(AxisMismatch, match="expected 6 columns"):
        LossCase(EDGES).block.output_types(types, Bindings(), "loss")


def test_the_edge_loss_is_finite_without_hits_and_for_certain_mistakes() -> None:
    nothing = {name: value[:0] for name, value in EDGE_INPUTS.items()}
    certain = {**EDGE_INPUTS, "edges": np.tile([0.0, 1.0, 0.0], (5, 1))}
    for inputs in (nothing, certain):
        assert np.isfinite(LossCase(EDGES)(**inputs)["loss"])
        assert np.all(np.isfinite(LossCase(EDGES).gradients("edges", **inputs)[0]))
