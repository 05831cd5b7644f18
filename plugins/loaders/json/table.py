"""The records of a JSON file as rows, by way of Arrow, which finds the type of every field."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from registry.contract.data import DataError
from registry.plugins.loaders.description.arrow import ArrowTable, values_of
from registry.plugins.loaders.description.remote import file_name, is_remote, opened
from registry.plugins.loaders.description.table import Values

LINES = (".jsonl", ".ndjson")
"""How files end that have a record in each line."""

_DAMAGE = (OSError, EOFError, ValueError, RecursionError)


class JsonTable(ArrowTable):
    """A row for each record; a document that is no list is one row. Fields of records are named by their path."""

    def __init__(self, path: str, table: str) -> None:
        self.name, self._path = file_name(path), path
        self._table = _as_table(_inside(self._read(), table, self.name), self.name)
        self.rows = self._table.num_rows
        self.pieces = np.array([0, self.rows])
        super().__init__(self._table.schema)

    def _read(self) -> Any:
        """Return what the file holds."""
        try:
            if is_remote(self._path):
                with closing(opened(self._path)) as stream:
                    content = stream.read()
            else:
                content = Path(self._path).read_bytes()
            text = (gzip.decompress(content) if self._path.endswith(".gz") else content).decode("utf-8-sig")
            if self._path.removesuffix(".gz").endswith(LINES):
                return [_record(line, number) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
            return json.loads(text)
        except _DAMAGE as error:
            hint = "copy it again if it was cut off; a file of one record in each line is called .jsonl"
            raise DataError(f"{self._path!r} is not a JSON file: {error}", "file", hint) from error

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the rows from `start` to before `stop`."""
        made = {}
        for name in names:
            steps = self.steps_to(name)
            column = self._table.column(steps[0]).slice(start, stop - start).combine_chunks()
            made[name] = values_of(column, steps[1:], name, lambda row: f"record {start + row} of {self.name}")
        return made


def _record(line: str, number: int) -> Any:
    """Return what a line holds; raises ValueError, with the line's number, if that is no record."""
    try:
        return json.loads(line)
    except ValueError as error:
        raise ValueError(f"line {number}: {str(error).partition(':')[0]}") from error


def _inside(document: Any, table: str, name: str) -> list[Any]:
    """Return the records of a document, or of the list that `table` names inside it."""
    for step in table.split(".") if table else []:
        if not isinstance(document, dict) or step not in document:
            known = ", ".join(document) if isinstance(document, dict) else type(document).__name__
            raise DataError(f"{name} has no list {table!r}", "table", f"it has: {known}")
        document = document[step]
    records = document if isinstance(document, list) else [document]
    for number, record in enumerate(records):
        if not isinstance(record, dict):
            message = f"record {number} of {name} is {json.dumps(record)[:40]}, expected fields by name"
            raise DataError(message, "table", 'a record is {"x": 1.0, "energy": 0.2}')
    return records


def _as_table(records: list[Any], name: str) -> pa.Table:
    fields = dict.fromkeys(field for record in records for field in record)
    columns = {}
    for field in fields:
        try:
            columns[field] = _array([record.get(field) for record in records])
        except (pa.ArrowException, OverflowError) as error:
            message = f"field {field!r} of {name} has values of different kinds: {str(error).splitlines()[0]}"
            hint = "write numbers as numbers, and records of one list with the same fields"
            raise DataError(message, "file", hint) from error
    return pa.table(columns)


def _array(values: list[Any]) -> pa.Array:
    """Return values as Arrow has them: records as structs, lists as lists, whole numbers of 64 bits as they are."""
    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {dict}:
        fields = dict.fromkeys(field for value in values if value for field in value)
        if not fields:
            return pa.array(values, pa.struct([]))
        columns = {field: _array([(value or {}).get(field) for value in values]) for field in fields}
        return pa.StructArray.from_arrays(list(columns.values()), names=list(columns))
    if kinds == {list}:
        ends = np.cumsum([0, *(len(value or ()) for value in values)])
        starts = [None if value is None else start for value, start in zip(values, ends[:-1].tolist(), strict=True)]
        inside = _array(list(chain.from_iterable(value or () for value in values)))
        return pa.ListArray.from_arrays(pa.array([*starts, int(ends[-1])], pa.int32()), inside)
    try:
        return pa.array(values)
    except OverflowError:
        # Beyond 2^63 only types without a sign hold whole numbers.
        return pa.array(values, pa.uint64())
