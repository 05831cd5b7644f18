"""Arrays for the inputs of a block, by their types; rows of them taken and put into another order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from registry.contract.axes import Axis, TensorType
from registry.contract.block import Block
from registry.testing.inputs import EVENTS, HITS, Inputs

Values = dict[str, Any]
"""Arrays by port; lists of them where a port takes many, dicts where it takes the rest."""

TRUTH_INDEX = "truth_index"
"""The port that says which object a hit belongs to."""

OBJECTS = 4
"""The most objects of an event."""

KEPT = 0.4
"""The share of hits that is on an axis of kept ones."""


def values_of(block: Block, inputs: Inputs, sizes: Sequence[int], seed: int = 0, spread: float = 1.0) -> Values:
    """Return arrays for events of these sizes: numbers of a normal distribution times `spread`, within their bounds."""
    random = np.random.default_rng(seed)
    row_splits = np.concatenate([[0], np.cumsum(sizes)]).astype("int64")
    hits = int(row_splits[-1])
    kept = np.flatnonzero(random.uniform(size=hits) < KEPT)
    lists = _neighbours(random, row_splits, inputs)
    ports = {port.name: port for port in block.inputs}
    groups = _groups(random, row_splits)

    def one(name: str, type_: TensorType) -> np.ndarray:
        rows = {HITS: hits, EVENTS: len(sizes)}.get(_plain(type_.axes[0]), len(kept))
        shape = (rows, *(int(size) for size in type_.axes[1:] if not isinstance(size, Axis)))
        if type_.points_to is not None:
            offset = getattr(type_.axes[0], "offset", 0)
            found = row_splits if offset else lists[shape[1]] if shape[1:] != (1,) else kept[:, None]
            return found.astype(type_.dtype)
        bounds, of = (ports[name].bounds, ports[name].of) if name in ports else (None, "hit")
        if name == TRUTH_INDEX and type_.axes[0] == HITS:
            return _labels(groups).astype(type_.dtype)
        made = _numbers(random, shape, type_.dtype, bounds, spread)
        if type_.axes[0] == HITS and of in groups:
            made = made[groups[of]]
        if type_.axes[0] == HITS and len(shape) == 2 and shape[1] in lists and (bounds or (None,))[0] == 0:
            # What belongs to neighbours has no value where there is none, and none of the hit to itself.
            made = np.where(lists[shape[1]] >= 0, made, 0).astype(made.dtype)
            made[:, 0] = 0
        return made

    return mapped(inputs.types, one)


def _groups(random: np.random.Generator, row_splits: np.ndarray) -> dict[str, np.ndarray]:
    """Return, for each hit, a hit that stands for its object, and one that stands for its event."""
    sizes = np.diff(row_splits)
    event, hits = np.repeat(np.arange(len(sizes)), sizes), np.arange(row_splits[-1])
    labels = len(sizes) * random.integers(0, OBJECTS, len(hits)) + event
    found, objects = (np.unique(item, return_inverse=True) for item in (labels, event)), {}
    for of, (values, inverse) in zip(("object", "event"), found, strict=True):
        first = np.zeros(len(values), int)
        first[inverse[::-1]] = hits[::-1]
        objects[of] = first[inverse]
    return objects


def _labels(groups: dict[str, np.ndarray]) -> np.ndarray:
    """Return the object of each hit, [hits, 1]: labels are no numbers from 0, and differ from event to event."""
    numbers = 7 * (groups["object"] - groups["event"]) + 2
    return np.where(numbers % 5 == 0, -1, numbers)[:, None]


def _plain(axis: Any) -> Any:
    return Axis(axis.name, axis.origin) if isinstance(axis, Axis) else axis


def _numbers(
    random: np.random.Generator,
    shape: tuple[int, ...],
    dtype: str,
    bounds: tuple[float | None, float | None] | None,
    spread: float,
) -> np.ndarray:
    low, high = bounds or (None, None)
    if "int" in dtype:
        least = -1 if low is None else int(low)
        return random.integers(least, least + 4 if high is None else int(high) + 1, shape).astype(dtype)
    if dtype == "bool":
        return random.uniform(size=shape) < 0.5
    if low is not None and high is not None:
        return random.uniform(low, high, shape).astype(dtype)
    made = spread * random.normal(size=shape)
    if low is not None or high is not None:
        made = (low or 0.0) + np.abs(made) if low is not None else (high or 0.0) - np.abs(made)
    return made.astype(dtype)


def _neighbours(random: np.random.Generator, row_splits: np.ndarray, inputs: Inputs) -> dict[int, np.ndarray]:
    """Return neighbours for each width of a list: the hit itself, then others of its event, -1 where there are none."""
    widths = {type_.axes[1] for type_ in inputs.flat() if type_.points_to is not None and len(type_.axes) == 2}
    lists = {}
    for width in sorted(size for size in widths if isinstance(size, int) and size > 1):
        found = np.full((int(row_splits[-1]), width), -1)
        for first, last in pairwise(row_splits):
            # Each hit's neighbours follow it in an order of the event's hits.
            order, size = first + random.permutation(last - first), last - first
            place = np.arange(size)
            for column in range(min(width, size)):
                found[order, column] = order[(place + column) % size]
        lists[width] = found
    return lists


def mapped(types: Mapping[str, Any], function: Callable[[str, TensorType], Any]) -> Values:
    """Return what a function makes of every tensor's type, in the form that the inputs have."""

    def one(name: str, item: Any) -> Any:
        if isinstance(item, list):
            return [function(name, type_) for type_ in item]
        if isinstance(item, dict):
            return {key: function(key, type_) for key, type_ in item.items()}
        return function(name, item)

    return {name: one(name, item) for name, item in types.items()}


