"""Small events for the losses of metric learning, and means over them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

SIZES = [9, 0, 1, 12]
SPLITS = np.concatenate([[0], np.cumsum(SIZES)])
HITS = sum(SIZES)
EVENT = np.repeat(np.arange(len(SIZES)), SIZES)
TRUTH = np.array([4, 4, 9, -1, 4, 9, 9, -1, 2, 0, 7, 0, 7, 0, -1, 3, 0, 7, -1, -1, 7, 0])


def inputs(seed: int = 1, spread: float = 0.7, dimensions: int = 3) -> dict[str, np.ndarray]:
    """Return events without hits, with one, with lone hits of objects and with noise; and weights of all kinds."""
    random = np.random.default_rng(seed)
    of_object, of_event = random.uniform(0.5, 2, (len(SIZES), 10)), random.uniform(0.5, 2, len(SIZES))
    return {
        "coordinates": spread * random.normal(size=(HITS, dimensions)),
        "truth_index": TRUTH[:, None],
        "row_splits": SPLITS,
        "hit_weight": random.uniform(0.5, 2, (HITS, 1)),
        "object_weight": of_object[EVENT, np.maximum(TRUTH, 0)][:, None],
        "event_weight": of_event[EVENT][:, None],
    }


def anchor_weights(given: dict[str, Any]) -> np.ndarray:
    """Return what each hit counts as an anchor, [hits]."""
    return np.where(TRUTH >= 0, given["hit_weight"][:, 0] * given["object_weight"][:, 0], 0)


def over_events(given: dict[str, Any], of_event: Callable[[np.ndarray], float]) -> float:
    """Return the mean over events, each times its weight, of what the numbers of its hits give."""
    total = 0.0
    for first, last in pairwise(SPLITS):
        if last > first:
            total += given["event_weight"][first, 0] * of_event(np.arange(first, last))
    return total / len(SIZES)


def mean(values: list[float], weights: list[float]) -> float:
    """Return the weighted mean; 0 of nothing."""
    return float(np.average(values, weights=weights)) if values else 0.0
