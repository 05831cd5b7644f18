"""The formats that events are written in: those of predictions that say by which loader they are read again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.console.discovery import imported
from registry.console.files import PARTIAL, replacing
from registry.inference.event_table import EventTable
from registry.inference.files import EVENTS, endings, format_of


@dataclass(frozen=True)
class EventFormat:
    """How events are written: the loader that reads them, with which parameters, and what it calls their columns.

    `folder`: whether they are written into a folder; `inside`: which of its files the loader is given; `texts`: whether
    it holds columns of texts.
    """

    read_by: str
    places: Mapping[str, Any]
    event_column: str
    write: Callable[[Path, EventTable], None]
    folder: bool = False
    inside: str = ""
    texts: bool = True


def reader_of(ending: str) -> str:
    """Return the loader that reads events in files of an ending; empty if they hold predictions only."""
    return str(getattr(imported(endings()[ending], f"the format {ending!r}"), "READ_BY", ""))


def event_format(file: Path) -> EventFormat:
    """Return the format in which events are written into a file; raises InputError if there is none of its ending."""
    module = format_of(file, EVENTS)
    inside = getattr(module, "INSIDE", "")
    folder, texts = getattr(module, "FOLDER", False), getattr(module, "TEXTS", True)
    return EventFormat(module.READ_BY, module.PLACES, module.EVENT_COLUMN, module.write_events, folder, inside, texts)


def write_event_table(file: Path, table: EventTable) -> None:
    """Write events as a whole or not at all; raises OSError, with the name of the file, if that cannot be done."""
    form = event_format(file)
    with _replacing_folder(file) if form.folder else replacing(file) as partial:
        form.write(partial, table)


@contextmanager
def _replacing_folder(folder: Path) -> Iterator[Path]:
    """Give a new folder beside `folder`, which takes its place once what is written into it is whole."""
    partial = folder.with_name(f".{folder.name}{PARTIAL}")
    before = folder.with_name(f".{folder.name}.before")
    try:
        remove(partial)
        partial.mkdir(parents=True)
        yield partial
        remove(before)
        if folder.exists():
            folder.rename(before)
        partial.rename(folder)
        remove(before)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(folder)) from error
    finally:
        remove(partial)


def remove(written: Path) -> None:
    """Remove a file or a folder of events, if it is there."""
    if written.is_dir():
        shutil.rmtree(written)
    else:
        written.unlink(missing_ok=True)
