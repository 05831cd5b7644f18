"""The rows of a parquet file, by pyarrow; of its row groups only those are read that hold the rows asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from registry.contract.data import DataError
from registry.plugins.loaders.description.arrow import ArrowTable, values_of
from registry.plugins.loaders.description.remote import file_name, opened
from registry.plugins.loaders.description.table import Values

BYTES_AT_ONCE = 64 * 2**20
"""Bytes of uncompressed columns that a row group has if it is read at once; a larger one is read in parts."""

ROWS_AT_ONCE = 65_536


class ParquetTable(ArrowTable):
    """A parquet file; columns inside structs are named by their path, "photons.t"."""

    def __init__(self, path: str) -> None:
        self.name, self._path = file_name(path), path
        try:
            self._file = pq.ParquetFile(opened(path), memory_map=False, pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            hint = "copy it again if it was cut off"
            raise DataError(f"{path!r} is not a parquet file: {_short(error)}", "file", hint) from error
        about = self._file.metadata
        self.rows = about.num_rows
        groups = [about.row_group(number) for number in range(about.num_row_groups)]
        self._groups = np.concatenate([[0], np.cumsum([group.num_rows for group in groups])]).astype(np.int64)
        self.pieces = _pieces(self._groups, [group.total_byte_size for group in groups])
        self._stream: _Stream | None = None
        # pyarrow makes the schema anew each time it is asked for it.
        self._schema = self._file.schema_arrow
        super().__init__(self._schema)

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the rows from `start` to before `stop`."""
        wanted = list(names)
        roots = sorted({self.steps_to(name)[0] for name in wanted})
        columns = sorted({self._selected(name) for name in wanted})
        try:
            table = self._rows(columns, start, stop)
        except (pa.ArrowException, OSError) as error:
            message = f"data file {self._path!r} is damaged: {_short(error)}"
            raise DataError(message, "file", "make or copy it again") from error
        whole = {root: _in_one(table.column(root)) for root in roots}
        return {name: self._values(whole, name, start) for name in wanted}

    def _rows(self, columns: list[str], start: int, stop: int) -> pa.Table:
        """Return some rows; those that follow the last ones asked for are read on from there."""
        group = max(int(np.searchsorted(self._groups, start, side="right")) - 1, 0)
        if group < len(self._groups) - 1 and (start, stop) == (self._groups[group], self._groups[group + 1]):
            return self._file.read_row_group(group, columns=columns, use_threads=False)
        stream = self._stream
        begin = int(self._groups[group]) if group < len(self._groups) - 1 else self.rows
        if stream is None or stream.columns != columns or not begin <= stream.position <= start:
            size = max(1, min(stop - start, ROWS_AT_ONCE))
            groups = list(range(group, len(self._groups) - 1))
            batches = self._file.iter_batches(size, row_groups=groups, columns=columns, use_threads=False)
            schema = self._file.read_row_groups([], columns=columns).schema
            stream = self._stream = _Stream(columns, batches, begin, schema)
        return stream.take(start, stop)

    def _values(self, whole: dict[str, pa.Array], name: str, start: int) -> Values:
        steps = self.steps_to(name)
        return values_of(whole[steps[0]], steps[1:], name, lambda row: f"row {start + row} of {self.name}")

    def _selected(self, name: str) -> str:
        """Return what pyarrow selects the column by: a path through plain structs alone, else the whole root."""
        steps = self.steps_to(name)
        field = self._schema.field(steps[0])
        for step in steps[1:]:
            if _is_extended(field) or not pa.types.is_struct(field.type):
                return steps[0]
            field = field.type.field(step)
        return name


class _Stream:
    """Rows of some columns from `position` on, read in batches."""

    def __init__(self, columns: list[str], batches: Iterator[pa.RecordBatch], position: int, schema: pa.Schema) -> None:
        self.columns, self.position = columns, position
        self._batches, self._schema = batches, schema
        self._batch: pa.RecordBatch | None = None

    def take(self, start: int, stop: int) -> pa.Table:
        """Return the rows from `start`, which is not before `position`, to before `stop`."""
        found = []
        while self.position < stop:
            batch = self._batch if self._batch is not None else next(self._batches, None)
            if batch is None:
                break
            first, last = max(start - self.position, 0), min(stop - self.position, len(batch))
            if last > first:
                found.append(batch.slice(first, last - first))
            self._batch = batch.slice(last) if last < len(batch) else None
            self.position += last
        return pa.Table.from_batches(found, self._schema)


def _in_one(column: pa.ChunkedArray) -> pa.Array:
    # Arrow copies a column that is to be combined, also one that is in one piece already.
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _pieces(groups: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Return the rows at which row groups start, and at which those too large to be read at once are cut."""
    found = [np.zeros(0, np.int64)]
    for first, last, size in zip(groups[:-1], groups[1:], sizes, strict=True):
        parts = min(max(1, -(-size // BYTES_AT_ONCE)), max(1, last - first))
        found.append(np.linspace(first, last, parts, endpoint=False).astype(np.int64))
    return np.append(np.concatenate(found), groups[-1])


def _is_extended(field: pa.Field) -> bool:
    """Say whether a field is of a type of another package, awkward's, whether or not that is imported.

    Of such a field a part alone cannot be read.
    """
    return isinstance(field.type, pa.BaseExtensionType) or b"ARROW:extension:name" in (field.metadata or {})


def _short(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
