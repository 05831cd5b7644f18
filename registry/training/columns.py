"""Holds the columns that a source returns to what its loader declares: names, dtypes, shapes, row splits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from registry.contract.axes import Axis, TensorType
from registry.contract.casting import cast
from registry.contract.data import Columns, DataError

SPLITS = "row_splits"


def checked_columns(
    given: Mapping[str, Any],
    types: Mapping[str, TensorType],
    sizes: np.ndarray,
    where: Callable[[int], str],
    fewer: bool = False,
) -> Columns:
    """Return columns as arrays of the dtypes that are declared.

    `types`: of the loader's outputs; `sizes`: hits of the events asked for, [events]; `where`: names a row;
    `fewer`: events may have lost hits. Raises
    DataError for the first column that is not what is declared.
    """
    splits = _row_splits(given[SPLITS], sizes, fewer)
    lengths = _lengths(types[SPLITS], splits)
    made = {SPLITS: splits}
    for name, type_ in types.items():
        if name != SPLITS:
            made[name] = _column(name, given[name], type_, lengths, where)
    return {**given, **made}


def as_array(name: str, value: Any) -> np.ndarray:
    """Return a column as an array of numbers; raise DataError for anything else."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise DataError(f"column {name!r} is a masked array: what its masked values are is not said")
    try:
        array = np.asarray(value)
    except Exception as error:
        raise DataError(f"column {name!r} is no array: {error}") from error
    if array.dtype == object:
        raise DataError(f"column {name!r} is no array of numbers, but {type(value).__name__}")
    return array


def _row_splits(value: Any, sizes: np.ndarray, fewer: bool) -> np.ndarray:
    found = as_array(SPLITS, value)
    if found.shape != (len(sizes) + 1,):
        raise DataError(
            f"{SPLITS} has the shape {list(found.shape)}, expected [{len(sizes) + 1}] for {len(sizes)} events"
        )
    splits = cast(found, "int64", SPLITS, where="position {}".format)
    if splits[0] != 0:
        raise DataError(f"{SPLITS} starts at {splits[0]}, not at 0")
    found_sizes = np.diff(splits)
    wrong = np.flatnonzero((found_sizes < 0) | (found_sizes > sizes) if fewer else found_sizes != sizes)
    if len(wrong):
        event = int(wrong[0])
        message = f"{SPLITS} goes from {splits[event]} to {splits[event + 1]} at event {event} of those asked for"
        raise DataError(f"{message}, which sizes() says has {sizes[event]} hits")
    return cast(splits, "int32", SPLITS, where="position {}".format)


def _lengths(splits_type: TensorType, splits: np.ndarray) -> dict[Axis, int]:
    """Return the lengths of the axes that row splits tell: of the events, and of what the splits point into."""
    (axis,) = splits_type.axes
    assert isinstance(axis, Axis)
    lengths = {Axis(axis.name, axis.origin): len(splits) - 1}
    if splits_type.points_to is not None:
        lengths[splits_type.points_to] = int(splits[-1])
    return lengths


def _column(
    name: str, value: Any, type_: TensorType, lengths: dict[Axis, int], where: Callable[[int], str]
) -> np.ndarray:
    array = as_array(name, value)
    expected = [_length(axis, lengths) for axis in type_.axes]
    fits = len(expected) == array.ndim and all(
        wanted is None or wanted == length for wanted, length in zip(expected, array.shape, strict=True)
    )
    if not fits:
        shape = ", ".join("any" if length is None else str(length) for length in expected)
        raise DataError(f"column {name!r} has the shape {list(array.shape)}, expected [{shape}]: {type_}")
    return array if type_.dtype == "any" else cast(array, type_.dtype, name, where=where)


def _length(axis: Axis | int, lengths: dict[Axis, int]) -> int | None:
    if isinstance(axis, int):
        return axis
    known = lengths.get(Axis(axis.name, axis.origin))
    return None if known is None else known + axis.offset
