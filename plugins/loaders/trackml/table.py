"""The events of a zip, or the one event of a file of hits, with its truth, particles and cells."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from registry.contract.data import DataError
from registry.plugins.loaders.description.expressions import OBJECT
from registry.plugins.loaders.description.table import ColumnType, Values

_NAME = re.compile(r"(?:^|/)(event\d+)-(hits|truth|particles|cells)\.csv(?:\.gz)?\Z")
PARTS = ("hits", "truth", "particles", "cells")
CELLS = ("n_cells", "cell_value")
"""What is made of a hit's cells: their number, and the sum of their charge."""

_WHOLE = frozenset(
    ("hit_id", "volume_id", "layer_id", "module_id", "particle_id", "q", "nhits", "particle_type", "n_cells")
)
"""Columns of whole numbers."""

_DAMAGE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, UnicodeDecodeError, ValueError, csv.Error)


class TrackMLTable:
    """A row for each event, whose columns are lists of hits and of particles."""

    def __init__(self, path: str) -> None:
        self._path, self.name = path, Path(path).name
        self._events = self._find()
        self.rows = len(self._events)
        self.pieces = np.arange(self.rows + 1)
        self._headers = {part: self._header(part) for part in PARTS}
        self._part_of: dict[str, str] = {}
        for part in ("hits", "truth"):
            for name in self._headers[part]:
                self._part_of.setdefault(name, part)
        self._part_of |= {f"{OBJECT}.{name}": "particles" for name in self._headers["particles"]}
        if self._headers["cells"]:
            self._part_of |= dict.fromkeys(CELLS, "cells")
        self.types = {name: ColumnType(_dtype(name), 1) for name in self._part_of}
        self.types["event"] = ColumnType(np.dtype(object))
        self.truth = frozenset(name for name, part in self._part_of.items() if part == "truth")

    def _find(self) -> dict[str, dict[str, str]]:
        """Return the names of every event's parts by event; raises DataError if there is none."""
        names: Iterable[str]
        if zipfile.is_zipfile(self._path):
            with zipfile.ZipFile(self._path) as archive:
                names = archive.namelist()
        else:
            here = _NAME.search(Path(self._path).name)
            if here is None or here[2] != "hits":
                hint = "name the files of hits, `event*-hits.csv`, or a zip"
                raise DataError(f"{self.name!r} is not a file of TrackML's hits", "file", hint)
            names = [str(file) for file in Path(self._path).parent.glob(f"{here[1]}-*")]
        found: dict[str, dict[str, str]] = {}
        for name in sorted(names):
            match = _NAME.search(name)
            if match is not None:
                found.setdefault(match[1], {}).setdefault(match[2], name)
        events = {event: parts for event, parts in found.items() if "hits" in parts}
        if not events:
            raise DataError(f"{self.name} holds no file of hits", "file", "expected event000000001-hits.csv")
        return events

    def _opened(self, name: str) -> IO[bytes]:
        stream: Any
        if zipfile.is_zipfile(self._path):
            with zipfile.ZipFile(self._path) as archive:
                stream = io.BytesIO(archive.read(name))
        else:
            stream = open(name, "rb")  # noqa: SIM115  (its reader closes it)
        return gzip.open(stream) if name.endswith(".gz") else stream  # type: ignore[return-value]

    def _header(self, part: str) -> list[str]:
        """Return the columns of a part of the first event; none if it has no such part."""
        name = next(iter(self._events.values())).get(part)
        if name is None:
            return []
        try:
            with self._opened(name) as stream:
                return next(csv.reader(io.TextIOWrapper(stream, "utf-8")), [])
        except _DAMAGE as error:
            raise self._damaged(name, error) from error

    def _damaged(self, name: str, error: Exception) -> DataError:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        return DataError(f"{Path(name).name} of {self.name} is damaged: {text}", "file", "make or copy it again")

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the events from `start` to before `stop`."""
        wanted = list(names)
        events = list(self._events)[start:stop]
        lists: dict[str, list[np.ndarray]] = {name: [] for name in wanted if name != "event"}
        for event in events:
            frames = self._frames(event, wanted)
            for name, found in lists.items():
                part = self._part_of[name]
                found.append(frames[part][name.removeprefix(OBJECT + ".")].to_numpy())
        made = {name: _joined(found, _dtype(name)) for name, found in lists.items()}
        if "event" in wanted:
            made["event"] = Values(np.array(events, dtype=object))
        return made

    def _frames(self, event: str, names: Sequence[str]) -> dict[str, pd.DataFrame]:
        """Return the parts of an event that hold the named columns, those of hits in the order of the hits."""
        parts = {self._part_of[name] for name in names if name != "event"}
        frames = {part: self._part(event, part) for part in parts if part in ("hits", "particles")}
        for part in parts - set(frames):
            hits = self._part(event, "hits")["hit_id"].to_numpy()
            frames[part] = self._by_hit(event, part, hits)
        return frames

    def _by_hit(self, event: str, part: str, hits: np.ndarray) -> pd.DataFrame:
        """Return the truth, or the sums of the cells, of each hit."""
        found = self._part(event, part)
        if part == "cells":
            cells = found.groupby("hit_id")["value"].agg(["size", "sum"]).reindex(hits, fill_value=0)
            return cells.set_axis(list(CELLS), axis=1)
        if np.array_equal(found["hit_id"].to_numpy(), hits):
            return found
        place = pd.Index(found["hit_id"]).get_indexer(hits) if found["hit_id"].is_unique else np.full(len(hits), -1)
        if (place < 0).any():
            hit = hits[int(np.flatnonzero(place < 0)[0])]
            reason = f"hit {hit} has no truth" if found["hit_id"].is_unique else "a hit is there twice"
            raise DataError(f"{event} of {self.name}: {reason}", "file", "do hits and truth belong together?")
        return found.iloc[place]

    def _part(self, event: str, part: str) -> pd.DataFrame:
        name = self._events[event].get(part)
        if name is None:
            raise DataError(f"{event} of {self.name} has no file of its {part}", "file", "put it beside the others")
        try:
            return self._parsed(name)
        except _DAMAGE as error:
            raise self._damaged(name, error) from error

    @lru_cache(maxsize=4)  # noqa: B019  (a handful of parts, for the columns that are read one after the other)
    def _parsed(self, name: str) -> pd.DataFrame:
        with self._opened(name) as stream:
            found = pd.read_csv(stream)
        if not isinstance(found.index, pd.RangeIndex):
            raise ValueError("a row has more values than the first line has names")
        return found

    def array(self, name: str) -> np.ndarray | None:
        """There is no array beside the events."""
        return None

    def arrays(self) -> Iterable[str]:
        """There is no array beside the events."""
        return ()


def _dtype(name: str) -> np.dtype:
    plain = name.removeprefix(OBJECT + ".")
    return np.dtype(np.int64 if plain in _WHOLE else np.float64)


def _joined(lists: list[np.ndarray], dtype: np.dtype) -> Values:
    splits = np.concatenate([[0], np.cumsum([len(each) for each in lists])]).astype(np.int64)
    # A part without a row has no type.
    filled = [each for each in lists if len(each)]
    return Values(np.concatenate(filled) if filled else np.zeros(0, dtype), (splits,))
