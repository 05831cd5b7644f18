"""The hits of each true object, and the one of them that stands for it."""

from __future__ import annotations

import numpy as np


def event_numbers(row_splits: np.ndarray) -> np.ndarray:
    """Return the number of the event of each hit, int64 [hits]; `row_splits` [events + 1]."""
    splits = np.asarray(row_splits).reshape(-1).astype(np.int64)
    return np.repeat(np.arange(len(splits) - 1), np.diff(splits))


def object_numbers(truth_index: np.ndarray, row_splits: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the number of the object of each hit, counted over all events, -1 for noise, and how many there are.

    `truth_index` [hits], unique within an event, below 0 for noise.
    """
    truth = np.asarray(truth_index).reshape(-1).astype(np.int64)
    numbers = np.full(len(truth), -1, np.int64)
    real = truth >= 0
    pairs = np.stack([event_numbers(row_splits)[real], truth[real]], axis=1)
    if not len(pairs):
        return numbers, 0
    found, numbers[real] = np.unique(pairs, axis=0, return_inverse=True)
    return numbers, len(found)


def condensation_points(beta: np.ndarray, objects: np.ndarray, count: int) -> np.ndarray:
    """Return the hit of the largest beta of each object, int64 [objects]; of equal ones the first.

    `beta` [hits]; `objects` [hits]: the number of each hit's object, -1 for none; every one of `count` has a hit.
    """
    beta = np.asarray(beta, np.float64).reshape(-1)
    order = np.lexsort((np.arange(len(beta)), -beta, objects))
    order = order[objects[order] >= 0]
    first = np.concatenate([np.ones(min(len(order), 1), bool), objects[order][1:] != objects[order][:-1]])
    points: np.ndarray = order[first]
    assert len(points) == count
    return points
