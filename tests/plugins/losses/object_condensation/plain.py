"""Object condensation in plain NumPy, event by event and object by object."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

Array = np.ndarray


def condensation(inputs: dict[str, Any], options: dict[str, Any]) -> dict[str, float]:
    """Return attractive, repulsive, min_beta, noise and too_much_beta of a batch, and the mean over its events.

    `inputs`: beta, x, distance, spectator, weight, truth_index, row_splits. `options`: the core's parameters.
    """
    splits = inputs["row_splits"]
    events = [{name: value[a:b] for name, value in inputs.items() if name != "row_splits"} for a, b in pairwise(splits)]
    found = [_event(event, options) for event in events]
    return {name: sum(one[name] for one in found) / (len(events) + 1e-3) for name in found[0]}


def _event(event: dict[str, Array], options: dict[str, Any]) -> dict[str, float]:
    beta, spectator, truth = event["beta"], event["spectator"], event["truth_index"]
    noise = truth < 0
    penalty = options["s_b"] * _share(beta, noise) + options["spect_supp"] * _share(beta, spectator)
    labels = list(dict.fromkeys(truth[~noise]))
    result = dict.fromkeys(("attractive", "repulsive", "min_beta", "too_much_beta"), 0.0)
    if not labels:
        return {**result, "noise": penalty}
    charge = charges(beta, spectator, noise, options)
    objects = [_object(event, charge, truth == label, len(labels), options) for label in labels]
    slots = max(np.sum(truth == label) for label in labels)
    for label, one in zip(labels, objects, strict=True):
        one["min_beta"] = _beta_penalty(beta[truth == label], slots, options)
    weight = np.array([one["weight"] for one in objects])
    norm = weight.sum() if options["normalise_by_object_weight"] else len(labels)
    for name in result:
        result[name] = float(sum(one[name] * one["weight"] for one in objects) / norm) if norm else 0.0
    return {**result, "noise": penalty}


def payload(inputs: dict[str, Any], options: dict[str, Any], losses: Array) -> float:
    """Return the losses [hits], averaged with β² over each object, with ω over objects, then over events."""
    total = 0.0
    for a, b in pairwise(inputs["row_splits"]):
        beta, spectator, weight, truth = (inputs[name][a:b] for name in ("beta", "spectator", "weight", "truth_index"))
        charge = charges(beta, spectator, truth < 0, options)
        share = beta**2 * np.clip(1 - spectator, 0, 1) + 1e-6
        means, omegas = [], []
        for label in dict.fromkeys(truth[truth >= 0]):
            member = truth == label
            means.append(np.sum(share[member] * losses[a:b][member]) / np.sum(share[member]))
            omegas.append(weight[member][np.argmax(charge[member])])
        total += np.dot(omegas, means) / np.sum(omegas) if np.sum(omegas) else 0.0
    return float(total / (len(inputs["row_splits"]) - 1 + 1e-3))


def _share(beta: Array, weights: Array) -> float:
    return float(np.sum(beta * weights) / (np.sum(weights) + 1e-3))


def charges(beta: Array, spectator: Array, noise: Array, options: dict[str, Any]) -> Array:
    """Return q of every hit."""
    q_min, share = options["q_min"], np.clip(1 - spectator, 0, 1)
    learned = np.arctanh(beta / 1.01) ** 2
    charge = (learned + q_min) * share
    if options["implementation"] == "hinge_qmin":
        charge = learned + q_min * share
    if options["noise_charge"] is not None:
        charge = np.where(noise, options["noise_charge"], charge)
    return charge


def _object(
    event: dict[str, Array], q: Array, member: Array, n_objects: int, options: dict[str, Any]
) -> dict[str, float]:
    x, d, beta = event["x"], event["distance"], event["beta"]
    alpha = np.flatnonzero(member)[np.argmax(q[member])]
    a = options["use_average_cc_pos"]
    weights, floor = (beta, 1e-6) if options["beta_weighted_centre"] else (q, 1e-4)
    weights = weights[member]
    mean = np.sum(weights[:, None] * x[member], axis=0) / (weights.sum() + floor)
    centre = a * mean + (1 - a) * x[alpha] if a > 0 else x[alpha]
    d_k = d[alpha]
    if options["beta_weighted_centre"] and a > 0:
        d_k = a * np.sum(weights * d[member]) / (weights.sum() + floor) + (1 - a) * d[alpha]

    manhattan = options["implementation"] == "hinge_manhatten"
    delta = x - centre
    squared = np.sum(np.abs(delta), axis=1) ** 2 if manhattan else np.sum(delta**2, axis=1)
    power = 2 if options["squared_distance_scale"] else 1
    u = squared / (d_k**power + 1e-4)
    n, n_k = len(q), member.sum()
    attracted = n / n_objects if options["global_attraction"] else n_k
    asked = options["repulsion_hits"]
    of_objects = 4 * (event["truth_index"] >= 0).sum() / n_objects
    others = n - n_k if asked is None else of_objects if asked == "objects" else asked
    attraction_u, q_own, q_alpha = u[member], q[member], q[alpha]
    if options["implementation"] == "pushpull":
        attraction_u = squared[member] / (0.95 * d_k**2 + 0.05 * d[member] ** 2 + 1e-4)
        q_own, q_alpha = (b + options["q_min"] / 10 for b in (beta[member], beta[alpha]))
    return {
        "attractive": q_alpha * np.sum(attraction(attraction_u, options) * q_own) / (attracted + 1e-3),
        "repulsive": q[alpha] * np.sum(repulsion(u[~member], options) * q[~member]) / (others + 1e-3),
        "too_much_beta": np.log((1 - beta[member].sum()) ** 2 + 1 + 1e-8),
        "weight": event["weight"][alpha],
    }


def attraction(u: Array, options: dict[str, Any]) -> Array:
    """Return A(u)."""
    match options["implementation"]:
        case "pushpull":
            return np.where(u != 0, -np.exp(-(u / 0.25) / 2), 0.0)
        case "precond":
            return 1 - np.exp(-u / (2 * 0.1**2)) + 0.1 * np.sqrt(u + 1e-6)
        case "hinge_deadzone":
            return 1 - np.exp(-10 * u)
    return np.log(np.e * u / 2 + 1)


def repulsion(u: Array, options: dict[str, Any]) -> Array:
    """Return R(u)."""
    if options["implementation"].startswith("hinge"):
        return np.maximum(1 - np.sqrt(u + 1e-6), 0)
    return np.exp(-u / 2)


def _beta_penalty(beta: Array, slots: int, options: dict[str, Any]) -> float:
    if options["implementation"] == "pushpull":
        return 0.0
    padded = np.concatenate([beta, np.zeros(slots - len(beta))])
    soft_maximum = 1e-3 * np.log(np.sum(np.exp((padded - padded.max()) / 1e-3))) + padded.max()
    return float(1 - soft_maximum + 1 - np.clip(beta.sum(), 0, 1))
