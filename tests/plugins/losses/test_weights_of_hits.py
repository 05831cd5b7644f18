"""Weights of hits, objects and events in the losses that are means over hits, and in that of cluster coordinates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.plugins.losses.object_condensation.loss_case import LossCase

SIZES = [7, 5]
HITS = sum(SIZES)
TRUTH = np.array([0, 0, 0, 1, 1, -1, -1, 0, 0, 1, -1, 0])[:, None]
EVENT = np.repeat(np.arange(len(SIZES)), SIZES)
WEIGHTS = ("hit_weight", "object_weight", "event_weight")


def weights(seed: int = 3) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    of_objects, of_events = random.uniform(0.5, 2, (2, 2)), random.uniform(0.5, 2, 2)
    of_object = of_objects[EVENT, np.maximum(TRUTH[:, 0], 0)]
    found = {"hit_weight": random.uniform(0.5, 2, HITS), "object_weight": of_object, "event_weight": of_events[EVENT]}
    return {name: values[:, None] for name, values in found.items()}


def inputs(*names: str) -> dict[str, Any]:
    random = np.random.default_rng(0)
    neighbours = np.concatenate([start + random.integers(0, n, (n, 3)) for start, n in zip([0, 7], SIZES, strict=True)])
    known = {
        "score": random.uniform(0.1, 0.9, (HITS, 1)),
        "coordinates": random.normal(size=(HITS, 2)),
        "edges": random.uniform(0.1, 0.9, (HITS, 4)),
        "squared_distances": random.uniform(0, 3, (HITS, 3)),
        "neighbour_indices": neighbours,
        "row_splits": np.array([0, 7, 12]),
    }
    return {name: known[name] for name in names} | {"truth_index": TRUTH}


PLACES = ("score", "coordinates", "row_splits")
LINKS = ("edges", "neighbour_indices")
MEANS: dict[str, tuple[str, dict[str, Any], tuple[str, ...], str, str, float]] = {
    "local": ("graph_condensation_losses:GraphCondensationScore", {"K": 3}, PLACES, "local", "objects", 1e-3),
    "global": ("graph_condensation_losses:GraphCondensationScore", {"K": 3}, PLACES, "global", "all", 0),
    "edges": ("graph_condensation_losses:GraphCondensationEdges", {}, (*LINKS, "squared_distances"), "loss", "all", 0),
    "links": ("link_losses:LinkClassification", {}, LINKS, "loss", "all", 1),
    "best": ("link_losses:BestNeighbourScore", {"K": 3, "noise_weight": 0.0}, PLACES, "loss", "objects", 0.1),
    "not_noise": ("not_noise:NotNoise", {}, ("score",), "loss", "all", 0),
}


@pytest.mark.parametrize("name", list(MEANS))
def test_a_mean_over_hits_counts_each_as_its_weights_say(name):
    use, parameters, ports, term, counted, offset = MEANS[name]
    case, given = LossCase(use, **parameters), inputs(*ports)
    chosen = (TRUTH[:, 0] >= 0) | (counted == "all")
    values = np.array([case(**given, hit_weight=np.eye(HITS)[[hit]].T)[term] for hit in range(HITS)]) * (1 + offset)
    assert case(**given)[term] == pytest.approx(values[chosen].sum() / (chosen.sum() + offset), rel=1e-4)
    given |= weights()
    w, v, g = (given[weight][:, 0] for weight in WEIGHTS)
    c = w * np.where(TRUTH[:, 0] >= 0, v, 1) * chosen
    assert case(**given)[term] == pytest.approx((g * c * values).sum() / (c.sum() + offset), rel=1e-4)


def test_a_hit_that_counts_twice_is_two_hits_in_cluster_coordinates():
    case, given = LossCase("cluster_coordinates:ClusterCoordinates"), inputs("coordinates", "row_splits")
    hit_weight = np.where(np.arange(HITS) == 1, 2.0, 1.0)[:, None]
    twice = np.sort(np.append(np.arange(HITS), 1))
    doubled = {name: given[name][twice] for name in ("coordinates", "truth_index")} | {
        "row_splits": np.array([0, 8, 13])
    }
    found, expected = case(**given, hit_weight=hit_weight), case(**doubled)
    assert found == pytest.approx(expected, rel=1e-5)
    assert found["attractive"] != pytest.approx(case(**given)["attractive"], rel=1e-3)


def test_objects_and_events_of_no_weight_are_no_part_of_cluster_coordinates():
    case, given = LossCase("cluster_coordinates:ClusterCoordinates"), inputs("coordinates", "row_splits")
    first = {name: given[name][:7] for name in ("coordinates", "truth_index")} | {"row_splits": np.array([0, 7])}
    alone = case(**given, event_weight=np.where(EVENT == 0, 3.0, 0.0)[:, None])
    assert alone["loss"] == pytest.approx(3 * case(**first)["loss"] * 1.001 / 2.001, rel=1e-5)
    noise = np.where(TRUTH == 1, -1, TRUTH)
    without = case(**given, object_weight=np.where(TRUTH == 1, 0.0, 1.0))
    assert without == pytest.approx(case(**{**given, "truth_index": noise}), rel=1e-3)


def test_a_hit_that_two_objects_share_is_a_part_of_both_in_cluster_coordinates():
    case, given = LossCase("cluster_coordinates:ClusterCoordinates"), inputs("coordinates", "row_splits")
    truth = TRUTH[:, 0]
    alone = np.stack([truth, np.full(HITS, -1)], axis=1), np.stack([truth >= 0, np.zeros(HITS)], axis=1) * 1.0
    assert case(**given, truth_objects=alone[0], truth_fractions=alone[1]) == pytest.approx(case(**given), rel=1e-5)
    objects, fractions = alone[0].copy(), alone[1].copy()
    objects[2], fractions[2] = [0, 1], [0.75, 0.25]
    copies = np.sort(np.append(np.arange(HITS), 2))
    split = {name: given[name][copies] for name in ("coordinates", "truth_index")} | {
        "row_splits": np.array([0, 8, 13])
    }
    split["truth_index"] = split["truth_index"].copy()
    split["truth_index"][3] = 1
    weight = np.ones((HITS + 1, 1))
    weight[2:4, 0] = [0.75, 0.25]
    found = case(**given, truth_objects=objects, truth_fractions=fractions)
    assert found == pytest.approx(case(**split, hit_weight=weight), rel=1e-5)
