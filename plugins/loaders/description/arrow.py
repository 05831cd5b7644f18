"""Turns columns of Arrow into flat values with splits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from registry.contract.data import DataError
from registry.plugins.loaders.description.table import ColumnType, Values

PICK = "[:,"
"""How a step begins that picks one value of lists of one length."""

WIDEST = 100
"""Values of such lists that are named one by one; of longer ones none is."""


_PICKED = re.compile(r"(?P<lists>.+)(?P<pick>\[:,\d+\])")


class ArrowTypes(dict[str, ColumnType]):
    """The types of columns; that of the values in one place of lists, "position[:,0]", is there when asked for."""

    def __missing__(self, name: str) -> ColumnType:
        if (found := _PICKED.fullmatch(name)) and (lists := super().get(found["lists"])) and lists.depth:
            return ColumnType(lists.dtype, lists.depth - 1)
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def get(self, name: str, default: ColumnType | None = None) -> ColumnType | None:  # type: ignore[override]
        """Return what a column holds, or `default` for one that is not there."""
        try:
            return self[name]
        except KeyError:
            return default


class ArrowTable:
    """What tables of Arrow share: `types` says which columns there are, `read` reads rows of them."""

    rows: int

    def __init__(self, schema: pa.Schema) -> None:
        self.types = ArrowTypes()
        self._steps: dict[str, tuple[str, ...]] = {}
        for field in schema:
            for steps, type_ in leaves(field.type, (field.name,), 0):
                self._steps[column_name(steps)] = steps
                self.types[column_name(steps)] = type_

    def steps_to(self, name: str) -> tuple[str, ...]:
        """Return the fields on the way to a column, and what is picked of its lists."""
        found = None if name in self._steps else _PICKED.fullmatch(name)
        return self._steps[name] if found is None else (*self._steps[found["lists"]], found["pick"])

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the rows from `start` to before `stop`."""
        raise NotImplementedError

    def array(self, name: str) -> np.ndarray | None:
        """Return a whole column of plain values."""
        if name not in self.types or self.types[name].depth:
            return None
        return self.read([name], 0, self.rows)[name].values

    def arrays(self) -> Iterable[str]:
        """Return the names of the columns of plain values."""
        return [name for name, type_ in self.types.items() if not type_.depth]


def leaf_type(type_: pa.DataType) -> np.dtype:
    """Return the dtype of plain values of Arrow; that of objects for what is no number."""
    if pa.types.is_dictionary(type_):
        type_ = type_.value_type
    if pa.types.is_decimal(type_):  # databases write whole numbers so, too
        return np.dtype(np.float64 if type_.scale > 0 else np.int64)
    if pa.types.is_null(type_):  # no row has a value, as where every list is empty
        return np.dtype(np.float64)
    if pa.types.is_floating(type_) or pa.types.is_integer(type_) or pa.types.is_boolean(type_):
        return np.dtype(type_.to_pandas_dtype())
    return np.dtype(object)


def leaves(type_: pa.DataType, steps: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], ColumnType]]:
    """Yield every column inside a type: its path and what it holds."""
    if isinstance(type_, pa.BaseExtensionType):
        type_ = type_.storage_type
    if pa.types.is_struct(type_):
        for field in type_:
            yield from leaves(field.type, (*steps, field.name), depth)
    elif _is_list(type_):
        yield from leaves(type_.value_type, steps, depth + 1)
        if pa.types.is_fixed_size_list(type_) and type_.list_size <= WIDEST:
            # A position in one column, [x, y, z] for each hit: its values are columns, too.
            for index in range(type_.list_size):
                yield from leaves(type_.value_type, (*steps, f"{PICK}{index}]"), depth)
    else:
        yield steps, ColumnType(leaf_type(type_), depth)


def column_name(steps: tuple[str, ...]) -> str:
    """Return what a column is called by the fields on the way to it: "photons.t", "position[:,0]"."""
    return "".join(step if step.startswith(PICK) or not number else f".{step}" for number, step in enumerate(steps))


