"""Gives a new run the weights of another one, and says what was taken and what not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from registry.contract.errors import InputError, Problem
from registry.contract.spelling import did_you_mean
from registry.contract.tracker import RunInfo
from registry.training.finding import Found
from registry.training.saved import Saved
from registry.wiring.digest import LENGTH

if TYPE_CHECKING:
    from registry.compiling.model import Compiled

TRAINING = "fingerprint.training"


def parent_tags(found: Found) -> dict[str, str]:
    """Return the tags that link a run to the one whose weights it starts from."""
    saved = found.saved
    return {
        "parent.run": saved.made_by.id,
        "parent.name": saved.made_by.name,
        "parent.tracker": saved.made_by.tracker,
        "parent.checkpoint": f"{saved.name}, step {saved.position.step}",
        "parent.weights": saved.digest[:LENGTH],
    }


def with_parent(info: RunInfo, tags: Mapping[str, str]) -> RunInfo:
    """Return the record of a run that starts from other weights: in these two trainings may differ, too."""
    if not tags:
        return info
    mixed = f"{info.tags.get(TRAINING, '')} {tags['parent.weights']}"
    training = hashlib.sha256(mixed.encode()).hexdigest()[:LENGTH]
    return replace(info, tags={**info.tags, **tags, TRAINING: training})


def take_weights(saved: Saved, compiled: Compiled) -> str:
    """Set the weights of every node from a checkpoint, and return what was done; states of an optimiser are left out.

    Raises InputError, which names all that does not fit.
    """
    there: dict[str, list[np.ndarray]] = {}
    for (node, _, weight), value in zip(saved.variables, saved.model, strict=True):
        if weight:
            there.setdefault(node, []).append(value)
    layers = {node: layer for node, layer in compiled.layers.items() if layer.weights}
    problems = []
    for node, layer in layers.items():
        origin = compiled.checked.nodes[node].written.origin
        expected = [tuple(weight.shape) for weight in layer.weights]
        if node not in there:
            hint = did_you_mean(node, there) or f"it has: {', '.join(there)}"
            problems.append(Problem(f"{saved.name} has no weights of this node", origin, node, hint))
        elif expected != [value.shape for value in there[node]]:
            received = [value.shape for value in there[node]]
            message = f"the weights in {saved.name} do not fit: expected shapes {expected}, received {received}"
            problems.append(Problem(message, origin, node, "was the other run's node declared with other options?"))
    if problems:
        raise InputError(problems)
    for node, layer in layers.items():
        layer.set_weights(there[node])
    unused = [node for node in there if node not in layers]
    count = sum(value.size for node in layers for value in there[node])
    taken = f"{count:,} weights of {len(layers)} nodes from {saved.name}: {', '.join(layers)}"
    return f"{taken}; not used: {', '.join([*unused, 'state of the optimiser'])}"
