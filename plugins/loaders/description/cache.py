"""Keeps events as they are built from a file in a fast local form: Arrow's file format, mapped into memory."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shutil
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from registry.plugins.loaders.description.addresses import digests
from registry.plugins.loaders.description.built import Built
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.events import Events

VERSION = "2"
"""Of what is written: what has another one is written anew."""

WHOLE = "whole.json"
"""Says what a folder of parts holds; written last."""

LEFT_OUT = {"file", "published", "memory", "workers", "cache", "units", "called", "split", "transforms"}
"""Parameters that do not change what is kept."""

BLOCK = 2**20
"""Bytes of a file that are read at once to compare it with its checksum."""

_IDS, _KEPT, _GROUP, _ABOUT = "id.", "kept", "group", b"about"


@dataclass(frozen=True)
class CachedFile:
    """The parts of a data file, each an Arrow file that is mapped into memory when it is read."""

    folder: Path
    about: Mapping[str, Any]

    @property
    def cuts(self) -> list[int]:
        """The events at which the parts start, and the number of events."""
        return list(self.about["cuts"])

    def part(self, number: int) -> Built:
        """Return a part; its columns are views of the file."""
        return _read(self.folder / _name(number))

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return len(self.about["checksums"])

    def is_sound(self, number: int) -> bool:
        """Say whether a part is, to the last bit, as it was written."""
        try:
            return _checksum(self.folder / _name(number)) == self.about["checksums"][number]
        except OSError:
            return False


class Cache:
    """Folders of parts, one for each data file, known by that file's contents and the description.

    `notes`: what is said of them. What cannot be written is left out, and said.
    """

    def __init__(self, folder: str, params: TableParams, files: Sequence[str]) -> None:
        self._folder, self._files = Path(folder), list(files)
        by = params.split.part or (params.split.by if params.split.by not in ("event", "file") else "")
        options = f"{VERSION} {params.model_dump_json(exclude=LEFT_OUT)} {by}"
        self._options = hashlib.sha256(options.encode()).hexdigest()[:12]
        self._contents = dict(zip(files, digests(files), strict=True))
        self._read = self._written = 0
        self._changed: list[str] = []
        self._damaged: list[str] = []
        self._failed = ""

    def find(self, file: str, beside: Sequence[str] = ()) -> CachedFile | None:
        """Return what is kept of a data file; None for nothing, and for what is not whole. `beside`: files it needs."""
        folder = self._place(file, beside)
        try:
            about = json.loads((folder / WHOLE).read_text())
            whole = all((folder / _name(n)).is_file() for n in range(len(about["checksums"])))
        except (OSError, ValueError, KeyError):
            return None
        self._read += whole
        return CachedFile(folder, about) if whole else None

    def damaged(self, file: str) -> None:
        """Take note that what is kept of a data file is not what was written, and is not used."""
        self._read -= 1
        self._damaged.append(file)

    def _place(self, file: str, beside: Sequence[str]) -> Path:
        contents = [self._contents[file], *digests(beside)]
        known = hashlib.sha256(" ".join(contents).encode()).hexdigest()[:16]
        return self._folder / f"{self._prefix(file)}{known}"

    def _prefix(self, file: str) -> str:
        where = file if "://" in file else str(Path(file).resolve())
        place = hashlib.sha256(where.encode()).hexdigest()[:8]
        return f"{Path(file).name}-{place}-{self._options}-"

    def write(self, file: str, beside: Sequence[str] = ()) -> CacheWriter | None:
        """Return what writes the parts of a data file, in the place of those of other contents; None if it cannot."""
        if self._failed:
            return None
        try:
            older = list(self._folder.glob(glob.escape(self._prefix(file)) + "*"))
            if older and file not in self._damaged:
                self._changed.append(file)
            for folder in older:
                shutil.rmtree(folder, ignore_errors=True)
            return CacheWriter(self._place(file, beside), self)
        except OSError as error:
            self.failed(error)
            return None

    def failed(self, error: Exception) -> None:
        """Take note of why nothing more is written."""
        self._failed = getattr(error, "strerror", None) or str(error)

    def was_written(self) -> None:
        """Take note of a data file more."""
        self._written += 1

    @property
    def notes(self) -> list[str]:
        """What is said of the cache."""
        found = [f"cache {self._folder}: {self._read} files read from it, {self._written} written into it"]
        for files, why in ((self._changed, "of other contents"), (self._damaged, "damaged")):
            names = ", ".join(Path(file).name for file in files[:3])
            more = f" and {len(files) - 3} more" if len(files) > 3 else ""
            found += [f"cache {self._folder}: {why}, and made anew: {names}{more}"] * bool(files)
        if self._failed:
            found.append(f"cache {self._folder} cannot be written to: {self._failed}")
        return found


class CacheWriter:
    """Writes the parts of a file one after the other; they are in their place once `finish` is called."""

    def __init__(self, folder: Path, cache: Cache) -> None:
        self._folder, self._cache = folder, cache
        self._temporary = folder.with_name(f".{folder.name}.{os.getpid()}")
        self._temporary.mkdir(parents=True)
        self._checksums: list[int] = []

    def add(self, built: Built) -> bool:
        """Write the next part, and say whether that was possible."""
        path = self._temporary / _name(len(self._checksums))
        try:
            _write(path, built)
            self._checksums.append(_checksum(path))
        except (OSError, pa.ArrowException) as error:
            self._cache.failed(error)
            self.abandon()
            return False
        return True

    def finish(self, about: Mapping[str, Any]) -> CachedFile | None:
        """Write what is known of the whole file, and put the parts into their place."""
        try:
            about = {**about, "checksums": self._checksums}
            (self._temporary / WHOLE).write_text(json.dumps(about))
            self._temporary.rename(self._folder)
        except OSError as error:
            self._cache.failed(error)
            self.abandon()
            return None
        self._cache.was_written()
        return CachedFile(self._folder, about)

    def abandon(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self._temporary, ignore_errors=True)


def _name(number: int) -> str:
    return f"{number:05d}.arrow"


def _checksum(path: Path) -> int:
    """Return a number that is another one if a bit of the file is."""
    found = 0
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            found = zlib.crc32(block, found)
    return found


def _write(path: Path, built: Built) -> None:
    """Write a part as one row for each event, whose columns are lists of hits."""
    splits = pa.array(built.events.row_splits)
    columns = {name: _lists(column, splits) for name, column in built.events.columns.items()}
    columns |= {f"{_IDS}{name}": _lists(column, splits) for name, column in built.ids.columns.items()}
    columns[_KEPT] = pa.array(built.kept)
    if built.groups is not None:
        columns[_GROUP] = pa.array(built.groups)
    about = {"removed": built.removed, "doubts": built.doubts, "skipped": built.skipped}
    table = pa.RecordBatch.from_pydict(columns).replace_schema_metadata({_ABOUT: json.dumps(about).encode()})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_batch(table)


def _lists(column: np.ndarray, splits: pa.Array) -> pa.Array:
    flat = pa.array(np.ascontiguousarray(column).reshape(-1))
    width = column.shape[1]
    values = flat if width == 1 else pa.FixedSizeListArray.from_arrays(flat, width)
    return pa.ListArray.from_arrays(splits, values)


def _read(path: Path) -> Built:
    try:
        source = pa.memory_map(str(path))
    except OSError:  # there is no room for it among the addresses of this process
        source = pa.OSFile(str(path))
    batch = pa.ipc.open_file(source).get_batch(0)
    about = json.loads(batch.schema.metadata[_ABOUT])
    events: dict[str, np.ndarray] = {}
    ids: dict[str, np.ndarray] = {}
    splits = np.zeros(1, np.int32)
    for name in batch.schema.names:
        array = batch.column(name)
        if name in (_KEPT, _GROUP):
            continue
        splits = array.offsets.to_numpy()
        values = array.values
        width = values.type.list_size if pa.types.is_fixed_size_list(values.type) else 1
        flat = (values.values if width > 1 else values).to_numpy(zero_copy_only=False)
        (ids if name.startswith(_IDS) else events)[name.removeprefix(_IDS)] = flat.reshape(-1, width)
    groups = batch.column(_GROUP).to_numpy(zero_copy_only=False) if _GROUP in batch.schema.names else None
    return Built(
        Events(events, splits),
        Events(ids, splits),
        batch.column(_KEPT).to_numpy(zero_copy_only=False),
        Counter(about["removed"]),
        tuple(about["doubts"]),
        groups,
        tuple(about["skipped"]),
    )
