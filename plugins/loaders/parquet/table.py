"""The rows of a parquet file, by pyarrow; of its row groups only those are read that hold the rows asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from registry.contract.data import DataError
from registry.plugins.loaders.description.arrow import leaf_type, values_of
from registry.plugins.loaders.description.table import ColumnType, Values


class ParquetTable:
    """A parquet file; columns inside structs are named by their path, "photons.t"."""

    def __init__(self, path: str) -> None:
        self.name, self._path = Path(path).name, path
        try:
            self._file = pq.ParquetFile(path, memory_map=False, pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            hint = "copy it again if it was cut off"
            raise DataError(f"{path!r} is not a parquet file: {_short(error)}", "file", hint) from error
        about = self._file.metadata
        self.rows = about.num_rows
        groups = [about.row_group(number).num_rows for number in range(about.num_row_groups)]
        self.pieces = np.concatenate([[0], np.cumsum(groups)]).astype(np.int64)
        self._steps: dict[str, tuple[str, ...]] = {}
        self.types: dict[str, ColumnType] = {}
        # pyarrow makes the schema anew each time it is asked for it.
        self._schema = self._file.schema_arrow
        for field in self._schema:
            for steps, type_ in _leaves(field.type, (field.name,), 0):
                self._steps[".".join(steps)] = steps
                self.types[".".join(steps)] = type_

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the rows from `start` to before `stop`."""
        wanted = list(names)
        roots = sorted({self._steps[name][0] for name in wanted})
        first = int(np.searchsorted(self.pieces, start, side="right")) - 1
        last = int(np.searchsorted(self.pieces, stop, side="left"))
        groups = list(range(max(first, 0), max(last, first, 0))) if stop > start else []
        columns = sorted({self._selected(name) for name in wanted})
        try:
            table = self._file.read_row_groups(groups, columns=columns, use_threads=False)
        except (pa.ArrowException, OSError) as error:
            message = f"data file {self._path!r} is damaged: {_short(error)}"
            raise DataError(message, "file", "make or copy it again") from error
        offset = int(self.pieces[groups[0]]) if groups else 0
        table = table.slice(start - offset, stop - start)
        whole = {root: table.column(root).combine_chunks() for root in roots}
        return {name: self._values(whole, name, start) for name in wanted}

    def _values(self, whole: dict[str, pa.Array], name: str, start: int) -> Values:
        steps = self._steps[name]
        return values_of(whole[steps[0]], steps[1:], name, lambda row: f"row {start + row} of {self.name}")

    def _selected(self, name: str) -> str:
        """Return what pyarrow selects the column by: a path through plain structs alone, else the whole root."""
        steps = self._steps[name]
        field = self._schema.field(steps[0])
        for step in steps[1:]:
            if _is_extended(field) or not pa.types.is_struct(field.type):
                return steps[0]
            field = field.type.field(step)
        return name

    def array(self, name: str) -> np.ndarray | None:
        """Return a whole column of plain values."""
        if name not in self.types or self.types[name].depth:
            return None
        return self.read([name], 0, self.rows)[name].values

    def arrays(self) -> Iterable[str]:
        """Return the names of the columns of plain values."""
        return [name for name, type_ in self.types.items() if not type_.depth]


def _leaves(type_: pa.DataType, steps: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], ColumnType]]:
    """Yield every column inside a type: its path and what it holds."""
    if isinstance(type_, pa.BaseExtensionType):
        type_ = type_.storage_type
    if pa.types.is_struct(type_):
        for field in type_:
            yield from _leaves(field.type, (*steps, field.name), depth)
    elif pa.types.is_list(type_) or pa.types.is_large_list(type_) or pa.types.is_fixed_size_list(type_):
        yield from _leaves(type_.value_type, steps, depth + 1)
    else:
        yield steps, ColumnType(leaf_type(type_), depth)


def _is_extended(field: pa.Field) -> bool:
    """Say whether a field is of a type of another package, awkward's, whether or not that is imported.

    Of such a field a part alone cannot be read.
    """
    return isinstance(field.type, pa.BaseExtensionType) or b"ARROW:extension:name" in (field.metadata or {})


def _short(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
