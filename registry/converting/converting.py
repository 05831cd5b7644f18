"""Converts events: opens what is named, and writes one file, or one for each file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from registry.console.counting import Counting
from registry.console.files import write_whole
from registry.contract.errors import InputError, Problem
from registry.contract.stored import Stored
from registry.converting.conversion import Conversion, StoredConversion, chained, opened_stored
from registry.converting.description import write_description
from registry.converting.opening import opened_input
from registry.converting.writing import Converted, convert_into, provenance_of
from registry.inference.event_formats import event_format
from registry.inference.pieces import Pieces
from registry.wiring.checked_graph import CheckedNode

EACH = "*"
"""What stands for the name of each file."""


@dataclass(frozen=True)
class Made:
    """What was written: the files, their description, what was left out, and what is doubtful."""

    files: Sequence[Converted]
    description: Path
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()


def convert(
    named: Sequence[str],
    out: str,
    through: str = "",
    columns: Sequence[str] = (),
    configs: Sequence[str] = (),
    sets: Sequence[str] = (),
    plugins: Sequence[str] = (),
    jobs: int = 1,
    restart: bool = False,
) -> Made:
    """Write the events of what is named into `out`, a file or `FOLDER/*.ENDING`, with a description beside it.

    Raises InputError for data that cannot be used, OSError for a file that cannot be written.
    """
    if not out:
        raise InputError([Problem("convert: expected IN and OUT, received one name")])
    event_format(Path(out))
    if through:
        return _through(named, Path(out), through, columns, (configs, sets, plugins), restart)
    with opened_input(named, configs, sets, plugins) as loader:
        stored = opened_stored(loader, columns)
        if stored is None:
            from registry.converting.passing import of_ports

            return _one(Path(out), of_ports(loader, columns), restart)
        if EACH not in Path(out).name:
            return _one(Path(out), StoredConversion(loader, stored), restart)
        return _each(Path(out), loader, stored, jobs, restart)


def _one(out: Path, conversion: Conversion, restart: bool) -> Made:
    if EACH in out.name:
        raise InputError([Problem(f"{out}: the events are not from files: expected one file")])
    with _counting(sum(conversion.groups)) as counting:
        made = _written(out, conversion, restart, counting)
    return Made([made], made.description, conversion.notes)


def _written(out: Path, conversion: Conversion, restart: bool, counting: Counting) -> Converted:
    pieces = Pieces(out)
    if restart:
        pieces.remove()
    with pieces.opened(conversion.made_of):
        counting.add(sum(conversion.groups[: pieces.done]), 0)
        return convert_into(out, conversion, pieces, counting)


@contextmanager
def _counting(events: int) -> Iterator[Counting]:
    counting = Counting("converted", events, "events")
    try:
        yield counting
    finally:
        counting.end()


def _each(out: Path, loader: CheckedNode, stored: Stored, jobs: int, restart: bool) -> Made:
    """Write a file for each file of the events, several at once; those that are whole already are not written again."""
    names = [Path(file).name.split(".")[0] for file in stored.files]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError([Problem(f"{out}: two files of the events are called {twice[0]!r}")])
    conversions = [StoredConversion(loader, stored, number) for number in range(len(names))]
    files = [out.with_name(out.name.replace(EACH, name)) for name in names]
    return _several(out, files, conversions, StoredConversion(loader, stored), jobs, restart)


def _several(
    out: Path, files: Sequence[Path], conversions: Sequence[Conversion], whole: Conversion, jobs: int, restart: bool
) -> Made:
    done = Pieces(out.with_name("convert"))
    if restart:
        done.remove()
    with done.opened(whole.made_of), _counting(sum(map(sum, (each.groups for each in conversions)))) as counting:

        def write(number: int) -> Converted:
            mark = done.folder / files[number].name
            if mark.exists():
                events, hits = map(int, mark.read_text().split())
                counting.add(events, hits)
                return Converted(files[number], Path(), events, hits, events)
            made = _written(files[number], conversions[number], restart, counting)
            made.description.unlink()
            write_whole(mark, f"{made.events} {made.hits}")
            return made

        with ThreadPoolExecutor(max(1, jobs), "convert") as pool:
            made = list(pool.map(write, range(len(files))))
        description = write_description(out, event_format(out), whole, provenance_of(whole))
        done.remove()
    return Made(made, description, whole.notes)


def _through(
    named: Sequence[str],
    out: Path,
    through: str,
    columns: Sequence[str],
    laid_over: tuple[Sequence[str], Sequence[str], Sequence[str]],
    restart: bool,
) -> Made:
    """Write events as a trained network hands them on, into one file or into one for each name."""
    from registry.converting.passing import passed

    configs, sets, plugins = laid_over
    with ExitStack() as stack:
        if EACH not in out.name:
            return convert_through(stack, named, out, through, plugins, restart, columns, configs, sets)
        conversions, warnings = passed(stack, named, through, columns, configs, sets, plugins)
        names = [Path(name).name.split(".")[0] for name in named]
        files = [out.with_name(out.name.replace(EACH, name)) for name in names]
        return replace(_several(out, files, conversions, chained(conversions), 1, restart), warnings=warnings)


def convert_through(
    stack: ExitStack,
    named: Sequence[str],
    out: Path,
    through: str,
    plugins: Sequence[str] = (),
    restart: bool = False,
    columns: Sequence[str] = (),
    configs: Sequence[str] = (),
    sets: Sequence[str] = (),
) -> Made:
    """Write events as a trained network hands them on into one file; the network is open until `stack` is closed."""
    from registry.converting.passing import passed

    conversions, warnings = passed(stack, named, through, columns, configs, sets, plugins)
    return replace(_one(out, chained(conversions), restart), warnings=warnings)
