"""Which hits and events of a file are used, and in which part."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from registry.contract.data import PARTS, DataError, Part
from registry.plugins.loaders.description.selection_options import FilterOptions, SplitOptions
from registry.plugins.loaders.identifiers import is_one_of


def within(values: np.ndarray, options: FilterOptions) -> np.ndarray:
    """Return which values a filter keeps, bool [n]."""
    kept = _within(values, options.min, options.max)
    return kept if options.values is None else kept & is_one_of(values, options.values)


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
    own = _object_of_hit(truth_index, splits)
    return np.where(np.bincount(own)[own] < least, np.int32(-1), truth_index)


def without_weak(truth_index: np.ndarray, splits: np.ndarray, energy: np.ndarray, least: float) -> np.ndarray:
    """Return the numbers of objects with -1, noise, where the hits of one have less energy together; int32 [hits]."""
    own = _object_of_hit(truth_index, splits)
    total = np.bincount(own, weights=energy.astype(np.float64))
    return np.where(total[own] < least, np.int32(-1), truth_index)


def _object_of_hit(truth_index: np.ndarray, splits: np.ndarray) -> np.ndarray:
    """Return a number for each hit's object, and for the noise of its event, equal for hits of one, int64 [hits]."""
    event = np.repeat(np.arange(len(splits) - 1), np.diff(splits))
    return event * (int(truth_index.max(initial=-1)) + 2) + truth_index + 1


def deal(
    split: SplitOptions, n_events: int, left_of: str, groups: np.ndarray | None = None, may_be_empty: bool = False
) -> dict[Part, np.ndarray]:
    """Return the events of every part; raises DataError for a part that is asked for and gets none.

    `groups` [events]: events of one number stay together; `left_of`: what the events are left of, for the error;
    `may_be_empty`: no event at all is no error.
    """
    n_dealt = n_events if groups is None else int(groups.max(initial=-1)) + 1
    order = np.arange(n_dealt)
    if split.seed is not None:
        order = np.random.default_rng(split.seed).permutation(order)
    dealt = dict(zip(PARTS, _cut(split, order), strict=True))
    if groups is not None:
        dealt = {part: np.flatnonzero(np.isin(groups, chosen)) for part, chosen in dealt.items()}
    for part in PARTS:
        if not len(dealt[part]) and _is_asked_for(split, part) and (n_events or not may_be_empty):
            raise _no_events(part, n_events, left_of, split.folds, n_dealt)
    return dealt


def _is_asked_for(split: SplitOptions, part: Part) -> bool:
    if part == "test":
        # It is looked at after training: unless it is asked for, or the fold itself, it may be missing.
        return split.folds is not None or bool(split.test and part in split.model_fields_set)
    return part == "train" or bool(split.validation)


def dealt(events: np.ndarray, column: str) -> dict[Part, np.ndarray]:
    """Return the events of every part as a column says, [events] of 0, 1 and 2; raises DataError for another value."""
    if not set(np.unique(events).tolist()) <= set(range(len(PARTS))):
        wrong = next(value for value in np.unique(events).tolist() if value not in range(len(PARTS)))
        message = f"column {column!r} is {wrong!r} for an event: it says which part that is in"
        raise DataError(message, "split.part", "0 for training, 1 for validation, 2 for test")
    return {part: np.flatnonzero(events == number) for number, part in enumerate(PARTS)}


def _cut(split: SplitOptions, order: np.ndarray) -> Iterator[np.ndarray]:
    """Yield what is dealt to each part."""
    if split.folds is None:
        ends = np.round(np.cumsum([0.0, split.train, split.validation, split.test]) * len(order)).astype(np.int64)
        yield from (order[ends[index] : ends[index + 1]] for index in range(len(PARTS)))
        return
    which, n_folds = split.folds
    folds = np.array_split(order, n_folds)
    others = np.concatenate([fold for number, fold in enumerate(folds, 1) if number != which])
    share = split.validation / (split.train + split.validation) if split.validation else 0.0
    n_validation = round(share * len(others))
    yield others[n_validation:]
    yield others[:n_validation]
    yield folds[which - 1]


def _no_events(part: Part, n_events: int, left_of: str, folds: tuple[int, int] | None, n_dealt: int) -> DataError:
    names: dict[Part, str] = {"train": "training", "validation": "validation", "test": "test"}
    message = f"there are no {names[part]} events: {n_events} events are left of {left_of}"
    if not n_events:
        empty = left_of.endswith(" 0 hits")
        hint = "is it the right file?" if empty else "loosen 'filter', 'min_hits' and 'max_hits'"
        return DataError(message, "file" if empty else "split", hint)
    if folds is not None and n_dealt < folds[1]:
        hint = "every fold needs an event, or a group of them: make fewer folds"
        return DataError(f"{message}, dealt into {folds[1]} folds", "split.fold", hint)
    hint = f"raise 'split.{part}'" + ("" if part == "train" else ", or set it to 0 to do without")
    return DataError(message, f"split.{part}", hint)
