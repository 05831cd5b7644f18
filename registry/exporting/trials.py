"""Events that a model and what was made of it are compared on, and how far apart their outputs are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from registry.wiring.loaders import ROW_SPLITS

if TYPE_CHECKING:
    import keras

EVENTS = ((), (0,), (1,), (2,), (37,), (400,), (300, 0, 1, 200))
"""Hits of the events of every trial: no event, no hit, one hit, a few, more, and several events at once."""


def random_columns(model: keras.Model, sizes: Sequence[int], seed: int) -> dict[str, np.ndarray]:
    """Return columns of events of some numbers of hits, by the model's names: normal numbers, whole ones 0 to 2."""
    chance = np.random.default_rng(seed)
    splits = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int32)
    found = {}
    for name, tensor in model.input.items():
        shape = (int(splits[-1]), *(size or 1 for size in tensor.shape[1:]))
        if name.rpartition(".")[2] == ROW_SPLITS:
            found[name] = splits
        elif "int" in tensor.dtype or tensor.dtype == "bool":
            found[name] = chance.integers(0, 3, shape).astype(tensor.dtype)
        else:
            found[name] = chance.normal(size=shape).astype(tensor.dtype)
    return found


def distances(wanted: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Return for each output the largest difference, over the largest value that was wanted (1, if that is less).

    Infinite for an output that is missing, has another shape, or is finite in one of the two alone.
    """
    return {name: _distance(value, found.get(name)) for name, value in wanted.items()}


def _distance(wanted: np.ndarray, found: np.ndarray | None) -> float:
    if found is None or found.shape != wanted.shape:
        return float("inf")
    if not wanted.size:
        return 0.0
    first, second = wanted.astype(np.float64), found.astype(np.float64)
    finite = np.isfinite(first)
    if not (finite == np.isfinite(second)).all() or not np.array_equal(first[~finite], second[~finite], equal_nan=True):
        return float("inf")
    if not finite.any():
        return 0.0
    scale = max(1.0, float(np.abs(first[finite]).max()))
    return float(np.abs(first[finite] - second[finite]).max()) / scale
