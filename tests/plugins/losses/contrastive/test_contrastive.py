"""The contrastive losses against all pairs of small events, and what they draw of large ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.plugins.losses.contrastive.pairs import group_hits
from tests.plugins.losses.contrastive.events import EVENT, HITS, TRUTH, anchor_weights, inputs, mean, over_events
from tests.plugins.losses.object_condensation.loss_case import LossCase

SUPERVISED, INFO_NCE = "contrastive:SupervisedContrastive", "contrastive:InfoNce"
TEMPERATURE = 0.3


def similarities(z: np.ndarray, similarity: str) -> np.ndarray:
    if similarity == "distance":
        return -((z[:, None] - z[None]) ** 2).sum(axis=2) / TEMPERATURE
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    return unit @ unit.T / TEMPERATURE


def supervised(s: np.ndarray, same: np.ndarray, others: np.ndarray, form: str) -> float:
    everything = np.exp(s[np.concatenate([same, others])]).sum()
    if form == "outside":
        return float(np.mean(-np.log(np.exp(s[same]) / everything)))
    ratio = np.exp(s[same]).sum() / everything
    return float(-np.log(ratio / len(same)) if form == "inside" else -np.log(ratio) / len(same))


def info_nce(s: np.ndarray, same: np.ndarray, others: np.ndarray) -> float:
    return float(np.mean([-np.log(np.exp(s[p]) / (np.exp(s[p]) + np.exp(s[others]).sum())) for p in same]))


def expected(given: dict[str, Any], similarity: str, cost: Any, lone_hits: bool = False) -> float:
    s, weights = similarities(given["coordinates"], similarity), anchor_weights(given)

    def of_event(hits: np.ndarray) -> float:
        values, counts = [], []
        for i in hits[TRUTH[hits] >= 0]:
            same, others = hits[(TRUTH[hits] == TRUTH[i]) & (hits != i)], hits[TRUTH[hits] != TRUTH[i]]
            if len(same) or lone_hits:
                values.append(cost(s[i], same, others) if len(same) else 0.0)
                counts.append(weights[i])
        return mean(values, counts)

    return over_events(given, of_event)


@pytest.mark.parametrize("similarity", ["cosine", "distance"])
@pytest.mark.parametrize(("form", "lone_hits"), [("outside", False), ("inside", False), ("divided", True)])
def test_the_supervised_loss_of_small_events_is_that_of_all_pairs(similarity: str, form: str, lone_hits: bool) -> None:
    parameters = {"form": form, "lone_hits": lone_hits, "similarity": similarity, "temperature": TEMPERATURE}
    given = inputs()
    wanted = expected(given, similarity, lambda *row: supervised(*row, form), lone_hits)
    assert LossCase(SUPERVISED, **parameters)(**given)["loss"] == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("similarity", ["cosine", "distance"])
def test_info_nce_of_small_events_is_that_of_all_pairs(similarity: str) -> None:
    given = inputs()
    case = LossCase(INFO_NCE, similarity=similarity, temperature=TEMPERATURE)
    assert case(**given)["loss"] == pytest.approx(expected(given, similarity, info_nce), rel=1e-5)


def test_recorded_numbers_of_other_codes_come_out(reference: Path) -> None:
    vectors = np.load(reference / "golden" / "2025" / "contrastive.npz")
    z, whole = vectors["z"], {"coordinates": vectors["z"], "truth_index": vectors["group"][:, None]}
    for form, name in (("outside", "supcon_out_tau01"), ("divided", "supcon_regraphcl_tau01")):
        found = LossCase(SUPERVISED, form=form, lone_hits=True)(**whole, row_splits=[0, len(z)])
        assert found["loss"] == pytest.approx(float(vectors[name]), rel=1e-5)
    triples = np.stack([z, z[vectors["pos"]], z[vectors["neg"]]], axis=1).reshape(-1, z.shape[1])
    found = LossCase(INFO_NCE)(
        coordinates=triples,
        truth_index=np.tile([0, 0, 1], len(z))[:, None],
        row_splits=3 * np.arange(len(z) + 1),
        hit_weight=np.tile([1, 0, 0], len(z))[:, None],
    )
    assert found["loss"] == pytest.approx(float(vectors["ntxent_tau01"]), rel=1e-5)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.integers(-1, 3), max_size=9), min_size=1, max_size=4),
    st.integers(1, 5),
    st.integers(0, 1000),
)
def test_pairs_stay_within_their_event_and_on_their_side(events: list[list[int]], limit: int, seed: int) -> None:
    truth = np.array([label for event in events for label in event], "int32")
    splits = np.concatenate([[0], np.cumsum([len(event) for event in events])]).astype("int32")
    event = np.repeat(np.arange(len(events)), np.diff(splits))
    groups = group_hits(tf.constant(truth), tf.constant(splits))
    anchors = np.flatnonzero(truth >= 0).astype("int32")
    random = tf.constant(np.random.default_rng(seed).uniform(size=(len(anchors), limit)), tf.float32)
    within, apart = (
        method(tf.constant(anchors), limit, random) for method in (groups.others_of_object, groups.of_other_objects)
    )
    for row, i in enumerate(anchors):
        own = np.flatnonzero((event == event[i]) & (truth == truth[i]))
        others = np.setdiff1d(np.flatnonzero(event == event[i]), own)
        for found, wanted in ((within, own[own != i]), (apart, others)):
            hits = found.hits.numpy()[row][found.known.numpy()[row] > 0]
            assert float(found.total[row]) == len(wanted)
            assert len(hits) == min(limit, len(wanted))
            assert set(hits) <= set(wanted)
            assert len(wanted) > limit or sorted(hits) == sorted(wanted)


@pytest.mark.parametrize("use", [SUPERVISED, INFO_NCE, "pair_margins:PairHinge", "pair_margins:PairMargin"])
def test_pairs_that_are_drawn_follow_from_the_seed_and_the_step(use: str) -> None:
    given = inputs()
    few = {"positives": 1} if use.endswith("PairHinge") else {"positives": 1, "negatives": 2}

    def steps(seed: int, count: int = 3) -> list[float]:
        case = LossCase(use, seed=seed, **few)
        return [case(training=True, **given)["loss"] for _ in range(count)]

    assert steps(5) == steps(5)
    assert len(set(steps(5))) == 3
    assert steps(5) != steps(6)
    case = LossCase(use, seed=5, **few)
    assert case(**given) == case(training=False, **given)


def test_what_is_drawn_stands_for_all() -> None:
    random = np.random.default_rng(2)
    given = {
        "coordinates": random.normal(size=(400, 3)),
        "truth_index": random.integers(-1, 4, (400, 1)),
        "row_splits": [0, 150, 400],
    }
    case = LossCase(SUPERVISED, positives=20, negatives=40, temperature=1.0)
    drawn = [case(training=True, **given)["loss"] for _ in range(20)]
    whole = LossCase(SUPERVISED, positives=400, negatives=400, temperature=1.0)(**given)["loss"]
    assert np.mean(drawn) == pytest.approx(whole, rel=2e-3)


@pytest.mark.parametrize(
    "use",
    [SUPERVISED, INFO_NCE, "pair_margins:PairHinge", "pair_margins:PairMargin", "pair_margins:ClusterMargin"],
)
def test_no_event_reaches_another_and_noise_is_no_anchor(use: str) -> None:
    given = inputs()
    only_last = {**given, "event_weight": np.where(EVENT[-1] == EVENT, 1.0, 0.0)[:, None]}
    case = LossCase(use)
    (gradient,) = case.gradients("coordinates", **only_last)
    assert not gradient[EVENT[-1] != EVENT].any()
    assert gradient[EVENT[-1] == EVENT].any()
    moved = {**only_last, "coordinates": given["coordinates"] + np.where(EVENT[-1] == EVENT, 0, 3)[:, None]}
    assert case(**moved) == case(**only_last)
    of_noise = {**given, "hit_weight": np.where(TRUTH < 0, 5.0, given["hit_weight"][:, 0])[:, None]}
    assert case(**of_noise) == case(**given)
    all_noise = {**given, "truth_index": np.full((HITS, 1), -1)}
    assert case(**all_noise)["loss"] == 0
