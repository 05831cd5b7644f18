"""What is wrong with a description, as far as the names and types of a file's columns tell; no column is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from registry.contract.block import Complaint
from registry.contract.casting import NUMBERS, WHOLE
from registry.contract.spelling import did_you_mean
from registry.plugins.loaders.description.columns import WHOLE as WHOLE_PARAMETERS
from registry.plugins.loaders.description.events import EVENTS
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.description.read_columns import named, object_columns
from registry.plugins.loaders.description.table import ColumnType, Table, of_objects
from registry.plugins.loaders.description.text_ids import TEXTS
from registry.plugins.loaders.description.truth_options import numbered
from registry.plugins.shared.expression_grammar import ExpressionError
from registry.plugins.shared.expressions import Expression, parse

AS_WHOLE = "write it as int64: floats of 64 bits hold whole numbers up to 2^53, those of 32 bits up to 2^24"

AS_NUMBERS = "write it as numbers, classes and names as the number that each of them has"

NO_NUMBERS = {"O": "texts, or what is neither text nor number", "U": "texts", "S": "texts"}
"""What a column holds by the kind of its dtype."""

LISTED = 40
"""Names of columns that a hint lists."""


def complaints(table: Table, params: TableParams, whose: str = "the data file") -> Iterator[Complaint]:
    """Yield what the columns of a file show to be wrong: missing ones, wrong types, unequal lengths, unknown events.

    `whose`: what the file is called.
    """
    if _is_apart(table, params):
        yield Complaint(f"{whose} has a group for each event", "table", _hint(table))
        return
    if params.splits is not None and params.event.file is None:
        yield from _array(table, params.splits, "row_splits", whose)
    usable: list[str] = []
    for parameter, name in _columns(table, params):
        type_ = table.types.get(name)
        if type_ is None:
            hint = did_you_mean(name, table.types) or "it has: " + ", ".join(few(table.types))
            yield Complaint(f"{whose} has no column {name!r}", parameter, hint)
            continue
        if fault := _fault(type_, parameter):
            yield Complaint(f"array {name!r}: {fault}", parameter, _as_expected(type_, fault))
        elif type_.rows is not None and name not in usable:
            usable.append(name)
            first = table.types[usable[0]]
            if type_.rows != first.rows:
                lengths = f"{name!r} has {type_.rows} rows, {usable[0]!r} has {first.rows}"
                yield Complaint(f"columns differ in length: {lengths}", parameter, "every column has one value per hit")
    yield from _lists_of_hits(table, params)
    yield from _no_lists(table, params)
    yield from _truth_of_the_format(table, params)
    yield from _objects(table, params, whose)
    yield from _faulty_expressions(table, params)
    yield from _events(table, params, whose)


def is_lists(table: Table, params: TableParams) -> bool:
    """Say whether a row of the table is an event, because the columns of its hits are lists."""
    if params.splits is not None or params.event.has_offsets:
        return False
    names = [name for _, text in params.columns.of("features") for name in _parsed(text, table).hits]
    return any(table.types[name].depth > 0 for name in names if name in table.types)


def _events(table: Table, params: TableParams, whose: str) -> Iterator[Complaint]:
    """Yield that nothing says where an event ends, and event columns that are missing."""
    options = params.event
    for number, name in enumerate([options.id] if isinstance(options.id, str) else options.id or []):
        if name not in table.types:
            path = "event.id" if isinstance(options.id, str) else f"event.id.{number}"
            hint = did_you_mean(name, table.types) or "it has: " + ", ".join(few(table.types))
            yield Complaint(f"{whose} has no column {name!r}", path, hint)
    for path, array in (("start", options.start), ("stop", options.stop), ("length", options.length)):
        if array is not None and options.file is None:
            yield from _array(table, array, f"event.{path}", whose)
    if options.id is None and params.splits is None and not options.has_offsets and not is_lists(table, params):
        if getattr(table, "one_event", False):
            return
        last = {name: name.rsplit("/", 1)[-1].lower() for name in table.types}
        likely = [name for name, own in last.items() if "event" in own or "evt" in own]
        hint = "name the column of the event as `event.id`, or the offsets as `row_splits`"
        found = f"\ncolumns that may be it: {', '.join(few(likely))}" if likely else ""
        hint = _hint(table) or hint + found
        yield Complaint(f"nothing says where an event ends: {whose} has one row for each hit", "event", hint)


def _hint(table: Table) -> str:
    """Return what to write where the file keeps every event apart; nothing for any other."""
    found: str = getattr(table, "hint", "")
    return found


def _is_apart(table: Table, params: TableParams) -> bool:
    """Say whether the columns that are asked for lie in groups, one for each event, which the table does not read."""
    if not _hint(table):
        return False
    # A name that is no column may have been taken for an expression, `hits/e`.
    names = {name for _, name in (*_columns(table, params), *named(params))}
    below = any(known.endswith(f"/{name}") for name in names if name not in table.types for known in table.types)
    return below or len({table.types[name].rows for name in names if name in table.types}) > 1


def _array(table: Table, name: str, parameter: str, whose: str) -> Iterator[Complaint]:
    known = list(table.arrays())
    if name not in known:
        hint = did_you_mean(name, known) or "it has: " + ", ".join(few(known))
        yield Complaint(f"{whose} has no array {name!r}", parameter, hint)
        return
    type_ = table.types.get(name)
    if type_ is None:
        return
    counted = parameter != "row_splits" and type_.dtype == "float64"
    if fault := type_.fault or ("" if counted else _not_whole(type_)):
        floats = type_.dtype.kind == "f"
        yield Complaint(f"array {name!r}: {fault}", parameter, AS_WHOLE if floats and not type_.fault else "")


def few(names: Iterable[str], most: int = LISTED) -> list[str]:
    """Return the first names, and how many more there are."""
    listed = list(names)
    return listed if len(listed) <= most else [*listed[:most], f"and {len(listed) - most} more"]


def _columns(table: Table, params: TableParams) -> Iterator[tuple[str, str]]:
    """Yield every column of hits that is read, with the parameter that names it."""
    for path, text in named(params):
        for name in _parsed(text, table).hits:
            yield path, name
    of_events = {f"event_filter.{name}": name for name in params.event_filter}
    if params.split.by not in ("event", "file"):
        of_events["split.by"] = params.split.by
    if params.split.part is not None:
        of_events["split.part"] = params.split.part
    for path, name in of_events.items():
        # An array of events beside the hits has no value for each of them.
        if not name.startswith(EVENTS) or table.array(name) is None:
            yield path, name
    yield from _of_contributions(params)
    if params.objects.file is None and not params.objects.table:
        for path, text in named(params):
            for name in _parsed(text, table).objects:
                yield path, of_objects(name, table.types)
        read = object_columns(params, [_parsed(text, table) for _, text in named(params)])
        for key in ("id", "hits", "fractions"):
            if getattr(params.objects, key) in read:
                yield f"objects.{key}", of_objects(getattr(params.objects, key), table.types)
        for name in params.object_filter:
            yield f"object_filter.{name}", of_objects(name, table.types)


def _of_contributions(params: TableParams) -> Iterator[tuple[str, str]]:
    shared = params.contributions
    if shared is None:
        return
    for key in ("ids", "weights", "begin", "end", "links"):
        given = numbered(getattr(shared, key))
        if isinstance(given, str):
            if shared.links is None or key in ("begin", "end"):
                yield f"contributions.{key}", given
        elif given is not None:
            yield from ((f"contributions.{key}.{number}", name) for number, name in enumerate(given))


def _lists_of_hits(table: Table, params: TableParams) -> Iterator[Complaint]:
    """Yield columns that hold a list for each hit, where one value is expected."""
    hits = int(is_lists(table, params))
    for path, text in named(params):
        for name in _parsed(text, table).hits:
            if name in table.types and table.types[name].depth > hits:
                message = f"column {name!r} holds a list for each hit, expected one value"
                first = f"{name}[:,0]"
                place = f"; of lists of one length `{first}` is the first value" if first in table.types else ""
                yield Complaint(message, path, f"several objects of one hit are declared as `contributions`{place}")


def _no_lists(table: Table, params: TableParams) -> Iterator[Complaint]:
    """Yield columns of contributions that are no lists of each hit."""
    shared = params.contributions
    if shared is None or shared.links is not None:
        return
    hits = int(is_lists(table, params))
    for key in ("ids", "weights"):
        name = numbered(getattr(shared, key))
        if isinstance(name, str) and name in table.types and table.types[name].depth != hits + 1:
            held = "one value" if table.types[name].depth <= hits else "lists of lists"
            hint = f"a column for each contribution is one of a list of names: [{name}]"
            yield Complaint(f"column {name!r} holds {held} for each hit, expected a list", f"contributions.{key}", hint)


def _parsed(text: str, table: Table) -> Expression:
    try:
        return parse(text, table.types)
    except ExpressionError:
        return Expression(text, (), (), None, ())


def _faulty_expressions(table: Table, params: TableParams) -> Iterator[Complaint]:
    for path, text in named(params):
        try:
            parse(text, table.types)
        except ExpressionError as error:
            near = "" if "`" in error.hint else did_you_mean(text, table.types)
            hint = near or error.hint
            yield Complaint(str(error), path, hint)


def _objects(table: Table, params: TableParams, whose: str) -> Iterator[Complaint]:
    """Yield that columns of objects are asked for, but a table of hits has none."""
    elsewhere = params.objects.file is not None or params.objects.table or is_lists(table, params)
    wanted = object_columns(params, [_parsed(text, table) for _, text in named(params)])
    if wanted and not elsewhere:
        message = f"nothing says where the objects are: {whose} has one row for each hit"
        yield Complaint(message, "objects", "name the file of the objects as `objects.file`, or their table there")


def _truth_of_the_format(table: Table, params: TableParams) -> Iterator[Complaint]:
    """Yield features that the format itself knows to be truth."""
    truth: frozenset[str] = getattr(table, "truth", frozenset())
    for path, text in params.columns.of("features"):
        for name in _parsed(text, table).hits:
            if name in truth:
                hint = "what is known of simulated events only cannot be predicted from; leave it out"
                yield Complaint(f"column {name!r} is truth: simulated events alone have it", path, hint)


def _as_expected(type_: ColumnType, fault: str) -> str:
    """Return how a column is to be written that has a fault of its type."""
    if type_.dtype.kind not in NUMBERS:
        return "" if type_.fault else AS_NUMBERS
    return AS_WHOLE if type_.dtype.kind == "f" and "whole" in fault else ""


def is_id(parameter: str) -> bool:
    """Say whether a parameter names ids of objects, which may be texts."""
    return parameter in ("columns.truth_index", "objects.id") or parameter.startswith("contributions.ids")


def _fault(type_: ColumnType, parameter: str) -> str:
    if type_.dtype.kind in TEXTS and is_id(parameter):
        return type_.fault
    if type_.dtype.kind not in NUMBERS and parameter != "split.by":
        return type_.fault or f"expected numbers, received {NO_NUMBERS.get(type_.dtype.kind, f'dtype {type_.dtype}')}"
    # Floats of 64 bits hold what programs mean by whole numbers: each value is looked at when it is read.
    whole = parameter in WHOLE_PARAMETERS and type_.dtype != "float64"
    return (_not_whole(type_) if whole else "") or type_.fault


def _not_whole(type_: ColumnType) -> str:
    return "" if type_.dtype.kind in WHOLE else f"expected whole numbers, received dtype {type_.dtype}"
