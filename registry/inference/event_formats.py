"""The formats that events are written in: those of predictions that say by which loader they are read again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from registry.console.discovery import imported
from registry.console.files import replacing
from registry.inference.event_table import EventTable
from registry.inference.files import EVENTS, endings, format_of


@dataclass(frozen=True)
class EventFormat:
    """How events are written: the loader that reads them, with which parameters, and what it calls their columns."""

    read_by: str
    places: Mapping[str, str]
    event_column: str
    write: Callable[[Path, EventTable], None]


def reader_of(ending: str) -> str:
    """Return the loader that reads events in files of an ending; empty if they hold predictions only."""
    return str(getattr(imported(endings()[ending], f"the format {ending!r}"), "READ_BY", ""))


def event_format(file: Path) -> EventFormat:
    """Return the format in which events are written into a file; raises InputError if there is none of its ending."""
    module = format_of(file, EVENTS)
    return EventFormat(module.READ_BY, module.PLACES, module.EVENT_COLUMN, module.write_events)


def write_event_table(file: Path, table: EventTable) -> None:
    """Write events as a whole or not at all; raises OSError, with the name of the file, if that cannot be done."""
    with replacing(file) as partial:
        event_format(file).write(partial, table)
