"""The laws of every loss block: the order of hits does not matter, odd events give finite values and gradients."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plugins import laws
from tests.plugins.block_case import built_in
from tests.plugins.built_in import built_in_blocks
from tests.plugins.losses.object_condensation.loss_case import LossCase
from tests.plugins.test_laws import NEIGHBOURS, POINTERS, events

LOSSES: dict[str, tuple[str, dict[str, Any]]] = {
    "average distance": ("distance_regularizer:DistanceRegularizer", {}),
    "mean and largest distance": ("distance_regularizer:MeanMaxDistanceRegularizer", {}),
    "space": ("gravnet_space_regularizer:GravnetSpaceRegularizer", {}),
    "projected space": ("gravnet_space_regularizer:GravnetSpaceRegularizer", {"project": True}),
    "filled space": ("fill_space:FillSpace", {}),
    "cluster coordinates": ("cluster_coordinates:ClusterCoordinates", {}),
    "cluster coordinates, hinge": (
        "cluster_coordinates:ClusterCoordinates",
        {"hinge_mode": True, "ignore_noise": True},
    ),
    "not noise": ("not_noise:NotNoise", {}),
    "condensation score": ("graph_condensation_losses:GraphCondensationScore", {"K": 6, "low_energy_cut": 0.5}),
    "condensation edges": ("graph_condensation_losses:GraphCondensationEdges", {}),
    "links": ("link_losses:LinkClassification", {}),
    "best neighbour": ("link_losses:BestNeighbourScore", {"K": 6, "low_energy_cut": 0.5}),
    "value penalty": ("value_penalty:ValuePenalty", {}),
    "basic condensation": ("object_condensation:BasicObjectCondensation", {}),
    "basic condensation, hinge": ("object_condensation:BasicObjectCondensation", {"implementation": "hinge"}),
}
ELSEWHERE = {"object_condensation"}
"""Has more inputs, and laws of its own in its folder."""

everything = pytest.mark.parametrize("name", LOSSES)


@cache
def built(name: str) -> LossCase:
    use, parameters = LOSSES[name]
    return LossCase(use, **parameters)


def inputs_for(sizes: list[int], seed: int, spread: float = 1.0, objects: int = 3) -> laws.Values:
    """Return the inputs of all losses; the labels of objects are neither consecutive nor the same in all events."""
    values, random = events(sizes, seed, spread), np.random.default_rng(seed)
    hits = len(values["x"])
    rates = random.exponential(size=(hits, NEIGHBOURS + 2))
    return {
        **values,
        "truth_index": np.where(random.random((hits, 1)) < 0.2, -1, 7 * random.integers(0, objects, (hits, 1)) + 2),
        "truth_energy": values["energy"],
        "truth_spectator_weight": random.choice([0.0, 0.4, 1.0], (hits, 1)).astype("float32"),
        "beta": values["score"],
        "ccoords": values["coordinates"],
        "distance": (0.5 + values["score"]).astype("float32"),
        "edges": (rates / rates.sum(1, keepdims=True)).astype("float32"),
    }


def taken(case: LossCase, values: laws.Values) -> laws.Values:
    return {port.name: values[port.name] for port in case.block.inputs if port.name in values}


@everything
@settings(max_examples=10, deadline=None)
@given(sizes=laws.event_sizes(), seed=st.integers(0, 1000))
def test_the_order_of_hits_within_events_does_not_matter(name: str, sizes: list[int], seed: int) -> None:
    case, values = built(name), inputs_for(sizes, seed)
    order = laws.shuffled(np.random.default_rng(seed), values["row_splits"])
    permuted = laws.take(values, order, values["row_splits"], POINTERS)
    assert case(**taken(case, permuted)) == pytest.approx(case(**taken(case, values)), rel=1e-4, abs=2e-5)


@everything
@pytest.mark.parametrize("spread", [0.0, 1e-9, 1.0, 1e4])
@pytest.mark.parametrize("labels", ["noise only", "one object", "some", "500 objects"])
def test_odd_events_give_finite_values_and_gradients(name: str, labels: str, spread: float) -> None:
    case, many = built(name), labels == "500 objects"
    for sizes in [[900]] if many else [[0], [1], [0, 2, 0, 7], [30, 1]]:
        values = inputs_for(sizes, 3, spread, objects=500 if many else 3)
        if labels in ("noise only", "one object"):
            values["truth_index"] = np.full_like(values["truth_index"], -1 if labels == "noise only" else 9)
        inputs = taken(case, values)
        assert all(np.isfinite(value) for value in case(**inputs).values())
        floats = [port for port, value in inputs.items() if value.dtype.kind == "f" and not port.startswith("truth")]
        assert all(np.isfinite(gradient).all() for gradient in case.gradients(*floats, **inputs))


def test_every_loss_block_is_held_to_the_laws() -> None:
    held = {built_in(use) for use, _ in LOSSES.values()}
    losses = {block for block in built_in_blocks() if block.kind == "loss" and block.name not in ELSEWHERE}
    assert losses - held == set()
