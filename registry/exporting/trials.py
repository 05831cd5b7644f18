"""Events that a model and what was made of it are compared on, and how far apart their outputs are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from registry.contract.errors import RunError
from registry.wiring.loaders import ROW_SPLITS

if TYPE_CHECKING:
    import keras

EVENTS = ((), (0,), (1,), (2,), (37,), (400,), (300, 0, 1, 200))
"""Hits of the events of every trial: no event, no hit, one hit, a few, more, and several events at once."""

MOST = 1e-4
"""The largest difference of two outputs that are the same, in units of the largest value."""

ROUNDING = 1e-5
"""By how much numbers are changed to see whether rounding decides.

As much as outputs of onnxruntime were seen to differ from TensorFlow's behind some layers; an operation rounds by 6e-8.
"""

SHAKES = 20
"""Changes of that size under which an event has to keep its outputs."""

LEAST = 2
"""Hits of the smallest events that are drawn in place of larger ones."""

ATTEMPTS = 30
"""Events of a size that are drawn until one is found that rounding does not decide."""


@dataclass(frozen=True)
class Trial:
    """Events of some numbers of hits: their columns by the model's names, and the model's outputs by its own."""

    sizes: Sequence[int]
    columns: dict[str, np.ndarray]
    outputs: Mapping[str, np.ndarray]


def trial(model: keras.Model, sizes: Sequence[int], seed: int) -> Trial:
    """Draw events whose outputs do not hang on rounding, and return them.

    A network that looks for neighbours, or keeps hits above a threshold, jumps where two distances or a value and the
    threshold are equal. Near such a place another order of the same sums chooses otherwise, on another machine as in
    another format; what an export is worth can be seen away from it. Whether an event is near one is a matter of the
    model alone: its outputs change by more than `MOST` when its columns change by `ROUNDING` of themselves. Where all
    events of a size are, those of half the size are drawn. Raises RunError if there are none with two hits.
    """
    chance = np.random.default_rng([seed, *sizes])
    for _ in range(ATTEMPTS):
        columns = random_columns(model, sizes, chance)
        outputs = model.predict_on_batch(columns)
        if all(_same(outputs, model.predict_on_batch(_shaken(columns, chance))) for _ in range(SHAKES)):
            return Trial(sizes, columns, outputs)
    if max(sizes, default=0) <= LEAST:
        message = f"a change of {ROUNDING:g} of the columns of random events of {max(sizes)} hits changes its outputs"
        raise RunError(f"no export of this model can be proved: {message} by more than {MOST:g} of their scale")
    return trial(model, [size // 2 for size in sizes], seed)


def _shaken(columns: Mapping[str, np.ndarray], chance: np.random.Generator) -> dict[str, np.ndarray]:
    """Return columns whose numbers are a bit more, or less."""
    return {
        name: (values * (1 + ROUNDING * chance.choice((-1, 1), values.shape))).astype(values.dtype)
        if np.issubdtype(values.dtype, np.floating)
        else values
        for name, values in columns.items()
    }


def _same(wanted: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray]) -> bool:
    return max(distances(wanted, found).values()) <= MOST


def random_columns(model: keras.Model, sizes: Sequence[int], seed: int | np.random.Generator) -> dict[str, np.ndarray]:
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
