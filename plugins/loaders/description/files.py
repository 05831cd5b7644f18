"""A file that is read: its table, where its events are, and the objects that lie elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.contract.data import DataError
from registry.plugins.loaders.description.addresses import beside, find_files
from registry.plugins.loaders.description.build import Builder, Opened
from registry.plugins.loaders.description.built import Built
from registry.plugins.loaders.description.events import EventIndex, index_events
from registry.plugins.loaders.description.inspection import complaints, is_lists
from registry.plugins.loaders.description.object_files import OpenTable, objects_of_file
from registry.plugins.loaders.description.objects import ObjectTable
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.description.table import Table
from registry.plugins.loaders.description.text_ids import TEXTS


@dataclass(frozen=True, eq=False)
class DataFile:
    """A file with its events, and what is doubtful about them; its tables are opened when they are read.

    `objects`: the file and the events of the objects that lie in a table of their own; `cuts`: events at which a part
    starts that is read at once, and the number of events; `text_ids`: hits name their objects by texts.
    """

    path: str
    name: str
    index: EventIndex
    cuts: tuple[int, ...]
    hit_names: tuple[str, ...]
    object_names: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    objects: tuple[str, EventIndex] | None = None
    text_ids: bool = False

    @property
    def beside(self) -> tuple[str, ...]:
        """Files beside it that its events are made of."""
        return () if self.objects is None or self.objects[0] == self.path else (self.objects[0],)

    def hits(self, first: int, last: int, built: Built) -> int:
        """Return the hits of some events before any filter; `built`: the events themselves, for a table of lists."""
        if self.index.lists:
            return built.events.n_hits + sum(
                n for name, n in built.removed.items() if name.startswith("hits by filter")
            )
        return self.index.n_rows(first, last)

    def open_again(self, params: TableParams, open_table: OpenTable) -> Builder:
        """Return what builds its events, with tables of its own; raises DataError if they cannot be opened."""
        table = open_table(self.path, params.table)
        objects = None
        if self.objects is not None:
            objects = ObjectTable(open_table(self.objects[0], params.objects.table), self.objects[1])
        return Builder(Opened(table, self.index, objects), params)


def open_file(
    path: str, number: int, params: TableParams, open_table: OpenTable, files: Sequence[str]
) -> tuple[DataFile, Builder]:
    """Open one file; raises DataError if it does not fit the description. `number`: its place among `files`."""
    table = open_table(path, params.table)
    whose = "the data file" if len(files) == 1 else table.name
    for complaint in complaints(table, params, whose):
        raise DataError(complaint.message, complaint.parameter, complaint.hint)
    offsets = _offsets(path, params, open_table)
    index = index_events(table, params, is_lists(table, params), offsets)
    objects = objects_of_file(number, params, open_table, files, index)
    builder = Builder(Opened(table, index, None if objects is None else objects[1]), params)
    file = DataFile(
        path,
        table.name,
        index,
        tuple(index.cuts(table.pieces)),
        tuple(builder.hit_names),
        builder.object_names,
        tuple(_doubts(table, index, params)),
        None if objects is None else (objects[0], objects[1].index),
        _has_text_ids(table, params),
    )
    return file, builder


def _offsets(file: str, params: TableParams, open_table: OpenTable) -> Table | None:
    """Return the table of offsets that goes with a file, None if they lie beside its columns."""
    if params.event.file is None:
        return None
    name = params.event.file.replace("*", Path(file).stem)
    (found,) = find_files([beside(name, file)], (), "", "event.file")
    return open_table(found, "")


def _has_text_ids(table: Table, params: TableParams) -> bool:
    type_ = table.types.get(str(params.columns.truth_index))
    return type_ is not None and type_.dtype.kind in TEXTS


def check_kinds(files: Sequence[DataFile], params: TableParams) -> None:
    """Raise DataError if the objects of hits are named by texts in one file and by numbers in another."""
    kinds = [f"{'texts' if file.text_ids else 'numbers'} in {file.name}" for file in files]
    if len({file.text_ids for file in files}) > 1:
        message = f"array {params.columns.truth_index!r}: ids are {' and '.join(kinds)}"
        raise DataError(message, "columns.truth_index", "write ids of one kind in all files")


def check_across_files(files: Sequence[DataFile], params: TableParams) -> list[str]:
    """Return what is doubtful about events of several files; raise DataError for one that two share, or seem to."""
    if params.event.id is None or params.event.across_files is False:
        return []
    doubts: list[str] = []
    seen: dict[object, DataFile] = {}
    before: DataFile | None = None
    for file in files:
        keys = list(file.index.keys or ())
        if params.event.across_files:
            for event, key in enumerate(keys):
                if key in seen:
                    places = f"{seen[key].name} and in {file.name}"
                    message = f"event {file.index.label(event)} is in {places}"
                    raise DataError(message, "event.across_files", "write each event into one file")
                seen[key] = file
        elif before is not None and before.index.keys and keys and before.index.keys[-1] == keys[0]:
            places = f"at the end of {before.name} and at the start of {file.name}"
            hint = "set `event.across_files: false` if these are two events, else write each event into one file"
            raise DataError(f"event {file.index.label(0)} is {places}", "event.across_files", hint)
        elif before is not None:
            doubts += _shared(before, file)
        before = file
    more = f", and so for {len(doubts) - 1} more pairs of files" if len(doubts) > 1 else ""
    return [f"{doubt}{more}" for doubt in doubts[:1]]


def _shared(before: DataFile, file: DataFile) -> list[str]:
    """Return a sentence if a few events of two files, not most of them, are called alike."""
    names = set(before.index.keys or ())
    shared = [event for event, key in enumerate(file.index.keys or ()) if key in names]
    if not 0 < 2 * len(shared) < min(len(names), file.index.n_events):
        return []
    count = f"{len(shared):,} events of {before.name} and {file.name} are called alike, such as "
    hint = "they count as different ones: `event.across_files: false` says that they are, `true` refuses them"
    return [f"{count}{file.index.label(shared[0])}: {hint}"]


def _doubts(table: Table, index: EventIndex, params: TableParams) -> list[str]:
    if index.keys is None or table.rows < 2:
        return []
    if index.lists:
        return _repeated(table, index, params)
    if index.n_events != table.rows:
        return []
    name = params.event.id if isinstance(params.event.id, str) else ", ".join(params.event.id or ())
    return [f"event key `{name}` has {index.n_events:,} values for {table.rows:,} rows of {table.name}: a row number?"]


def _repeated(table: Table, index: EventIndex, params: TableParams) -> list[str]:
    """Return a sentence if the key of events that are rows does not tell them apart."""
    values = len(set(index.keys or ()))
    if values == index.n_events:
        return []
    name = params.event.id if isinstance(params.event.id, str) else ", ".join(params.event.id or ())
    counted = f"event key `{name}` has {values:,} values for {index.n_events:,} events of {table.name}"
    return [f"{counted}: add another column"]
