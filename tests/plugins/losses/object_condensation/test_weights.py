"""Weights of hits, objects and events, and hits that several objects share: the losses are what their formulas say."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.plugins.losses.object_condensation.events import batch
from tests.plugins.losses.object_condensation.loss_case import LossCase

BASIC = "object_condensation:BasicObjectCondensation"
SIZES = [9, 0, 14, 6]
Q_MIN = 0.5


def inputs(seed: int = 0) -> dict[str, Any]:
    """Return a batch, with shares of up to two objects in every hit of an object."""
    made = batch(SIZES, seed, objects=3)
    random = np.random.default_rng(seed + 100)
    hits = len(made["beta"])
    truth, splits = made["truth_index"][:, 0], made["row_splits"]
    other = np.full(hits, -1)
    for start, stop in pairwise(splits):
        for hit in range(start, stop):
            choices = [one for one in np.unique(truth[start:stop]) if one >= 0 and one != truth[hit]]
            if truth[hit] >= 0 and choices and random.random() < 0.5:
                other[hit] = random.choice(choices)
    first = np.where(truth >= 0, random.uniform(0.5, 0.9, hits), 0.0)
    second = np.where(other >= 0, random.uniform(0.0, 1.0, hits) * (1 - first), 0.0)
    of_event = np.repeat(random.uniform(0.2, 3, len(SIZES)), SIZES)
    made |= {"hit_weight": random.uniform(0.2, 3, (hits, 1)), "event_weight": of_event[:, None]}
    of_objects = random.uniform(0.2, 3, (len(SIZES), 20))
    event = np.repeat(np.arange(len(SIZES)), SIZES)
    made["object_weight"] = of_objects[event, np.maximum(truth, 0)][:, None]
    made |= {"truth_objects": np.stack([truth, other], axis=1), "truth_fractions": np.stack([first, second], axis=1)}
    return made


def expected(given: dict[str, Any]) -> dict[str, float]:
    """Return attraction, repulsion and noise by loops over events and objects, in NumPy alone."""
    sums = {"attractive": 0.0, "repulsive": 0.0, "noise": 0.0}
    splits = given["row_splits"]
    ones = np.ones_like(given["beta"])
    for start, stop in pairwise(splits):
        own = {name: np.asarray(value)[start:stop] for name, value in given.items() if name != "row_splits"}
        if start == stop:
            continue
        beta, x, d, truth = own["beta"][:, 0], own["ccoords"], own["distance"][:, 0], own["truth_index"][:, 0]
        w, v, g = (own.get(name, ones[start:stop])[:, 0] for name in ("hit_weight", "object_weight", "event_weight"))
        labels = [label for label in np.unique(truth) if label >= 0]
        if "truth_objects" in own:
            fraction = {k: ((own["truth_objects"] == k) * own["truth_fractions"]).sum(axis=1) for k in labels}
        else:
            fraction = {k: (truth == k).astype(float) for k in labels}
        q = np.arctanh(beta / 1.01) ** 2 + Q_MIN
        attractive, repulsive, weights = [], [], []
        for k in labels:
            f = fraction[k]
            point = int(np.argmax(f * w * q))
            u = ((x - x[point]) ** 2).sum(axis=1) / (d[point] ** 2 + 1e-4)
            attractive.append(q[point] * (np.log(np.e * u / 2 + 1) * f * w * q).sum() / ((f * w).sum() + 1e-3))
            out = (1 - f) * w
            repulsive.append(q[point] * (np.exp(-u / 2) * out * q).sum() / (out.sum() + 1e-3))
            weights.append(v[np.flatnonzero(truth == k)[0]])
        if labels:
            sums["attractive"] += g[0] * np.average(attractive, weights=weights)
            sums["repulsive"] += g[0] * np.average(repulsive, weights=weights)
        nobody = w * (1 - sum(fraction.values(), np.zeros(len(beta))))
        sums["noise"] += g[0] * (nobody * beta).sum() / (nobody.sum() + 1e-3)
    return {name: value / (len(SIZES) + 1e-3) for name, value in sums.items()}


WIRED = (
    (),
    ("hit_weight",),
    ("object_weight",),
    ("event_weight",),
    ("truth_objects", "truth_fractions"),
    ("hit_weight", "object_weight", "event_weight", "truth_objects", "truth_fractions"),
)


@pytest.mark.parametrize("wired", WIRED, ids="+".join)
def test_the_terms_are_those_of_the_formula(wired):
    for seed in range(3):
        given = inputs(seed)
        names = ("beta", "ccoords", "distance", "truth_index", "row_splits", *wired)
        given = {name: given[name] for name in names}
        case = LossCase(BASIC, q_min=Q_MIN, use_average_cc_pos=0.0)
        found = case(**given)
        for name, value in expected(given).items():
            assert found[name] == pytest.approx(value, rel=2e-4), (seed, name)


def test_fractions_of_whole_hits_change_nothing():
    given = {name: value for name, value in inputs(5).items() if name not in ("truth_objects", "truth_fractions")}
    # Truth of an object is the same on all its hits.
    given = {name: value for name, value in given.items() if not name.startswith("truth_") or name == "truth_index"}
    case = LossCase(BASIC)
    given = {port.name: given[port.name] for port in case.block.inputs if port.name in given}
    truth = given["truth_index"]
    whole = {"truth_objects": truth, "truth_fractions": (truth >= 0).astype(float)}
    assert case(**given, **whole) == pytest.approx(case(**given), rel=1e-6)


@pytest.mark.parametrize("name", ["hit_weight", "object_weight", "event_weight"])
def test_a_weight_of_1_for_all_changes_no_digit(name):
    given = batch(SIZES, 6)
    case = LossCase("object_condensation:ObjectCondensation")
    assert case(**given, **{name: np.ones_like(given["beta"])}) == case(**given)


def test_copies_carry_the_truth_of_their_objects():
    given = inputs(7)
    truth = given["truth_index"][:, 0]
    event = np.repeat(np.arange(len(SIZES)), SIZES)
    given["truth_energy"] = np.where(truth >= 0, 1.0 + truth + 10 * event, 0.5)[:, None]
    given["energy_factor"] = np.ones_like(given["beta"])
    found = LossCase("object_condensation:ObjectCondensation", payload="full", train_energy_correction=False)(**given)
    assert np.isfinite(list(found.values())).all()
    assert found["energy"] != pytest.approx(
        LossCase("object_condensation:ObjectCondensation", payload="full", train_energy_correction=False)(
            **{key: value for key, value in given.items() if key not in ("truth_objects", "truth_fractions")}
        )["energy"],
        rel=1e-6,
    )


def test_hits_and_events_of_the_noise_filter_are_weighted():
    given = inputs(8)
    given = {"score": given["beta"], **{name: given[name] for name in ("truth_index", "hit_weight", "event_weight")}}
    score, truth = given["score"][:, 0], given["truth_index"][:, 0] >= 0
    entropy = -np.where(truth, np.log(score + 1e-7), np.log(1 - score + 1e-7))
    w, g = given["hit_weight"][:, 0], given["event_weight"][:, 0]
    assert LossCase("not_noise:NotNoise")(**given)["loss"] == pytest.approx((g * w * entropy).sum() / w.sum(), rel=1e-5)
