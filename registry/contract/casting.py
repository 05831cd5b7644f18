"""Casts columns of data to another type of number; no value becomes another one without an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from registry.contract.data import DataError

NUMBERS = "biuf"
"""Kinds of dtype that a column may have: truth values, whole numbers of either kind, floats."""

WHOLE = "biu"


def place(row: int, row_splits: np.ndarray) -> str:
    """Return "row 17 (event 3)"."""
    return f"row {row} (event {int(np.searchsorted(row_splits, row, side='right')) - 1})"


def cast(
    values: np.ndarray, dtype: str, name: str, parameter: str = "", where: Callable[[int], str] = "row {}".format
) -> np.ndarray:
    """Return a column in another dtype, in the byte order of this machine; one that has it already is not copied.

    A float is rounded to the nearest one of the new type; every other change of a value is an error: a whole number
    out of range or rounded, a fraction or nan made whole, a number that becomes infinite, zero, or loses its digits.
    `name`: the column, `parameter`: what named it, `where`: names a row. Raises DataError for the first such value,
    with what it would become.
    """
    if values.dtype.kind not in NUMBERS:
        raise DataError(f"column {name!r}: expected numbers, received dtype {values.dtype}", parameter)
    wanted = np.dtype(dtype)
    native = values.astype(values.dtype.newbyteorder("="), copy=False)
    if native.dtype == wanted:
        return native
    with np.errstate(all="ignore"):
        made = native.astype(wanted)
        changed = np.flatnonzero(_changed(native, made))
    if not len(changed):
        return made
    row = tuple(int(step) for step in np.unravel_index(changed[0], native.shape))
    more = f", and {len(changed) - 1} more like it" if len(changed) > 1 else ""
    message = f"column {name!r} is {native[row]} in {where(row[0])}, which is no {wanted}: {_reason(native, made, row)}"
    raise DataError(message + more, parameter, _advice(native.dtype, wanted))


def in_one_type(parts: Sequence[np.ndarray], name: str) -> list[np.ndarray]:
    """Return the parts of a column in one type, in which every value stays what it is; empty parts have no say.

    Raises DataError for texts beside numbers, and for whole numbers that the type of the others does not hold.
    """
    types = [part.dtype for part in parts if len(part)] or [part.dtype for part in parts]
    numbers = {type_.kind in NUMBERS for type_ in types}
    if len(numbers) > 1:
        raise DataError(f"column {name!r} is a number in some places and a text in others", "columns")
    dtype = np.result_type(*types)
    if dtype.kind == "f" and all(type_.kind in WHOLE for type_ in types):
        # NumPy makes floats of whole numbers with and without a sign, which change above 2^53.
        beyond = any(part.dtype == np.uint64 and (part >= 2**63).any() for part in parts)
        dtype = np.dtype(np.uint64 if beyond else np.int64)
    if dtype.kind not in NUMBERS:
        return [part.astype(dtype, copy=False) for part in parts]
    return [cast(part, str(dtype), name) if len(part) else part.astype(dtype) for part in parts]


def _changed(values: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Return which values the cast has made others, bool of the same shape."""
    wanted = made.dtype
    if values.dtype == wanted or values.dtype.kind == "b":
        return np.zeros(values.shape, dtype=bool)
    changed: np.ndarray
    if wanted.kind == "b":
        changed = (values != 0) & (values != 1)
        return changed
    if wanted.kind in "iu":
        return _out_of_range(values, wanted)
    if values.dtype.kind in "iu":
        return _not_exact(values, np.finfo(wanted).nmant + 1)
    if values.dtype.itemsize <= wanted.itemsize:
        return np.zeros(values.shape, dtype=bool)
    # Rounding changes a float that the new type holds with all its digits by half a unit of the last one at the most.
    limits, size = np.finfo(wanted), np.abs(made)
    others = ~((size >= limits.tiny) & (size <= limits.max))
    if others.any():
        own = values[others]
        error = np.abs(made[others].astype(values.dtype) - own)
        # nan and infinity stay what they are.
        others[others] = np.isfinite(own) & ~(error <= np.abs(own) * limits.eps)
    changed = others
    return changed


def _out_of_range(values: np.ndarray, wanted: np.dtype) -> np.ndarray:
    limits = np.iinfo(wanted)
    if values.dtype.kind == "f":
        # 2**63 is a float, 2**63 - 1 is none: the upper limit is compared with the number behind it.
        inside = (values >= float(limits.min)) & (values < float(limits.max) + (1.0 if limits.bits < 64 else 0.0))
        changed: np.ndarray = ~(inside & (np.floor(values) == values))
        return changed
    own = np.iinfo(values.dtype)
    changed = np.zeros(values.shape, dtype=bool)
    if limits.max < own.max:
        changed |= values > values.dtype.type(limits.max)
    if limits.min > own.min:
        changed |= values < values.dtype.type(limits.min)
    return changed


def _not_exact(values: np.ndarray, digits: int) -> np.ndarray:
    """Return which whole numbers a float of so many binary digits does not hold."""
    wide = values.astype(np.uint64)
    size = np.where(values < 0, ~wide + np.uint64(1), wide)
    limit = np.uint64(1) << np.uint64(digits)
    if not (size > limit).any():
        return np.zeros(values.shape, dtype=bool)
    lowest = np.where(size > 0, size & (~size + np.uint64(1)), np.uint64(1))
    changed: np.ndarray = size // lowest > limit
    return changed


def _reason(values: np.ndarray, made: np.ndarray, row: tuple[int, ...]) -> str:
    value, wanted = values[row], made.dtype
    if values.dtype.kind == "f" and not np.isfinite(value):
        return "it has no whole value"
    if wanted.kind in "iu" and (values.dtype.kind in "iu" or np.floor(value) == value):
        limits = np.iinfo(wanted)
        becomes = f" and would become {made[row]}" if values.dtype.kind in "iu" else ""
        return f"it is not within {limits.min} to {limits.max}{becomes}"
    if wanted.kind in "iu":
        return f"it would be cut to {made[row]}"
    return f"it would become {made[row] if values.dtype.kind == 'f' else int(made[row])}"


def _advice(own: np.dtype, wanted: np.dtype) -> str:
    if wanted.kind in "iub":
        return "correct the column where the file is written, or name the column that is meant"
    if own.kind in "iu":
        digits = np.finfo(wanted).nmant + 1
        return (
            f"{wanted} holds every whole number up to 2^{digits} = {2**digits}; number what it counts anew, or write "
            "the column as floats if it may be rounded"
        )
    limits = np.finfo(wanted)
    return f"{wanted} holds {limits.tiny:.2g} to {limits.max:.2g}, and 0; choose another unit, or clip the column"
