"""What is in the files of a description, before any filter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from registry.contract.casting import NUMBERS
from registry.contract.data import DataError
from registry.contract.survey import StoredColumn, StoredTruth, Survey
from registry.plugins.loaders.description.build import Builder
from registry.plugins.loaders.description.built import Counted
from registry.plugins.loaders.description.files import DataFile
from registry.plugins.loaders.description.opening import OpenTables
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.description.table import Table, Values
from registry.plugins.shared.expression_grammar import OBJECT

COLUMNS_AT_ONCE = 16
ROWS_AT_ONCE = 200_000


def survey(params: TableParams, files: Sequence[DataFile], tables: OpenTables) -> Survey:
    """Return the hits and objects of every event, and every column, of some files."""
    counted: list[Counted] = []
    for number, file in enumerate(files):
        with tables.of(number) as builder:
            for first, last in pairwise(file.cuts):
                counted += _counted(builder, first, last, params.on_error == "skip")
    used = {name for file in files for name in file.hit_names}
    used |= {f"{OBJECT}.{name}" for file in files for name in file.object_names}
    sizes = np.concatenate([np.zeros(0, np.int64), *(each.sizes for each in counted)])
    names = tuple(file.name for file in files)
    columns = _Columns(len(files), tables, params.on_error == "skip")
    outputs = type(params.columns).model_fields
    output_names = {output: [text for _, text in params.columns.of(output)] for output in outputs}
    return Survey(
        names,
        sizes,
        _truth(counted),
        columns,
        frozenset(used),
        params.units,
        output_names,
    )


def _counted(builder: Builder, first: int, last: int, skip: bool) -> list[Counted]:
    """Return what some events have; `skip`: of those that cannot be read it is not known."""
    try:
        return [builder.count(first, last)]
    except DataError:
        if not skip:
            raise
    if last - first == 1:
        return []
    return [each for event in range(first, last) for each in _counted(builder, event, event + 1, skip)]


def _truth(counted: Sequence[Counted]) -> StoredTruth | None:
    found = [each for each in counted if each.objects is not None]
    if not found:
        return None
    listed = [each.listed for each in found if each.listed is not None]
    return StoredTruth(
        np.concatenate([each.objects for each in found if each.objects is not None]),
        np.concatenate(listed) if listed else None,
        np.concatenate([each.hits for each in found]),
        sum(each.noise for each in found),
        sum(each.shared for each in found),
    )


class _Columns:
    """Every column of the files, piece by piece, each time it is iterated over; `skip`: without rows of no value."""

    def __init__(self, n_files: int, tables: OpenTables, skip: bool) -> None:
        self._n_files, self._tables, self._skip = n_files, tables, skip

    def __iter__(self) -> Iterator[StoredColumn]:
        for number in range(self._n_files):
            with self._tables.of(number) as builder:
                yield from _stored(builder.opened.table, "", self._skip)
                if builder.opened.objects is not None:
                    yield from _stored(builder.opened.objects.table, f"{OBJECT}.", self._skip)


def _stored(table: Table, before: str, skip: bool) -> Iterator[StoredColumn]:
    names = [name for name in table.types if not table.types[name].fault and table.types[name].dtype.kind in NUMBERS]
    for name in [name for name in names if table.types[name].rows not in (None, table.rows)]:
        # What lies beside the hits, a table of tracks or the offsets, has a length of its own.
        names.remove(name)
        rows = table.types[name].rows or 0
        for first in range(0, rows, ROWS_AT_ONCE):
            last = min(first + ROWS_AT_ONCE, rows)
            yield StoredColumn(f"{before}{name}", table.read([name], first, last)[name].values, 0, last - first)
    for start in range(0, len(names), COLUMNS_AT_ONCE):
        for first, last in pairwise(table.pieces):
            wanted = names[start : start + COLUMNS_AT_ONCE]
            for name, found, rows in _read(table, wanted, int(first), int(last), skip):
                if found.values.dtype.kind not in NUMBERS:
                    # Texts in a column that has numbers in other files: none of them is a number.
                    yield StoredColumn(f"{before}{name}", np.zeros(0), len(found.values), rows)
                    continue
                missing = 0 if found.missing is None else int(found.missing.sum())
                values = found.values if found.missing is None else found.values[~found.missing]
                yield StoredColumn(f"{before}{name}", values, missing, rows)


def _read(table: Table, names: list[str], first: int, last: int, skip: bool) -> Iterator[tuple[str, Values, int]]:
    """Yield columns of some rows, with how many rows these are; `skip`: of rows that cannot be read nothing."""
    try:
        found = table.read(names, first, last)
    except DataError:
        if not skip:
            raise
        if len(names) > 1:
            for name in names:
                yield from _read(table, [name], first, last, skip)
        elif last - first > 1:
            middle = (first + last) // 2
            yield from _read(table, names, first, middle, skip)
            yield from _read(table, names, middle, last, skip)
        return
    yield from ((name, values, last - first) for name, values in found.items())
