"""The events of files in any format: looked at once, then read by the batch, with a bounded number kept in memory."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from registry.contract.data import Columns, DataError, Part
from registry.contract.survey import Survey
from registry.plugins.loaders.description.addresses import fingerprint, stamp
from registry.plugins.loaders.description.augmentation import Movement, draw
from registry.plugins.loaders.description.build import Builder, Built
from registry.plugins.loaders.description.copies import Copies
from registry.plugins.loaders.description.events import MOST_HITS
from registry.plugins.loaders.description.files import OpenFile, check_across_files, open_file
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.description.scaling import scaled
from registry.plugins.loaders.description.selection import deal
from registry.plugins.loaders.description.survey import survey
from registry.plugins.loaders.description.table import Table
from registry.plugins.loaders.events import Events

MEBIBYTE = 2**20


class TableSource:
    """The events of some files: all are read once and checked, and those kept are counted; batches read them again.

    What has been read is kept in memory up to `memory`. Raises DataError, with the parameter concerned, for a file that
    does not hold what the description says.
    """

    def __init__(
        self, params: TableParams, seed: int, files: Sequence[str], open_table: Callable[[str, str], Table]
    ) -> None:
        self._params, self._seed = params, seed
        self._paths: list[str] = []
        self._files: list[OpenFile] = []
        self.skipped: list[str] = []
        for number, path in enumerate(files):
            self._open(path, number, open_table, files)
        if not self._files:
            raise DataError(f"no file can be used: {self.skipped[-1]}", "file", "`on_error: strict` stops at the first")
        self._stamps = [stamp(file) for file in self._paths]
        check_across_files(self._files, params)
        self._kept: OrderedDict[int, Built] = OrderedDict()
        self._kept_bytes, self._lock = 0, threading.Lock()
        self._reading = threading.Lock()
        self._drawn: tuple[int, Movement] | None = None
        self.doubts: tuple[str, ...] = ()
        self.removed: Counter[str] = Counter()
        self._chunks: list[tuple[int, int, int]] = []
        for number, file in enumerate(self._files):
            cuts = file.index.cuts(file.table.pieces)
            self._chunks += [(number, first, last) for first, last in pairwise(cuts)]
        self._look()

    def _open(self, file: str, number: int, open_table: Callable[[str, str], Table], files: Sequence[str]) -> None:
        try:
            self._files.append(open_file(file, number, self._params, open_table, files))
        except DataError as error:
            if self._params.on_error == "strict":
                raise
            self.skipped.append(error.message)
        else:
            self._paths.append(file)

    def _look(self) -> None:
        """Read all events once; what is kept of each is its size and where it is."""
        params = self._params
        copies = Copies(params.columns)
        sizes, places, groups, sizes_of_chunks = [], [], [], []
        total_events = total_hits = 0
        for chunk in range(len(self._chunks)):
            built = self._build(chunk, copies.compare)
            self._keep(chunk, built)
            sizes_of_chunks.append(built.nbytes)
            file, first, last = self._chunks[chunk]
            total_events += last - first
            total_hits += self._files[file].hits(first, last, built)
            sizes.append(built.events.sizes)
            places.append(np.stack([np.full(len(built.kept), chunk), np.arange(len(built.kept)), built.kept], axis=1))
            groups.append(built.groups if built.groups is not None else np.full(len(built.kept), file))
            self.doubts = tuple(dict.fromkeys([*self.doubts, *built.doubts]))
            self.removed.update(built.removed)
        copies.check()
        self._sizes = np.concatenate([np.zeros(0, np.int64), *sizes])
        self._places = np.concatenate([np.zeros((0, 3), np.int64), *places]).astype(np.int64)
        self._bytes = np.array(sizes_of_chunks, dtype=np.int64)
        plural = "which has" if len(self._paths) == 1 else "which have"
        left_of = (
            self.name if len(self._sizes) else f"{self.name}, {plural} {total_events} events with {total_hits} hits"
        )
        self._parts = deal(params.split, len(self._sizes), left_of, self._groups(groups))
        of_files = (doubt for file in self._files for doubt in file.doubts)
        self.doubts = (*self.doubts, *of_files, *params.doubtful_units())

    def _groups(self, groups: list[np.ndarray]) -> np.ndarray | None:
        """Return a number for each event, equal for those that stay together; None if each is by itself."""
        if self._params.split.by == "event" or not groups:
            return None
        numbers = np.unique(np.concatenate(groups), return_inverse=True)[1]
        return np.asarray(numbers).reshape(-1)

    @property
    def name(self) -> str:
        """The name of the file, or "events_0.parquet and 3 more"."""
        first = Path(self._paths[0]).name
        return first if len(self._paths) == 1 else f"{first} and {len(self._paths) - 1} more"

    @property
    def notes(self) -> tuple[str, ...]:
        """What filters removed, and what was skipped, a sentence each."""
        found = [f"{count} {what}" for what, count in self.removed.items() if count]
        return (*found, *(f"skipped: {text}" for text in self.skipped))

    def _build(self, chunk: int, looked_at: Callable[[Callable[[str], np.ndarray]], None]) -> Built:
        file, first, last = self._chunks[chunk]
        self._check_unchanged(file)
        builder = self._files[file].builder
        try:
            built = builder.build(first, last, looked_at)
        except DataError:
            if self._params.on_error == "strict":
                raise
            built = self._without_bad(builder, first, last)
        if len(built.events) and built.events.n_hits > MOST_HITS:
            raise DataError(f"{self.name}: more hits are read at once than int32 counts", "file", "split the file")
        return built

    def _check_unchanged(self, file: int) -> None:
        """Raise DataError for a file that is not what it was when it was opened."""
        if stamp(self._paths[file]) != self._stamps[file]:
            message = f"data file {self._paths[file]!r} has changed, or is gone, since it was opened"
            raise DataError(message, "file", "start again once it is written; events that were read are of the old one")

    def _without_bad(self, builder: Builder, first: int, last: int) -> Built:
        """Return the events that can be used, one by one, and note the others."""
        good: list[Built] = []
        for event in range(first, last):
            try:
                good.append(builder.build(event, event + 1, lambda value: None))
            except DataError as error:
                if error.message not in self.skipped:
                    self.skipped.append(error.message)
        if not good:
            return Built(Events({}, np.zeros(1)), Events({}, np.zeros(1)), np.zeros(0, np.int64))
        removed: Counter[str] = Counter()
        for one in good:
            removed.update(one.removed)
        groups = (
            None if good[0].groups is None else np.concatenate([one.groups for one in good if one.groups is not None])
        )
        return Built(
            Events.concatenate([one.events for one in good]),
            Events.concatenate([one.ids for one in good]),
            np.concatenate([one.kept for one in good]),
            removed,
            tuple(dict.fromkeys(doubt for one in good for doubt in one.doubts)),
            groups,
        )

    def _keep(self, chunk: int, built: Built) -> None:
        limit = self._params.memory * MEBIBYTE
        with self._lock:
            self._kept[chunk] = built
            self._kept_bytes += built.nbytes
            while self._kept_bytes > limit and len(self._kept) > 1:
                self._kept_bytes -= self._kept.popitem(last=False)[1].nbytes

    def _chunk(self, chunk: int) -> Built:
        with self._lock:
            if chunk in self._kept:
                self._kept.move_to_end(chunk)
                return self._kept[chunk]
        # Libraries of formats do not say that a file may be read by two threads at once.
        with self._reading:
            built = self._build(chunk, lambda value: None)
        self._keep(chunk, built)
        return built

    def sizes(self, part: Part) -> np.ndarray:
        """Return the number of hits of every event of a part, int64 [events]."""
        return self._sizes[self._parts[part]]

    def shuffled(self, part: Part, random: np.random.Generator) -> np.ndarray:
        """Return the events of a part in random order; files larger than `memory` are shuffled window by window."""
        events = self._parts[part]
        if self._bytes.sum() <= self._params.memory * MEBIBYTE:
            return random.permutation(np.arange(len(events)))
        chunk_of = self._places[events, 0]
        found: list[np.ndarray] = []
        for window in self._windows(random.permutation(np.unique(chunk_of))):
            found.append(random.permutation(np.flatnonzero(np.isin(chunk_of, window))))
        return np.concatenate([np.zeros(0, np.int64), *found])

    def _windows(self, chunks: np.ndarray) -> Iterator[np.ndarray]:
        """Yield chunks that fit into memory together."""
        limit, start, filled = self._params.memory * MEBIBYTE, 0, 0
        for position, chunk in enumerate(chunks):
            if position > start and filled + self._bytes[chunk] > limit:
                yield chunks[start:position]
                start, filled = position, 0
            filled += self._bytes[chunk]
        yield chunks[start:]

    def read(self, part: Part, events: np.ndarray, epoch: int | None) -> Columns:
        """Return the columns of the given events; in training they are moved as the epoch has it."""
        chosen = self._gather(part, events, lambda built: built.events)
        columns = dict(chosen.columns)
        augmentation = self._params.augmentation
        if epoch is not None and part == "train" and (augmentation.rotate_phi or augmentation.mirror):
            columns |= self._moved(columns, self._movement(epoch).of(np.repeat(events, chosen.sizes)))
        columns["features"] = scaled(columns["features"], self._params)
        return {**columns, "row_splits": chosen.row_splits}

    def _gather(self, part: Part, events: np.ndarray, of: Callable[[Built], Events]) -> Events:
        """Return events in the order asked for; every chunk is read once."""
        places = self._places[self._parts[part][np.asarray(events, dtype=np.int64)]]
        chunks = np.unique(places[:, 0])
        if not len(chunks):
            some = int(self._places[0, 0]) if len(self._places) else 0
            return of(self._chunk(some)).select(np.zeros(0, np.int64))
        parts, position = [], np.zeros(len(places), np.int64)
        before = 0
        for chunk in chunks:
            mine = np.flatnonzero(places[:, 0] == chunk)
            parts.append(of(self._chunk(int(chunk))).select(places[mine, 1]))
            position[mine] = before + np.arange(len(mine))
            before += len(mine)
        if len(parts) == 1:
            return parts[0]
        return Events.concatenate(parts).select(position)

    def _movement(self, epoch: int) -> Movement:
        if self._drawn is None or self._drawn[0] != epoch:
            self._drawn = epoch, draw(self._params.augmentation, len(self._parts["train"]), self._seed, epoch)
        return self._drawn[1]

    def _moved(self, columns: dict[str, np.ndarray], movement: Movement) -> dict[str, np.ndarray]:
        names = self._params.columns
        moved: dict[str, np.ndarray] = {}
        for output in ("coordinates", "truth_position"):
            if output in columns:
                moved[output] = columns[output].copy()
                moved[output][:, 0], moved[output][:, 1] = movement.turn(*columns[output].T[:2])
        features = moved["features"] = columns["features"].copy()
        turned = (
            dict(zip((names.coordinates or [])[:2], moved["coordinates"].T[:2], strict=True))
            if names.coordinates
            else {}
        )
        for index, name in enumerate(names.features):
            if name in turned:
                features[:, index] = turned[name]
            elif name in self._params.augmentation.phi_columns:
                features[:, index] = movement.shift(features[:, index])
        return moved

    def original(self, part: Part, events: np.ndarray) -> Columns:
        """Return what files call hits and objects, [hits, 1]: "hit", the number in its event, and "truth_index"."""
        return self._gather(part, events, lambda built: built.ids).columns

    def describe(self, part: Part, event: int) -> str:
        """Return "belle2_ecl.npz event 12": its number, counted from 0, or what the file calls it."""
        chunk, _, number = self._places[self._parts[part][event]]
        file = self._files[self._chunks[chunk][0]]
        return f"{file.table.name} event {file.index.label(int(number))}"

    def fingerprint(self) -> str:
        """Return a hash of the files' contents and of the options that say what is made of them."""
        options = self._params.model_dump_json(exclude={"file", "published", "memory", "units"})
        return hashlib.sha256((fingerprint(self._paths) + options).encode()).hexdigest()

    def survey(self) -> Survey:
        """Return what is in the files, before any filter."""
        return survey(self._params, self._files)