def paired(values: Values, types: Mapping[str, Any], function: Callable[[np.ndarray, TensorType], Any]) -> Values:
    """Return what a function makes of every array with its type, in the form that the inputs have."""

    def one(value: Any, item: Any) -> Any:
        if isinstance(item, list):
            return [function(array, type_) for array, type_ in zip(value, item, strict=True)]
        if isinstance(item, dict):
            return {key: function(value[key], type_) for key, type_ in item.items()}
        return function(value, item)

    return {name: one(values[name], item) for name, item in types.items()}


def splits_of(values: Values, inputs: Inputs) -> np.ndarray | None:
    """Return the row splits among the inputs, if there are some."""
    for name, item in inputs.types.items():
        if isinstance(item, TensorType) and isinstance(item.axes[0], Axis) and item.axes[0].offset:
            found: np.ndarray = values[name]
            return found
    return None


def rows_taken(values: Values, inputs: Inputs, rows: np.ndarray, row_splits: np.ndarray, hits: int) -> Values:
    """Return the inputs of these hits alone, in this order, with these row splits; what points to others is -1."""
    place = np.full(hits + 1, -1)
    place[rows] = np.arange(len(rows))
    kept = _kept(values, inputs)
    moved = place[kept] if kept is not None else np.zeros(0, int)
    order = np.argsort(moved, kind="stable")[np.count_nonzero(moved < 0) :]

    def one(value: np.ndarray, type_: TensorType) -> np.ndarray:
        first = type_.axes[0]
        if isinstance(first, Axis) and first.offset:
            return row_splits.astype(value.dtype)
        found = value[order if first not in (HITS, EVENTS) else rows] if first != EVENTS else value
        return place[found].astype(value.dtype) if type_.points_to == HITS else found

    return paired(values, inputs.types, one)


def _kept(values: Values, inputs: Inputs) -> np.ndarray | None:
    """Return the places of the kept hits, if some input is on an axis of kept ones."""
    for name, item in inputs.types.items():
        if isinstance(item, TensorType) and positions_on(item):
            found: np.ndarray = values[name].reshape(-1)
            return found
    return None


def positions_on(type_: TensorType) -> Axis | None:
    """Return the axis of which a tensor says where its rows are among the hits."""
    first = type_.axes[0] if type_.axes else None
    rows = isinstance(first, Axis) and first != HITS and not first.offset and not first.name.startswith("event")
    return first if rows and type_.points_to == HITS and type_.axes[1:] in ((), (1,)) else None  # type: ignore[return-value]
