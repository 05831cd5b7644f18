"""The events of described files as they are stored: every column of hits and of events, in the type it has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from registry.contract.casting import NUMBERS, cast
from registry.contract.data import DataError
from registry.contract.spelling import did_you_mean
from registry.contract.stored import StoredEvents
from registry.plugins.loaders.description.addresses import fingerprint
from registry.plugins.loaders.description.build import Builder
from registry.plugins.loaders.description.chunks import Chunks
from registry.plugins.loaders.description.events import EVENTS, EventIndex
from registry.plugins.loaders.description.frame import Frame
from registry.plugins.loaders.description.object_files import OpenTable
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.description.renaming import Names, described
from registry.plugins.loaders.description.sharing import largest_shares, shares_of
from registry.plugins.loaders.description.table import Table, of_objects
from registry.plugins.loaders.description.text_ids import TEXTS
from registry.plugins.loaders.description.values import Values
from registry.plugins.shared.expression_grammar import OBJECT

SOME = 100
"""Events that tell which lists are of hits."""

IDS = "truth_index"
"""The column of the hits' objects, where the files have it as lists, links or contributions."""


class StoredTables:
    """The events of some files; `wanted`: the columns that are read, none for all of them.

    Raises DataError for a file that does not fit the description, and for a column that is not there.
    """

    def __init__(self, params: TableParams, files: Sequence[str], open_table: OpenTable, wanted: Sequence[str]) -> None:
        self._params = params
        self._chunks = Chunks(params, files, open_table)
        self.files = [file.path for file in self._chunks.files]
        self.notes = [f"skipped: {text}" for text in self._chunks.skipped]
        with self._chunks.tables.of(0) as builder:
            self._hits, self._events = self._columns(builder, wanted)
            named = builder.opened.table.types.get(str(params.columns.truth_index))
        first = self._chunks.files[0]
        self._objects = [f"{OBJECT}.{name}" for name in first.object_names if self._is_of_objects(name)]
        # Ids that are texts are written as the whole numbers they are read as.
        self._resolved = _needs_objects(params) or (named is not None and named.dtype.kind in TEXTS)
        self._shares = params.shares if self._resolved else 0
        made = [IDS] * self._resolved + [name for pair in shares_of(self._shares) for name in pair]
        self.names = Names([*self._hits, *self._objects], [*self._events, *self._keys()], made)

    @property
    def groups(self) -> Sequence[tuple[int, int]]:
        """The file of each group, and how many events it has."""
        return [(number, last - first) for number, first, last in self._chunks.places]

    def _is_of_objects(self, name: str) -> bool:
        """Say whether a column of objects is one that a description of hits names."""
        options = self._params.objects
        return name not in (options.hits, options.fractions, options.id)

    def _keys(self) -> list[str]:
        """Return the columns that name events of a flat table."""
        named = self._params.event.id
        index = self._chunks.files[0].index
        if named is None or index.lists or index.keys is None:
            return []
        return [named] if isinstance(named, str) else list(named)

    def _columns(self, builder: Builder, wanted: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the names of the columns of hits and of events."""
        table, lists = builder.opened.table, builder.opened.index.lists
        types = table.types
        events = [name for name in table.arrays() if name.startswith(EVENTS)] if not lists else []
        where = self._params.event
        offsets = {self._params.splits, where.start, where.stop, where.length}
        n_events = builder.opened.index.n_events
        events = [n for n in events if n not in offsets and (n not in types or types[n].rows in (None, n_events))]
        named = dict.fromkeys([*types, *(name for name in builder.hit_names if name in types)])
        own = [name for name in named if name not in {*events, *self._keys(), *offsets} and not types[name].fault]
        hits: list[str] = []
        others: list[str] = []
        for name in own:
            type_ = types[name]
            number = type_.dtype.kind in NUMBERS
            if name.startswith(f"{OBJECT}."):
                others.append(name)
            elif lists and not type_.depth:
                events.append(name)
            elif number and type_.depth == int(lists) and (lists or type_.rows in (None, table.rows)):
                hits.append(name)
            elif type_.depth or number:
                others.append(name)
        used = set(builder.hit_names)
        if lists:
            hits, unequal = self._of_one_length(table, hits, used)
            others += unequal
            events = [name for name in events if not self._counts_hits(builder, name)]
        if wanted:
            wanted = [f"{EVENTS}{name}" if f"{EVENTS}{name}" in events else name for name in wanted]
            self._check_wanted(wanted, [*hits, *events], others)
            # What the description needs goes along: without it the events could not be read again.
            chosen = {*wanted, *(used - set(others))}
            return [name for name in hits if name in chosen], [name for name in events if name in chosen]
        known = used | {of_objects(name, types) for name in builder.object_names}
        left = [name for name in others if name not in known]
        if left:
            few = ", ".join(left[:5]) + (f" and {len(left) - 5} more" if len(left) > 5 else "")
            self.notes.append(f"columns that are not of hits: {few}")
        return hits, events

    def _check_wanted(self, wanted: Sequence[str], known: Sequence[str], others: Sequence[str]) -> None:
        for name in wanted:
            if name not in known:
                why = "is not of hits" if name in others else "is not in the files"
                hint = did_you_mean(name, known) or "columns of hits: " + ", ".join(known[:40])
                raise DataError(f"column {name!r} {why}", "columns", hint)

    def _of_one_length(self, table: Table, names: list[str], used: set[str]) -> tuple[list[str], list[str]]:
        """Return the lists that have a value for each hit in the first events, and the others."""
        first, last = next(((first, last) for _, first, last in self._chunks.places), (0, 0))
        last = min(last, first + SOME)
        main = next((name for name in names if name in used), names[0] if names else "")
        if not main:
            return names, []
        sizes = _lengths(table, main, first, last)
        equal = [name for name in names if np.array_equal(_lengths(table, name, first, last), sizes)]
        return equal, [name for name in names if name not in equal]

    def _counts_hits(self, builder: Builder, name: str) -> bool:
        """Say whether a column of events is the number of their hits, as ROOT has it beside lists."""
        table = builder.opened.table
        of_hits = next((own for own in builder.hit_names if table.types[own].depth), "")
        if not name.startswith("n") or table.types[name].dtype.kind not in "iu" or not of_hits:
            return False
        some = min(table.rows, SOME)
        return np.array_equal(table.read([name], 0, some)[name].values, _lengths(table, of_hits, 0, some))

    def read(self, group: int) -> StoredEvents:
        """Return the events of a group."""
        number, first, last = self._chunks.places[group]
        self._chunks.check_unchanged(number)
        with self._chunks.tables.of(number) as builder:
            return self._read(builder, first, last)

    def _read(self, builder: Builder, first: int, last: int) -> StoredEvents:
        table, index = builder.opened.table, builder.opened.index
        missing = [name for name in self._hits if name not in table.types]
        if missing:
            hint = "name the columns that all files have: --columns"
            raise DataError(f"{table.name} has no column {missing[0]!r}, as {self.files[0]} has", "columns", hint)
        in_lists = self._events if index.lists else []
        frame = Frame(table, index, first, last, [*self._hits, *in_lists], self._params.missing)
        hits = {self.names.hits[name]: np.ascontiguousarray(frame.column(name)) for name in self._hits}
        if self._objects or self._resolved:
            hits |= self._of_objects(builder, first, last)
        events = {self.names.events[name]: _texts(frame.of_events(name)) for name in self._events}
        for place, name in enumerate(self._keys()):
            events[self.names.events[name]] = _key(index, place, first, last)
        return StoredEvents(np.diff(frame.splits).astype(np.int64), hits, events)

    def _of_objects(self, builder: Builder, first: int, last: int) -> dict[str, np.ndarray]:
        """Return columns of the hits' objects, 0 for noise, and their ids, -1 for noise."""
        frame, objects, rows, ids = builder.resolved(first, last)
        made = {}
        values = Values(frame, objects, rows, {}, {})
        for name in self._objects:
            made[self.names.hits[name]] = np.ascontiguousarray(values.column(name))
        if self._resolved and ids is not None:
            noise = ids.noise | builder.dropped(objects, rows)
            hits = np.flatnonzero(~noise)
            column = np.full(len(noise), -1, np.int64)
            column[hits] = cast(
                ids.values[hits], "int64", IDS, "columns.truth_index", lambda hit: frame.where(hits[hit])
            )
            made[self.names.hits[IDS]] = column
            written = largest_shares(replace(ids, noise=noise), np.asarray(frame.splits), self._shares)
            made |= {self.names.hits[name]: values for name, values in written.items()}
        return made

    def described(self, event_column: str) -> dict[str, Any]:
        """Return the parameters for these columns, but for those that say where they lie."""
        made = described(self._params, self.names, event_column, IDS if self._resolved else "")
        if self._params.contributions is not None and not self._resolved:
            own = self._params.contributions
            pairs = {key: own.columns(key) or [] for key in ("ids", "weights")}
            made["contributions"] = {key: [self.names.hits[name] for name in names] for key, names in pairs.items()}
        if self._shares:
            objects, fractions = zip(*shares_of(self._shares), strict=True)
            names = self.names.hits
            made["contributions"] = {
                "ids": [names[one] for one in objects],
                "weights": [names[one] for one in fractions],
            }
            made |= {"shares": self._shares, "shares_are": "fractions"}
        return made

    def fingerprint(self) -> str:
        """Return a hash of the files and of what is read of them."""
        options = self._params.model_dump_json(exclude={"file", "published", "memory", "units", "called"})
        columns = ",".join([*self.names.hits, *self.names.events])
        return hashlib.sha256((fingerprint(self.files) + options + columns).encode()).hexdigest()


def _needs_objects(params: TableParams) -> bool:
    """Say whether only more than a column of the hits tells which object a hit belongs to."""
    options = params.objects
    elsewhere = options.file is not None or bool(options.table) or options.missing == "noise"
    own = params.contributions
    beside = own is not None and not (isinstance(own.columns("ids"), list) and isinstance(own.columns("weights"), list))
    more = elsewhere or bool(params.object_filter) or beside
    return params.has_ids and (params.columns.truth_index is None or more)


def _lengths(table: Table, name: str, first: int, last: int) -> np.ndarray:
    splits = table.read([name], first, last)[name].splits
    return np.diff(splits[0]) if splits else np.zeros(0, np.int64)


def _texts(values: np.ndarray) -> np.ndarray:
    """Return numbers as they are, and objects as texts."""
    return values.astype(str) if values.dtype.kind in "OSU" else np.ascontiguousarray(values)


def _key(index: EventIndex, place: int, first: int, last: int) -> np.ndarray:
    assert index.keys is not None
    keys: Iterable[Any] = index.keys[first:last]
    found = [key[place] if isinstance(key, tuple) else key for key in keys]
    return _texts(np.array(found)) if found else np.zeros(0, np.int64)
