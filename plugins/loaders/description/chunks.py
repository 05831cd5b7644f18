"""The parts of files that are read at once: built when they are asked for, by several threads, some kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import islice, pairwise

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.addresses import stamp
from registry.plugins.loaders.description.build import Builder
from registry.plugins.loaders.description.built import Built, joined
from registry.plugins.loaders.description.cache import Cache, CachedFile, CacheWriter
from registry.plugins.loaders.description.copies import Copies
from registry.plugins.loaders.description.events import MOST_HITS
from registry.plugins.loaders.description.files import DataFile, check_across_files, check_kinds, open_file
from registry.plugins.loaders.description.object_files import OpenTable
from registry.plugins.loaders.description.opening import OpenTables
from registry.plugins.loaders.description.options import TableParams

MEBIBYTE = 2**20

FEWEST = 3
"""Parts that are kept however large they are: the one in use, and what is read ahead."""

Looking = Callable[[Callable[[str], np.ndarray]], None]
"""Is given what returns a column of the hits by its text."""


class Chunks:
    """Parts of files by number, in the order of the files; `places`: of each its file, first event and last.

    `sample`: of each file only the first part counts. `skipped`: why files were left out, where `on_error` is "skip".
    Raises DataError for a file that does not hold what the description says.
    """

    def __init__(self, params: TableParams, files: Sequence[str], open_table: OpenTable, sample: bool = False) -> None:
        self._params, self._open_table = params, open_table
        self.files: list[DataFile] = []
        self.skipped: list[str] = []
        self.tables = OpenTables(lambda file: self.files[file].open_again(params, open_table))
        for number, path in enumerate(files):
            self._open(path, number, files)
        if not self.files:
            raise DataError(f"no file can be used: {self.skipped[-1]}", "file", "`on_error: strict` stops at the first")
        self._stamps = [stamp(file.path) for file in self.files]
        self.doubts = check_across_files(self.files, params)
        self.places = [
            (number, first, last)
            for number, file in enumerate(self.files)
            for first, last in islice(pairwise(file.cuts), 1 if sample else None)
        ]
        self._known: set[int] = set()  # parts whose values were looked at, and are as they should be
        self._first_of: dict[int, int] = {}
        for chunk, (number, _, _) in enumerate(self.places):
            self._first_of.setdefault(number, chunk)
        self._kept: OrderedDict[int, Built] = OrderedDict()
        self._kept_bytes, self._lock = 0, threading.Lock()
        self._pending: dict[int, Future[Built]] = {}
        self.copies = Copies(params.columns)
        self._workers = ThreadPoolExecutor(params.workers, thread_name_prefix="files")
        self.cache = Cache(params.cache, params, [file.path for file in self.files]) if params.cache else None
        self._cached = {} if self.cache is None else self._sound(self.cache)

    def _open(self, path: str, number: int, files: Sequence[str]) -> None:
        try:
            file, builder = open_file(path, number, self._params, self._open_table, files)
            check_kinds([*self.files[:1], file], self._params)
        except DataError as error:
            if self._params.on_error == "strict":
                raise
            self.skipped.append(error.message)
        else:
            self.tables.put_back(len(self.files), builder)
            self.files.append(file)

    def _sound(self, cache: Cache) -> dict[int, CachedFile]:
        """Return what is kept of each file, by its number, where every part is as it was written."""
        found: dict[int, CachedFile] = {}
        for number, file in enumerate(self.files):
            kept = cache.find(file.path, file.beside)
            if kept is not None and kept.cuts == list(file.cuts):
                found[number] = kept
        parts = [(number, part) for number, kept in found.items() for part in range(kept.parts)]
        sound = self._workers.map(lambda place: found[place[0]].is_sound(place[1]), parts)
        for number in {number for (number, _), good in zip(parts, sound, strict=True) if not good}:
            del found[number]
            cache.damaged(self.files[number].path)
        return found

    def __len__(self) -> int:
        return len(self.places)

    def build(self, chunk: int, looked_at: Looking = lambda value: None) -> Built:
        """Return a part as its file has it now; raises DataError for a file that has changed since it was opened."""
        file, first, last = self.places[chunk]
        self.check_unchanged(file)
        if file in self._cached:
            return self._cached[file].part(chunk - self._first_of[file])
        with self.tables.of(file) as builder:
            try:
                built = builder.build(first, last, looked_at, chunk in self._known)
            except DataError:
                if self._params.on_error == "strict":
                    raise
                built = self._without_bad(builder, first, last)
        if len(built.events) and built.events.n_hits > MOST_HITS:
            name = self.files[file].name
            raise DataError(f"{name}: more hits are read at once than int32 counts", "file", "split the file")
        return built

    def check_unchanged(self, file: int) -> None:
        path = self.files[file].path
        if stamp(path) != self._stamps[file]:
            message = f"data file {path!r} has changed, or is gone, since it was opened"
            raise DataError(message, "file", "start again once it is written; events that were read are of the old one")

    def _without_bad(self, builder: Builder, first: int, last: int) -> Built:
        """Return the events that can be used, one by one, and why others cannot."""
        good: list[Built] = []
        skipped: list[str] = []
        for event in range(first, last):
            try:
                good.append(builder.build(event, event + 1, lambda value: None))
            except DataError as error:
                file, label = builder.opened.table.name, builder.opened.index.label(event)
                named = file in error.message and label in error.message
                skipped.append(error.message if named else f"event {label} of {file}: {error.message}")
        return replace(joined(good), skipped=tuple(skipped))

    def look(self) -> Iterator[Built]:
        """Yield all parts in their order, each built once; several are read at the same time."""
        looking = threading.Lock()
        copies = [Copies(self._params.columns) for _ in self.files]

        def compare(file: int, value: Callable[[str], np.ndarray]) -> None:
            with looking:
                copies[file].compare(value)

        waiting: deque[Future[Built]] = deque()
        writer: CacheWriter | None = None
        try:
            ahead = iter(range(len(self)))
            for chunk, (file, _, _) in enumerate(self.places):
                for later in islice(ahead, self._params.workers + 1 - len(waiting)):
                    looked_at = partial(compare, self.places[later][0])
                    waiting.append(self._workers.submit(self.build, later, looked_at))
                built = waiting.popleft().result()
                cached = file in self._cached
                if chunk == self._first_of[file] and self.cache is not None and not cached:
                    writer = self.cache.write(self.files[file].path, self.files[file].beside)
                if writer is not None and not writer.add(built):
                    writer = None
                if not built.skipped:
                    self._known.add(chunk)
                yield built
                if chunk + 1 == len(self) or self.places[chunk + 1][0] != file:
                    self._close(file, copies[file], writer)
                    writer = None
        finally:
            for future in waiting:
                future.cancel()
            if writer is not None:
                writer.abandon()

    def _close(self, file: int, copies: Copies, writer: CacheWriter | None) -> None:
        """Take note that a file was looked at as a whole."""
        if file in self._cached:
            copies = Copies.of_plain(self._params.columns, self._cached[file].about["copies"])
        self.copies.join(copies)
        if writer is not None:
            cached = writer.finish({"cuts": self.files[file].cuts, "copies": copies.plain()})
            if cached is not None:
                self._cached[file] = cached

    def keep(self, chunk: int, built: Built) -> None:
        """Keep a part in memory, in the place of those that were not used for the longest time."""
        if self.places[chunk][0] in self._cached:
            return
        limit = self._params.memory * MEBIBYTE
        with self._lock:
            if chunk in self._kept:
                return
            self._kept[chunk] = built
            self._kept_bytes += built.nbytes
            while self._kept_bytes > limit and len(self._kept) > FEWEST:
                self._kept_bytes -= self._kept.popitem(last=False)[1].nbytes

    def read_ahead(self, chunks: Iterable[int]) -> dict[int, Future[Built]]:
        """Start to read parts, and return what gives each of them."""
        found: dict[int, Future[Built]] = {}
        with self._lock:
            for chunk in chunks:
                if chunk in self._kept:
                    self._kept.move_to_end(chunk)
                    found[chunk] = Future()
                    found[chunk].set_result(self._kept[chunk])
                    continue
                if chunk not in self._pending:
                    self._pending[chunk] = self._workers.submit(self._read, chunk)
                found[chunk] = self._pending[chunk]
        return found

    def each(self, chunks: Sequence[int], at_once: bool) -> Iterator[Built]:
        """Yield parts in the order asked for; all of them are read ahead at once, or a few beyond the one in use."""
        ahead = len(chunks) if at_once else self._params.workers + 1
        waiting: deque[Future[Built]] = deque()
        later = iter(chunks)
        for _ in chunks:
            for chunk in islice(later, ahead - len(waiting)):
                waiting.append(self.read_ahead([chunk])[chunk])
            yield waiting.popleft().result()

    def _read(self, chunk: int) -> Built:
        try:
            built = self.build(chunk)
            self.keep(chunk, built)
            return built
        finally:
            with self._lock:
                self._pending.pop(chunk, None)
