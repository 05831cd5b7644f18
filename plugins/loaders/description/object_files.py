"""The table of objects that goes with a file of hits, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from registry.contract.block import Complaint
from registry.contract.casting import NUMBERS
from registry.contract.data import DataError
from registry.contract.spelling import did_you_mean
from registry.plugins.loaders.description.addresses import beside, find_files
from registry.plugins.loaders.description.events import EventIndex, by_id
from registry.plugins.loaders.description.inspection import few, is_id
from registry.plugins.loaders.description.objects import ObjectTable
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.description.read_columns import named, object_columns
from registry.plugins.loaders.description.table import Table
from registry.plugins.loaders.description.text_ids import TEXTS
from registry.plugins.shared.expression_grammar import ExpressionError
from registry.plugins.shared.expressions import Expression, parse

OpenTable = Callable[[str, str], Table]
"""Opens a table of a file: its path, and the table's name in it."""


def objects_of_file(
    number: int, params: TableParams, open_table: OpenTable, files: Sequence[str], index: EventIndex
) -> tuple[str, ObjectTable] | None:
    """Return file and table of the objects of a file of hits, None if its objects are lists beside the hits.

    `number`: the place of that file among `files`; `index`: its events. Raises DataError if they do not go together.
    """
    found = _opened(number, params, open_table, files)
    if found is None:
        return None
    path, table, names = found
    for complaint in _complaints(table, params, names):
        raise DataError(complaint.message, complaint.parameter, complaint.hint)
    objects = ObjectTable(table, by_id(table, names, "objects.event_id"))
    _check_keys(index, objects.index, table.name)
    return path, objects


def object_complaints(params: TableParams, open_table: OpenTable, files: Sequence[str]) -> Iterator[Complaint]:
    """Yield what the columns of the first file's objects show to be wrong, if they have a table of their own."""
    try:
        found = _opened(0, params, open_table, files)
    except DataError as error:
        yield Complaint(error.message, error.parameter, error.hint)
        return
    if found is not None:
        yield from _complaints(found[1], params, found[2])


def _opened(
    number: int, params: TableParams, open_table: OpenTable, files: Sequence[str]
) -> tuple[str, Table, list[str]] | None:
    """Return the file of the objects, their table, and the columns that name the event."""
    options = params.objects
    if options.file is None and not options.table:
        return None
    path = files[number]
    if options.file is not None:
        listed = [options.file] if isinstance(options.file, str) else options.file
        found = find_files([beside(address, path) for address in listed], (), "", "objects.file")
        if len(found) not in (1, len(files)):
            message = f"{len(found)} files of objects for {len(files)} files of hits"
            raise DataError(message, "objects.file", "name one for all, or one for each")
        path = found[0] if len(found) == 1 else found[number]
    wanted = options.event_id if options.event_id is not None else params.event.id
    if wanted is None:
        raise DataError("nothing says which event an object is in", "objects.event_id", "name the column of the event")
    return path, open_table(path, options.table), [wanted] if isinstance(wanted, str) else wanted


def _complaints(table: Table, params: TableParams, keys: Sequence[str]) -> Iterator[Complaint]:
    """Yield columns that are missing or hold no numbers."""
    expressions = [(path, _parsed(text)) for path, text in named(params)]
    wanted = {name: path for path, expression in reversed(expressions) for name in expression.objects}
    wanted |= {name: f"object_filter.{name}" for name in params.object_filter}
    read = object_columns(params, [expression for _, expression in expressions])
    own = {key: getattr(params.objects, key) for key in ("id", "hits", "fractions")}
    wanted |= {name: f"objects.{key}" for key, name in own.items() if name in read}
    wanted |= {name: "geometry" for name in read if name not in wanted}
    for name, path in {**dict.fromkeys(keys, "objects.event_id"), **wanted}.items():
        type_ = table.types.get(name)
        if type_ is None:
            hint = did_you_mean(name, table.types) or "it has: " + ", ".join(few(table.types))
            yield Complaint(f"{table.name} has no column {name!r}", path, hint)
        elif name not in keys and (
            type_.fault or type_.dtype.kind not in (NUMBERS + TEXTS if is_id(path) else NUMBERS)
        ):
            fault = type_.fault or f"expected numbers, received dtype {type_.dtype}"
            yield Complaint(f"array {name!r} of {table.name}: {fault}", path)


def _parsed(text: str) -> Expression:
    try:
        return parse(text)
    except ExpressionError:
        return Expression(text, (), (), None, ())


def _check_keys(hits: EventIndex, objects: EventIndex, name: str) -> None:
    """Raise DataError if the two tables call events by values of another kind, a number and a text."""
    if not hits.keys or not objects.keys or hits.keys[0] in objects.keys:
        return
    kinds = [_kinds(index.keys[0]) for index in (hits, objects) if index.keys]
    if kinds[0] != kinds[1]:
        called = f"an event of the hits is called {hits.keys[0]!r}, one of {name} {objects.keys[0]!r}"
        raise DataError(called, "objects.event_id", "write numbers, or texts, in both: they are compared exactly")


def _kinds(key: object) -> list[bool]:
    return [isinstance(part, str) for part in (key if isinstance(key, tuple) else (key,))]
