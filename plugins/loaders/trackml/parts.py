"""The parts of events: csv files beside one another, or inside a zip."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from registry.contract.data import DataError
from registry.plugins.loaders.description.arrow import values_of
from registry.plugins.loaders.description.table import Values

PARTS = ("hits", "truth", "particles", "cells")
SEPARATORS = (",", ";", "\t")
OWN = "event"
"""The part that `registry.convert` adds: what an event has one value of, as JSON."""

_NAME = re.compile(r"(?:^|(.*)/)(event\d+)-(?:(hits|truth|particles|cells)\.csv(?:\.gz)?|(event)\.json)\Z")
_DAMAGE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, ValueError, csv.Error, KeyError, RuntimeError)

_LARGEST_EXACT = 2.0**53
_LONGEST = 2**31 - 1


class Parts:
    """The events of a zip, or the one event that a file of hits belongs to; `events`: names of parts by event."""

    def __init__(self, path: str) -> None:
        self._path, self.name = path, Path(path).name
        try:
            self._archive = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None
        except (OSError, zipfile.BadZipFile) as error:
            raise DataError(f"{path!r} is damaged: {error}", "file", "copy it again") from error
        self.events = self._find()
        self._kept: dict[tuple[str, tuple[str, ...]], dict[str, Values]] = {}

    def close(self) -> None:
        """Close the zip."""
        if self._archive is not None:
            self._archive.close()

    def _find(self) -> dict[str, dict[str, str]]:
        names: Iterable[str]
        if self._archive is not None:
            names = self._archive.namelist()
        else:
            here = _NAME.search(self.name)
            if here is None or here[3] != "hits":
                hint = "name the files of hits, `event*-hits.csv`, or a zip"
                raise DataError(f"{self.name!r} is not a file of TrackML's hits", "file", hint)
            names = [str(file) for file in Path(self._path).parent.glob(f"{here[2]}-*")]
        found: dict[tuple[str, str], dict[str, str]] = {}
        for name in sorted(names):
            match = _NAME.search(name)
            if match is not None:
                parts, part = found.setdefault((match[1] or "", match[2]), {}), match[3] or match[4]
                if part in parts:
                    both = f"{Path(parts[part]).name} and {Path(name).name}"
                    raise DataError(f"{self.name}: {both} are the same part of an event", "file", "remove one of them")
                parts[part] = name
        whole = {place: parts for place, parts in found.items() if "hits" in parts}
        # Folders of a zip may have events of one name.
        unique = len({event for _, event in whole}) == len(whole)
        events = {event if unique else f"{folder}/{event}": parts for (folder, event), parts in whole.items()}
        if not events:
            raise DataError(f"{self.name} holds no file of hits", "file", "expected event000000001-hits.csv")
        return events

    def _content(self, name: str) -> bytes:
        content = Path(name).read_bytes() if self._archive is None else self._archive.read(name)
        return gzip.decompress(content) if name.endswith(".gz") else content

    def _damaged(self, name: str, error: Exception) -> DataError:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        within = "" if Path(name).name == self.name else f" of {self.name}"
        return DataError(f"{Path(name).name}{within} is damaged: {text}", "file", "make or copy it again")

    def header(self, part: str) -> list[str]:
        """Return the columns of a part of the first event; none if it has no such part."""
        name = next(iter(self.events.values())).get(part)
        if name is None:
            return []
        try:
            return [name.strip() for name in _layout(self._content(name)).names]
        except _DAMAGE as error:
            raise self._damaged(name, error) from error

    def own(self, event: str) -> dict[str, Any]:
        """Return what an event has one value of; nothing if that part is not there."""
        name = self.events[event].get(OWN)
        if name is None:
            return {}
        try:
            found: dict[str, Any] = json.loads(self._content(name))
        except _DAMAGE as error:
            raise self._damaged(name, error) from error
        return found

    def columns(self, event: str, part: str, names: Iterable[str]) -> dict[str, Values]:
        """Return columns of a part of an event; those of the last few are kept."""
        file = self.events[event].get(part)
        if file is None:
            raise DataError(f"{event} of {self.name} has no file of its {part}", "file", "put it beside the others")
        wanted = tuple(sorted(set(names)))
        if (file, wanted) not in self._kept:
            try:
                made = _parsed(self._content(file), wanted)
            except _DAMAGE as error:
                raise self._damaged(file, error) from error
            while len(self._kept) > len(PARTS):
                del self._kept[next(iter(self._kept))]
            self._kept[file, wanted] = made
        return self._kept[file, wanted]


@dataclass(frozen=True)
class _Layout:
    """How a csv file is written: lines before that of the names, what separates values, and the names as they stand."""

    before: int
    separator: str
    names: tuple[str, ...]

    def as_written(self, names: Sequence[str]) -> list[str]:
        """Return names as they stand in the file, with the blanks around them; raises ValueError for one it lacks."""
        own = {name.strip(): name for name in self.names}
        lost = [name for name in names if name not in own]
        if lost:
            raise ValueError(f"no column is called {lost[0]!r}; it has: {', '.join(own)}")
        return [own[name] for name in names]


def _layout(content: bytes) -> _Layout:
    """Return how a csv file is written; comments, #, may stand before the names."""
    lines = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", newline="")
    for before, line in enumerate(lines):
        if line.strip() and not line.startswith("#"):
            separator = max(SEPARATORS, key=line.count)
            return _Layout(before, separator, tuple(next(csv.reader([line], delimiter=separator))))
    return _Layout(0, SEPARATORS[0], ())


def _parsed(content: bytes, names: tuple[str, ...]) -> dict[str, Values]:
    """Return columns of a csv file; whole numbers of up to 64 bits, with and without sign, are exact."""
    layout = _layout(content)
    own = layout.as_written(names)
    table = _table(content, layout, own, {})
    large = [name for name in own if _may_be_whole(table.column(name))]
    for name in large:
        try:
            whole = _table(content, layout, [name], {name: pa.uint64()})
        except pa.ArrowException:
            continue
        table = table.set_column(table.schema.get_field_index(name), name, whole.column(name))
    return {
        name: values_of(table.column(written).combine_chunks(), (), name, lambda row: f"row {row}")
        for name, written in zip(names, own, strict=True)
    }


def _table(content: bytes, layout: _Layout, names: list[str], types: dict[str, pa.DataType]) -> pa.Table:
    return pa.csv.read_csv(
        pa.BufferReader(content),
        # A type is that of all values of the first block: all of them are one.
        read_options=pa.csv.ReadOptions(
            use_threads=False, block_size=min(len(content) + 1, _LONGEST), skip_rows=layout.before
        ),
        parse_options=pa.csv.ParseOptions(delimiter=layout.separator),
        convert_options=pa.csv.ConvertOptions(include_columns=names, column_types=types),
    )


def _may_be_whole(column: pa.ChunkedArray) -> bool:
    """Say whether floats may be whole numbers beyond those that have 64 bits with a sign."""
    if not pa.types.is_floating(column.type):
        return False
    values = column.to_numpy()
    large = values[np.isfinite(values) & (np.abs(values) > _LARGEST_EXACT)]
    return bool(len(large)) and bool((large > 0).all())
