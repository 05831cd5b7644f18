"""What is in the files of a description, before any filter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from registry.contract.casting import NUMBERS
from registry.contract.survey import StoredColumn, StoredTruth, Survey
from registry.plugins.loaders.description.built import Counted
from registry.plugins.loaders.description.expressions import OBJECT
from registry.plugins.loaders.description.files import DataFile
from registry.plugins.loaders.description.opening import OpenTables
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.description.table import Table

COLUMNS_AT_ONCE = 16
ROWS_AT_ONCE = 200_000


def survey(params: TableParams, files: Sequence[DataFile], tables: OpenTables) -> Survey:
    """Return the hits and objects of every event, and every column, of some files."""
    counted: list[Counted] = []
    for number, file in enumerate(files):
        with tables.of(number) as builder:
            counted += [builder.count(first, last) for first, last in pairwise(file.cuts)]
    used = {name for file in files for name in file.hit_names}
    used |= {f"{OBJECT}.{name}" for file in files for name in file.object_names}
    sizes = np.concatenate([np.zeros(0, np.int64), *(each.sizes for each in counted)])
    names = tuple(file.name for file in files)
    outputs = type(params.columns).model_fields
    output_names = {output: [text for _, text in params.columns.of(output)] for output in outputs}
    return Survey(
        names, sizes, _truth(counted), _Columns(len(files), tables), frozenset(used), params.units, output_names
    )


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
    """Every column of the files, piece by piece, each time it is iterated over."""

    def __init__(self, n_files: int, tables: OpenTables) -> None:
        self._n_files, self._tables = n_files, tables

    def __iter__(self) -> Iterator[StoredColumn]:
        for number in range(self._n_files):
            with self._tables.of(number) as builder:
                yield from _stored(builder.opened.table, "")
                if builder.opened.objects is not None:
                    yield from _stored(builder.opened.objects.table, f"{OBJECT}.")


def _stored(table: Table, before: str) -> Iterator[StoredColumn]:
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
            for name, found in table.read(names[start : start + COLUMNS_AT_ONCE], int(first), int(last)).items():
                missing = 0 if found.missing is None else int(found.missing.sum())
                values = found.values if found.missing is None else found.values[~found.missing]
                yield StoredColumn(f"{before}{name}", values, missing, int(last - first))
