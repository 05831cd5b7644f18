"""The margin losses against all pairs of small events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.plugins.losses.contrastive.events import (
    EVENT,
    HITS,
    TRUTH,
    anchor_weights,
    inputs,
    mean,
    over_events,
)
from tests.plugins.losses.object_condensation.loss_case import LossCase

HINGE, MARGIN, CLUSTERS = (f"pair_margins:{name}" for name in ("PairHinge", "PairMargin", "ClusterMargin"))


def sides(hits: np.ndarray, i: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the other hits of the object of hit i, and those that are not of it."""
    return hits[(TRUTH[hits] == TRUTH[i]) & (hits != i)], hits[TRUTH[hits] != TRUTH[i]]


@pytest.mark.parametrize("over", ["hits", "pairs", "attractive_pairs"])
@pytest.mark.parametrize("power", [1.0, 2.0])
def test_the_hinge_of_small_events_is_that_of_all_pairs(over: str, power: float) -> None:
    given, radius = inputs(), 1.3
    x, c = given["coordinates"], anchor_weights(given)
    d = np.linalg.norm(x[:, None] - x[None], axis=2)

    def of_event(hits: np.ndarray) -> np.ndarray:
        near, pairs, far, hard, number = np.zeros(5)
        for i in hits[TRUTH[hits] >= 0]:
            same, others = sides(hits, i)
            others = others[d[i, others] < radius]
            near, pairs = near + c[i] * (d[i, same] ** power).sum(), pairs + c[i] * len(same)
            far += c[i] * np.maximum(radius - d[i, others] ** power, 0).sum()
            hard, number = hard + c[i] * len(others), number + c[i]
        divisor = {"hits": number, "pairs": hard, "attractive_pairs": pairs}[over]
        return np.array([near / pairs if pairs else 0, far / divisor if divisor else 0])

    attractive, repulsive = np.asarray(over_events(given, of_event))  # type: ignore[arg-type]
    case = LossCase(
        HINGE,
        radius=radius,
        attraction_power=power,
        repulsion_power=power,
        repulsion_weight=0.4,
        repulsion_mean=over,
        scale=2.0,
    )
    wanted = {"attractive": 2 * attractive, "repulsive": 0.8 * repulsive, "loss": 2 * attractive + 0.8 * repulsive}
    assert case(**given) == pytest.approx(wanted, rel=1e-5)


def test_recorded_numbers_of_gnn_tracking_come_out(reference: Path) -> None:
    vectors = np.load(reference / "golden" / "2025" / "graph_hinge.npz")
    found = LossCase(HINGE)(
        coordinates=vectors["x"],
        truth_index=np.where(vectors["particle"] > 0, vectors["particle"], -1)[:, None],
        row_splits=[0, len(vectors["x"])],
        object_weight=vectors["of_interest"][:, None],
    )
    assert found["attractive"] == pytest.approx(float(vectors["attractive"]), rel=1e-5)
    assert found["repulsive"] == pytest.approx(float(vectors["repulsive"]), rel=1e-5)


def test_only_the_nearest_hits_of_others_push() -> None:
    given = {"coordinates": [[0.0], [0.2], [0.5]], "truth_index": [[0], [1], [2]], "row_splits": [0, 3]}
    wanted = np.mean([0.8, 0.8, 0.7])
    assert LossCase(HINGE, K=1)(**given)["repulsive"] == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("sampling", ["distance_weighted", "uniform"])
def test_the_margin_of_pairs_of_small_events_is_that_of_all_pairs(sampling: str) -> None:
    given = inputs(dimensions=4)
    c, z = anchor_weights(given), given["coordinates"]
    u = z / np.linalg.norm(z, axis=1, keepdims=True)
    distances = np.linalg.norm(u[:, None] - u[None], axis=2)

    def shares(d: np.ndarray) -> np.ndarray:
        at = np.clip(d, 0.5, 1.4)
        q = at ** (2 - 4) * (1 - at**2 / 4) ** ((3 - 4) / 2) * (d <= 1.4) if sampling != "uniform" else np.ones(len(d))
        return q / q.sum() if q.any() else q

    def of_event(hits: np.ndarray) -> np.ndarray:
        near: Any = ([], [])
        far: Any = ([], [])
        for i in hits[TRUTH[hits] >= 0]:
            same, others = (distances[i, side] for side in sides(hits, i))
            if len(same):
                near[0].append(np.maximum(same - 1.0 + 0.3, 0).mean())
                near[1].append(c[i])
            if len(others):
                far[0].append((shares(others) * np.maximum(1.0 + 0.3 - others, 0)).sum())
                far[1].append(c[i])
        return np.array([mean(*near), mean(*far)])

    attractive, repulsive = np.asarray(over_events(given, of_event))  # type: ignore[arg-type]
    found = LossCase(MARGIN, boundary=1.0, margin=0.3, sampling=sampling)(**given)
    assert found == pytest.approx(
        {"attractive": attractive, "repulsive": repulsive, "loss": attractive + repulsive}, rel=1e-5
    )


def test_the_margin_of_clusters_is_that_of_all_means_weighted_by_energy_and_purity() -> None:
    given, random = inputs(), np.random.default_rng(4)
    own = random.uniform(0.4, 1, HITS)
    given |= {
        "energy": random.uniform(0, 3, (HITS, 1)),
        "truth_objects": np.stack([TRUTH, np.full(HITS, -1)], axis=1),
        "truth_fractions": np.stack([own, 1 - own], axis=1),
    }
    x, w = given["coordinates"], given["hit_weight"][:, 0] * given["energy"][:, 0]
    w = w * (0.1 + 0.9 * np.clip((own - 0.5) / 0.5, 0, 1))

    def of_event(hits: np.ndarray) -> np.ndarray:
        labels = np.unique(TRUTH[hits][TRUTH[hits] >= 0])
        members = [hits[TRUTH[hits] == label] for label in labels]
        means = [np.average(x[own], axis=0, weights=w[own]) for own in members]
        v = np.array([given["object_weight"][own[0], 0] for own in members])
        pull, push = np.zeros(len(v)), np.zeros(len(v))
        for c, own in enumerate(members):
            length = np.linalg.norm(x[own] - means[c], axis=1)
            pull[c] = np.average(np.maximum(length - 0.5, 0) ** 2, weights=w[own])
            others = [
                np.maximum(3 - np.linalg.norm(means[c] - other), 0) ** 2 for k, other in enumerate(means) if k != c
            ]
            push[c] = np.mean(others) if others else 0
        return np.array([np.average(item, weights=v) for item in (pull, push, 1e-3 * np.linalg.norm(means, axis=1))])

    terms = np.asarray(over_events(given, of_event))  # type: ignore[arg-type]
    wanted = dict(zip(("attractive", "repulsive", "centre"), terms, strict=True)) | {"loss": terms.sum()}
    assert LossCase(CLUSTERS)(**given) == pytest.approx(wanted, rel=1e-5)


def test_an_object_of_no_weight_neither_pushes_nor_is_pushed() -> None:
    given = inputs()
    without = np.where((TRUTH == 7) & (EVENT == 3), 0.0, given["hit_weight"][:, 0])[:, None]
    noise = np.where((TRUTH == 7) & (EVENT == 3), -1, TRUTH)[:, None]
    case = LossCase(CLUSTERS)
    assert case(**{**given, "hit_weight": without}) == pytest.approx(case(**{**given, "truth_index": noise}), rel=1e-6)
