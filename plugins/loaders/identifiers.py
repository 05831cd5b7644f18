"""Numbers the objects of every event anew: ids of any whole type, 64-bit ones included, become 0, 1, 2, ..."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from registry.contract.casting import cast
from registry.contract.data import DataError

NOISE = -1
"""The number of hits that belong to no object."""

DENSE = 4
"""Ids that there may be for each hit, up to which they need not be sorted."""

_MINUS_ONE_OF_32_BITS = 2**32 - 1


def check_noise(
    ids: np.ndarray, noise_ids: Sequence[int] | None, name: str, parameter: str, where: Callable[[int], str]
) -> None:
    """Raise DataError for an id that looks like a -1 which an unsigned type cannot hold, unless `noise_ids` says.

    `ids` [hits], any whole dtype; `noise_ids`: the ids that mean noise, None if nothing is said of them; `where` names
    a row.
    """
    if noise_ids is not None or ids.dtype.kind == "b":
        return
    own = np.iinfo(ids.dtype)
    doubtful = [value for value in (_MINUS_ONE_OF_32_BITS, own.max if own.min == 0 else 0) if 0 < value <= own.max]
    rows = np.flatnonzero(np.isin(ids, np.array(doubtful, dtype=ids.dtype)))
    if len(rows):
        value = int(ids[rows[0]])
        message = f"column {name!r} is {value} in {where(int(rows[0]))}: is that -1, noise, without its sign?"
        hint = f"say `noise_ids: [{value}]` if these hits are noise, `noise_ids: []` if they are an object"
        raise DataError(message, parameter, hint)


def doubtful_zeros(ids: np.ndarray, noise_ids: Sequence[int] | None, name: str) -> tuple[str, ...]:
    """Return a sentence if ids are packed 64-bit numbers among which 0 may be noise, as in TrackML and ACTS."""
    if noise_ids is not None or ids.dtype.kind == "b" or not len(ids) or ids.max() < _MINUS_ONE_OF_32_BITS:
        return ()
    zeros = int((ids == 0).sum())
    if not zeros or (ids.dtype.kind == "i" and (ids < 0).any()):
        return ()
    return (
        f"column {name!r} holds ids of 64 bits, and 0 for {zeros} of {len(ids)} hits, which is taken for an object; "
        "TrackML and ACTS write 0 for noise: say `noise_ids: [0]`, or `noise_ids: []` if it is an object",
    )


def number_anew(
    ids: np.ndarray, splits: np.ndarray, noise_ids: Sequence[int] = (), noise: np.ndarray | None = None
) -> np.ndarray:
    """Return the number of each hit's object within its event, int32 [hits], counted from 0 in the order of the ids.

    `ids` [hits], any whole dtype; `splits` [events + 1]. Negative ids, those in `noise_ids` and those of hits that are
    `noise`, bool [hits], become -1.
    """
    if ids.dtype.kind == "b":
        ids = ids.astype(np.int8)
    nobody = ids < 0 if ids.dtype.kind == "i" else np.zeros(len(ids), dtype=bool)
    if noise_ids:
        nobody |= is_one_of(ids, noise_ids)
    if noise is not None:
        nobody |= noise
    if nobody.all():
        return np.full(len(ids), NOISE, dtype=np.int32)
    least = int(ids.min())
    width = int(ids.max()) - least + 1
    if width * (len(splits) - 1) <= DENSE * len(ids):
        return _number_few(ids, least, splits, width, nobody)
    hits = np.flatnonzero(~nobody)
    event = np.repeat(np.arange(len(splits) - 1), np.diff(splits))[hits]
    order = np.lexsort((ids[hits], event))
    sorted_ids, sorted_event = ids[hits][order], event[order]
    new_event = _differs(sorted_event)
    number = np.cumsum(new_event | _differs(sorted_ids)) - 1
    first_of_event = np.flatnonzero(new_event)
    made = np.full(len(ids), NOISE, dtype=np.int32)
    number -= np.repeat(number[first_of_event], np.diff(np.append(first_of_event, len(number))))
    made[hits[order]] = number
    return made


def _number_few(ids: np.ndarray, least: int, splits: np.ndarray, width: int, nobody: np.ndarray) -> np.ndarray:
    """Return the number of each hit's object without sorting: ids [hits] are `least` to before `least` + `width`."""
    n_events = len(splits) - 1
    # Ids are shifted before they are made 64 bits with a sign, which large ones without a sign do not fit into.
    shifted = ids if least == 0 or ids.dtype == np.int64 else ids - ids.dtype.type(least)
    place = np.repeat(np.arange(n_events) * width - (least if shifted is ids else 0), np.diff(splits))
    place += shifted.astype(np.int64, copy=False)
    # One place more, for hits that belong to nobody.
    np.putmask(place, nobody, n_events * width)
    there = np.zeros(n_events * width + 1, dtype=bool)
    there[place] = True
    number = np.full(len(there), NOISE, dtype=np.int32)
    np.cumsum(there[:-1].reshape(n_events, width), axis=1, out=number[:-1].reshape(n_events, width))
    number[:-1] -= 1
    return number.take(place)


def whole_ids(values: np.ndarray, name: str, parameter: str, where: Callable[[int], str]) -> np.ndarray:
    """Return ids as whole numbers; raise DataError for a float that is none, or beyond 2^53, where neighbours merge."""
    if values.dtype.kind != "f":
        return values
    made = cast(values, "int64", name, parameter, where)
    digits = np.finfo(values.dtype).nmant + 1
    large = np.flatnonzero(np.abs(made) > 2**digits)
    if len(large):
        row = int(large[0])
        message = (
            f"column {name!r} is {made[row]} in {where(row)}, a float of {values.dtype.itemsize * 8} bits: beyond "
        )
        hint = "write ids as whole numbers of 64 bits; what has passed through floats cannot be told apart any more"
        raise DataError(f"{message}2^{digits} different ids become the same", parameter, hint)
    return made


def is_one_of(values: np.ndarray, wanted: Sequence[int | float]) -> np.ndarray:
    """Return which values are among the wanted ones, bool [hits]; whole numbers are compared exactly."""
    if values.dtype.kind == "f":
        return np.isin(values, np.array(wanted, dtype=np.float64))
    limits = (0, 1) if values.dtype.kind == "b" else (np.iinfo(values.dtype).min, np.iinfo(values.dtype).max)
    possible = [int(value) for value in wanted if value == int(value) and limits[0] <= value <= limits[1]]
    return np.isin(values, np.array(possible, dtype=values.dtype))


def _differs(values: np.ndarray) -> np.ndarray:
    """Return where a sorted array has another value than just before, bool; the first one counts as another."""
    made = np.ones(len(values), dtype=bool)
    made[1:] = values[1:] != values[:-1]
    return made