def values_of(array: Any, steps: tuple[str, ...], name: str, where: Callable[[int], str]) -> Values:
    """Return a column as flat values with the splits of its lists; `steps`: the fields of structs on the way to it.

    Raises DataError for a list that is null: no event is not an empty event.
    """
    splits: list[np.ndarray] = []
    while True:
        if isinstance(array, pa.ExtensionArray):
            array = array.storage
        type_ = array.type
        if _is_list(type_):
            if array.null_count:
                row = int(np.flatnonzero(array.is_null().to_numpy(zero_copy_only=False))[0])
                place = where(row) if not splits else where(int(np.searchsorted(splits[0], row, side="right")) - 1)
                hint = "write an empty list for an event without hits, and leave out what is no event"
                raise DataError(f"column {name!r} is null in {place}", "columns", hint)
            splits.append(_splits(array))
            array = array.flatten()
            fixed = pa.types.is_fixed_size_list(type_)
            if steps and steps[0].startswith(PICK) and (fixed or not _is_list(array.type)):
                # Of each list one value: it is no list any more.
                index = int(steps[0].removeprefix(PICK).removesuffix("]"))
                size = type_.list_size if fixed else _one_length(splits, index, name, where)
                array, steps = array.take(pa.array(np.arange(index, len(array), size))), steps[1:]
                splits.pop()
        elif pa.types.is_struct(type_):
            array, steps = array.field(steps[0]), steps[1:]
        else:
            return _plain(_of_decimals(array, name), tuple(splits))


def _is_list(type_: Any) -> bool:
    return pa.types.is_list(type_) or pa.types.is_large_list(type_) or pa.types.is_fixed_size_list(type_)


def _one_length(splits: list[np.ndarray], index: int, name: str, where: Callable[[int], str]) -> int:
    """Return how many values each innermost list has; raises DataError unless they are as many, and more than `index`.

    splits: of all lists around them, from the outermost inwards.
    """
    sizes = np.diff(splits[-1])
    most = max(int(sizes.max(initial=0)), index + 1)
    short = np.flatnonzero(sizes != most)
    if not len(short):
        return most
    row = short[0]
    for outer in reversed(splits[:-1]):
        row = np.searchsorted(outer, row, side="right") - 1
    message = (
        f"column {name!r}: expected lists of {most} values, received one of {sizes[short[0]]} in {where(int(row))}"
    )
    raise DataError(
        message, "columns", "what stands in one place of lists is a column where all lists are of one length"
    )


def _splits(array: Any) -> np.ndarray:
    if pa.types.is_fixed_size_list(array.type):
        return np.arange(len(array) + 1, dtype=np.int64) * array.type.list_size
    offsets: np.ndarray = array.offsets.to_numpy().astype(np.int64)
    return offsets - offsets[0] if len(offsets) else np.zeros(1, np.int64)


def _of_decimals(array: Any, name: str) -> Any:
    """Return decimals as floats, whole ones as whole numbers of 64 bits; other values as they are."""
    if not pa.types.is_decimal(array.type):
        return array
    if array.type.scale > 0:
        return array.cast(pa.float64())
    try:
        return array.cast(pa.int64())
    except pa.ArrowInvalid:
        pass
    try:
        return array.cast(pa.uint64())
    except pa.ArrowInvalid as error:
        message = f"column {name!r} has whole numbers that 64 bits do not hold: {error}"
        raise DataError(message, "columns", "number what it counts anew where the file is written") from error


def _plain(array: Any, splits: tuple[np.ndarray, ...]) -> Values:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_null(array.type):
        # Where no row has a value, each is named as missing; a float would pass for an id that is nobody's.
        array = array.cast(pa.int64() if len(array) else pa.float64())
    missing = array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
    if missing is not None and leaf_type(array.type).kind in "iub":
        array = array.fill_null(False if pa.types.is_boolean(array.type) else 0)
    return Values(array.to_numpy(zero_copy_only=False), splits, missing)
