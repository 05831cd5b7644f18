"""The events of files in any format: looked at once, then read by the batch, with a bounded number kept in memory."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from registry.contract.augmentation import Augmentation
from registry.contract.casting import in_one_type
from registry.contract.data import Columns, Part
from registry.contract.survey import Survey
from registry.plugins.loaders.description.addresses import fingerprint
from registry.plugins.loaders.description.augmentation import LOOKED_AT, Augmenter, without_raw
from registry.plugins.loaders.description.built import Built
from registry.plugins.loaders.description.chunks import FEWEST, MEBIBYTE, Chunks
from registry.plugins.loaders.description.conflicts import doubtful_units
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.description.remarks import Remarks
from registry.plugins.loaders.description.scaling import scaled
from registry.plugins.loaders.description.selection import deal, dealt
from registry.plugins.loaders.description.survey import survey
from registry.plugins.loaders.description.table import Table
from registry.plugins.loaders.events import Events

HIT = "hit"
"""What hits are called in their files, beside their columns."""


class TableSource:
    """The events of some files: all are read once and checked, and those kept are counted; batches read them again.

    What has been read is kept in memory up to `memory`. `sample`: only the first part of each file is looked at; its
    doubts say so. Raises DataError, with the parameter concerned, for a file that
    does not hold what the description says.
    """

    def __init__(
        self,
        params: TableParams,
        seed: int,
        files: Sequence[str],
        open_table: Callable[[str, str], Table],
        augmentations: Sequence[Augmentation] = (),
        sample: bool = False,
    ) -> None:
        self._params = params
        self._chunks = Chunks(params, files, open_table, sample)
        self._next: dict[int, np.ndarray] = {}
        self.doubts: tuple[str, ...] = ()
        self.removed: Counter[str] = Counter()
        self.skipped: list[str] = []
        self._look(sample)
        self._augmenter = Augmenter(params, augmentations, seed) if augmentations else None
        if self._augmenter is not None:
            some = np.arange(min(LOOKED_AT, len(self._parts["train"])))
            self._augmenter.check(self._gather("train", some, lambda built: built.events))

    def _look(self, sample: bool) -> None:
        """Read all events once; what is kept of each is its size and where it is."""
        params = self._params
        sizes, places, groups, sizes_of_chunks = [], [], [], []
        total_events = total_hits = 0
        remarks = Remarks(params.columns.features)
        for chunk, built in enumerate(self._chunks.look()):
            self._chunks.keep(chunk, built)
            sizes_of_chunks.append(built.nbytes)
            file, first, last = self._chunks.places[chunk]
            total_events += last - first
            total_hits += self._chunks.files[file].hits(first, last, built)
            sizes.append(built.events.sizes)
            places.append(np.stack([np.full(len(built.kept), chunk), np.arange(len(built.kept)), built.kept], axis=1))
            groups.append(built.groups if built.groups is not None else np.full(len(built.kept), file))
            self.doubts = tuple(dict.fromkeys([*self.doubts, *built.doubts]))
            self.removed.update(built.removed)
            self.skipped += built.skipped
            remarks.look(built.events)
        self._chunks.copies.check()
        self._sizes = np.concatenate([np.zeros(0, np.int64), *sizes])
        self._places = np.concatenate([np.zeros((0, 3), np.int64), *places]).astype(np.int64)
        self._bytes = np.array(sizes_of_chunks, dtype=np.int64)
        plural = "which has" if len(self._chunks.files) == 1 else "which have"
        left_of = (
            self.name if len(self._sizes) else f"{self.name}, {plural} {total_events} events with {total_hits} hits"
        )
        if params.split.part is not None:
            self._parts = dealt(np.concatenate([np.zeros(0, np.int64), *groups]), params.split.part)
        else:
            # Where an event needs no hit, as where a trained network is applied, a file needs no event.
            none = params.min_hits == 0
            self._parts = deal(params.split, len(self._sizes), left_of, self._groups(groups), may_be_empty=none)
        of_files = (doubt for file in self._chunks.files for doubt in file.doubts)
        self._total_events = total_events
        seen = f" (in a sample of {total_events:,} events of {self.name})" if sample else ""
        doubts = (*self.doubts, *self._chunks.doubts, *of_files, *doubtful_units(params), *remarks.doubts(self._parts))
        self.doubts = tuple(f"{doubt}{seen}" for doubt in doubts)

    def _groups(self, groups: list[np.ndarray]) -> np.ndarray | None:
        """Return a number for each event, equal for those that stay together; None if each is by itself."""
        if self._params.split.by == "event" or not groups:
            return None
        own = np.concatenate(in_one_type(groups, self._params.split.by))
        numbers = np.unique(own, return_inverse=True)[1]
        return np.asarray(numbers).reshape(-1)

    @property
    def _paths(self) -> list[str]:
        return [file.path for file in self._chunks.files]

    @property
    def name(self) -> str:
        """The name of the file, or "events_0.parquet and 3 more"."""
        first = self._chunks.files[0].name
        return first if len(self._paths) == 1 else f"{first} and {len(self._paths) - 1} more"

    @property
    def notes(self) -> tuple[str, ...]:
        """What filters removed, and what was skipped, a sentence each."""
        found = [f"{count} {what}" for what, count in self.removed.items() if count]
        of_cache = self._chunks.cache.notes if self._chunks.cache is not None else []
        return (*found, *self._left_out(), *of_cache)

    def _left_out(self) -> Iterator[str]:
        """Yield how many events and files were skipped, and why each of them was."""
        if self.skipped:
            yield f"{len(self.skipped):,} of {self._total_events:,} events were skipped"
        if self._chunks.skipped:
            n_files = len(self._chunks.files) + len(self._chunks.skipped)
            yield f"{len(self._chunks.skipped):,} of {n_files:,} files were skipped"
        yield from (f"skipped: {text}" for text in dict.fromkeys([*self._chunks.skipped, *self.skipped]))

    @property
    def counts(self) -> dict[str, int]:
        """How many events and files were skipped; empty if none was."""
        events, files = len(self.skipped), len(self._chunks.skipped)
        return {"skipped_events": events, "skipped_files": files} if events or files else {}

    def sizes(self, part: Part) -> np.ndarray:
        """Return the number of hits of every event of a part, int64 [events]."""
        return self._sizes[self._parts[part]]

    def shuffled(self, part: Part, random: np.random.Generator) -> np.ndarray:
        """Return the events of a part in random order; files larger than `memory` are shuffled window by window."""
        events = self._parts[part]
        if self._bytes.sum() <= self._params.memory * MEBIBYTE:
            return random.permutation(np.arange(len(events)))
        chunk_of = self._places[events, 0]
        windows = list(self._windows(random.permutation(np.unique(chunk_of))))
        # The next window is read while one is in use, or a few chunks, if each is a window.
        self._next = {}
        for number, window in enumerate(windows):
            after, later = number + 1, window[:0]
            while len(later) < FEWEST - 1 and after < len(windows):
                after, later = after + 1, np.concatenate([later, windows[after]])
            self._next |= dict.fromkeys(window.tolist(), later)
        found = [random.permutation(np.flatnonzero(np.isin(chunk_of, window))) for window in windows]
        return np.concatenate([np.zeros(0, np.int64), *found])

    def _windows(self, chunks: np.ndarray) -> Iterator[np.ndarray]:
        """Yield chunks of which two windows fit into memory."""
        limit, start, filled = self._params.memory * MEBIBYTE / 2, 0, 0
        for position, chunk in enumerate(chunks):
            if position > start and filled + self._bytes[chunk] > limit:
                yield chunks[start:position]
                start, filled = position, 0
            filled += self._bytes[chunk]
        yield chunks[start:]

    def read(self, part: Part, events: np.ndarray, epoch: int | None) -> Columns:
        """Return the columns of the given events; in training they are changed as the epoch has it."""
        chosen = self._gather(part, events, lambda built: built.events)
        columns = {**without_raw(chosen), "row_splits": chosen.row_splits}
        if epoch is not None and part == "train" and self._augmenter is not None:
            columns = self._augmenter.columns(chosen, events, epoch)
        return {**columns, "features": scaled(columns["features"], self._params)}

    def _gather(self, part: Part, events: np.ndarray, of: Callable[[Built], Events]) -> Events:
        """Return events in the order asked for; every chunk is read once."""
        places = self._places[self._parts[part][np.asarray(events, dtype=np.int64)]]
        chunks, which = np.unique(places[:, 0], return_inverse=True)
        which, numbers = which.reshape(-1), places[:, 1].copy()
        if not len(chunks):
            chunks = self._places[:1, 0] if len(self._places) else np.zeros(1, np.int64)
        fits = self._bytes[chunks].sum() <= self._params.memory * MEBIBYTE
        parts = []
        for position, built in enumerate(self._chunks.each(chunks.tolist(), at_once=fits)):
            if part == "train":
                self._chunks.read_ahead(self._next.pop(int(chunks[position]), np.zeros(0, np.int64)).tolist())
            found = of(built)
            if not fits:
                own = which == position
                wanted, numbers[own] = np.unique(numbers[own], return_inverse=True)
                found = found.select(wanted).apart()
            parts.append(found)
        return Events.gathered(parts, which, numbers)

    def original(self, part: Part, events: np.ndarray) -> Columns:
        """Return what files call hits and objects, [hits, 1]: "hit", its id or its number, and "truth_index"."""
        found = self._gather(part, events, lambda built: built.ids)
        if HIT in found.columns:
            return found.columns
        # Where no id is named and no hit left out, hits are called by their numbers.
        splits = found.row_splits.astype(np.int64)
        numbers = np.arange(found.n_hits) - np.repeat(splits[:-1], np.diff(splits))
        return {HIT: numbers[:, None], **found.columns}

    def describe(self, part: Part, event: int) -> str:
        """Return "belle2_ecl.npz event 12": its number, counted from 0, or what the file calls it."""
        chunk, _, number = self._places[self._parts[part][event]]
        file = self._chunks.files[self._chunks.places[chunk][0]]
        return f"{file.name} event {file.index.label(int(number))}"

    def members(self, part: Part) -> np.ndarray:
        """Return file and number in it of every event of a part, int64 [events, 2], both counted from 0."""
        chunk, _, number = self._places[self._parts[part]].T
        files = np.array([file for file, _, _ in self._chunks.places], np.int64)
        return np.stack([files[chunk], number], axis=1)

    def fingerprint(self, verify: bool = False) -> str:
        """Return a hash of the files' contents and of the options that say what is made of them.

        `verify`: read files as a whole, however large they are.
        """
        remarks = {"file", "published", "memory", "workers", "cache", "units", "called"}
        options = self._params.model_dump_json(exclude=remarks)
        return hashlib.sha256((fingerprint(self._paths, verify) + options).encode()).hexdigest()

    def survey(self) -> Survey:
        """Return what is in the files, before any filter."""
        return survey(self._params, self._chunks.files, self._chunks.tables)
