"""Which hits and events of a file are used, and in which part."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from registry.contract.data import PARTS, DataError, Part
from registry.plugins.loaders.arrays.options import ArraysParams, FilterOptions
from registry.plugins.loaders.identifiers import is_one_of


def kept_hits(filters: dict[str, FilterOptions], arrays: dict[str, np.ndarray], hits: int) -> np.ndarray:
    """Return which hits every filter keeps, bool [hits]."""
    kept = np.ones(hits, dtype=bool)
    for name, options in filters.items():
        kept &= _within(arrays[name], options.min, options.max)
        if options.values is not None:
            kept &= is_one_of(arrays[name], options.values)
    return kept


def _within(values: np.ndarray, lowest: float | None, highest: float | None) -> np.ndarray:
    """Return which values are within bounds; whole numbers are compared with whole numbers, exactly."""
    if values.dtype.kind not in "iu":
        kept: np.ndarray = values >= (-np.inf if lowest is None else lowest)
        return kept & (values <= (np.inf if highest is None else highest))
    limits = np.iinfo(values.dtype)
    first = limits.min if lowest is None or lowest < limits.min else math.ceil(lowest)
    last = limits.max if highest is None or highest > limits.max else math.floor(highest)
    if first > limits.max or last < limits.min:
        return np.zeros(len(values), dtype=bool)
    kept = values >= values.dtype.type(first)
    return kept & (values <= values.dtype.type(last))


def without_small(truth_index: np.ndarray, splits: np.ndarray, least: int) -> np.ndarray:
    """Return the numbers of objects with -1, noise, where one has fewer than `least` hits; int32 [hits]."""
    event = np.repeat(np.arange(len(splits) - 1), np.diff(splits))
    _, own, hits = np.unique(np.stack([event, truth_index], axis=1), axis=0, return_inverse=True, return_counts=True)
    return np.where(hits[own.reshape(-1)] < least, np.int32(-1), truth_index)


def deal(params: ArraysParams, n_events: int, splits: np.ndarray) -> dict[Part, np.ndarray]:
    """Return the events of every part; raises DataError for a part that is asked for and gets none.

    `splits`: of all events in the file.
    """
    split = params.split
    order = np.arange(n_events)
    if split.seed is not None:
        order = np.random.default_rng(split.seed).permutation(order)
    ends = np.round(np.cumsum([0.0, split.train, split.validation, split.test]) * n_events).astype(np.int64)
    for index, part in enumerate(PARTS):
        # The test part is looked at after training: without being asked for, it may be missing.
        asked_for = part == "train" or (getattr(split, part) and (part != "test" or part in split.model_fields_set))
        if ends[index] == ends[index + 1] and asked_for:
            raise _no_events(params, part, n_events, splits)
    return {part: order[ends[index] : ends[index + 1]] for index, part in enumerate(PARTS)}


def _no_events(params: ArraysParams, part: Part, n_events: int, splits: np.ndarray) -> DataError:
    names: dict[Part, str] = {"train": "training", "validation": "validation", "test": "test"}
    message = f"there are no {names[part]} events: {n_events} events are left of {Path(params.file).name}"
    if not n_events:
        message += f", which has {len(splits) - 1} events with {splits[-1]} hits"
        hint = "loosen 'filter', 'min_hits' and 'max_hits'" if splits[-1] else "is it the right file?"
        return DataError(message, "split" if splits[-1] else "file", hint)
    hint = f"raise 'split.{part}'" + ("" if part == "train" else ", or set it to 0 to do without")
    return DataError(message, f"split.{part}", hint)
