"""Converts events: opens what is named, and writes one file, or one for each file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from registry.console.counting import Counting
from registry.console.files import write_whole
from registry.contract.errors import InputError, Problem
from registry.contract.stored import Stored
from registry.converting.conversion import Conversion, StoredConversion, chained, opened_stored
from registry.converting.description import write_description
from registry.converting.opening import opened_input
from registry.converting.tasks import FileFarm
from registry.converting.writing import Converted, convert_into, provenance_of
from registry.farm.many import different_names
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
    farm: FileFarm | None = None,
    only: int | None = None,
) -> Made:
    """Write the events of what is named into `out`, a file or `FOLDER/*.ENDING`, with a description beside it.

    `farm`: what is written of each file is written by a task of it; `only`: the number of the one file that is written,
    for which `convert.partial` is there. Raises InputError for data that cannot be used, OSError for a file that cannot
    be written, RunError where tasks have failed.
    """
    if not out:
        raise InputError([Problem("convert: expected IN and OUT, received one name")])
    event_format(Path(out))
    if through:
        return _through(named, Path(out), through, columns, (configs, sets, plugins), restart, farm, only)
    with opened_input(named, configs, sets, plugins) as loader:
        stored = opened_stored(loader, columns)
        if stored is None:
            from registry.converting.passing import of_ports

            return _whole(Path(out), of_ports(loader, columns), restart, farm, only)
        if EACH not in Path(out).name:
            return _whole(Path(out), StoredConversion(loader, stored), restart, farm, only)
        return _each(Path(out), loader, stored, jobs, restart, farm, only)


def _whole(
    out: Path, conversion: Conversion, restart: bool, farm: FileFarm | None = None, only: int | None = None
) -> Made:
    """Write all events into one file, here or as the one task of a farm."""
    if (farm is None and only is None) or EACH in out.name:
        return _one(out, conversion, restart)
    return _several(Several(out, [out], [conversion], conversion, restart), [out.name], 1, farm, only)


def _one(out: Path, conversion: Conversion, restart: bool) -> Made:
    if EACH in out.name:
        raise InputError([Problem(f"{out}: the events are not from files: expected one file")])
    with _counting(sum(conversion.groups)) as counting:
        made = _written(out, conversion, restart, counting)
    return Made([made], made.description, [*conversion.notes, *made.not_written])


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


def _each(
    out: Path, loader: CheckedNode, stored: Stored, jobs: int, restart: bool, farm: FileFarm | None, only: int | None
) -> Made:
    """Write a file for each file of the events, several at once; those that are whole already are not written again."""
    files = files_for(out, stored.files)
    conversions = [StoredConversion(loader, stored, number) for number in range(len(files))]
    whole = StoredConversion(loader, stored)
    return _several(Several(out, files, conversions, whole, restart), stored.files, jobs, farm, only)


def files_for(out: Path, named: Sequence[str]) -> list[Path]:
    """Return the file that is written for each file; raises InputError if two have the same name."""
    return [out.with_name(out.name.replace(EACH, name)) for name in different_names(named, str(out))]


@dataclass(frozen=True)
class Several:
    """Files that are written, each by a conversion; `whole`: all of them as one."""

    out: Path
    files: Sequence[Path]
    conversions: Sequence[Conversion]
    whole: Conversion
    restart: bool

    @cached_property
    def done(self) -> Pieces:
        """Where the marks of files lie that are written."""
        return Pieces(self.out.with_name("convert"))

    def mark(self, number: int) -> Path:
        """Return the file that says that one is written."""
        return self.done.folder / self.files[number].name

    def write(self, number: int, counting: Counting) -> Converted:
        """Write a file, and mark it."""
        made = _written(self.files[number], self.conversions[number], self.restart, counting)
        made.description.unlink()
        write_whole(self.mark(number), f"{made.events} {made.hits}")
        return made

    def marked(self, number: int, before: bool) -> Converted:
        """Return what is known of a file that is written already; `before`: by an earlier call."""
        events, hits = map(int, self.mark(number).read_text().split())
        return Converted(self.files[number], Path(), events, hits, events if before else 0)


def _several(several: Several, named: Sequence[str], jobs: int, farm: FileFarm | None, only: int | None) -> Made:
    conversions, whole, out = several.conversions, several.whole, several.out
    if only is not None:
        with _counting(sum(conversions[only].groups)) as counting:
            made = several.write(only, counting)
            return Made([made], Path(), [*whole.notes, *made.not_written])
    done = several.done
    if several.restart:
        done.remove()
    with done.opened(whole.made_of), _counting(sum(map(sum, (each.groups for each in conversions)))) as counting:
        before = [number for number in range(len(named)) if several.mark(number).exists()]
        if farm is not None:
            farm.run(named, [number for number in range(len(named)) if number not in before], done.folder)

        def write(number: int) -> Converted:
            if not several.mark(number).exists():
                return several.write(number, counting)
            made = several.marked(number, number in before)
            counting.add(made.events, made.hits)
            return made

        with ThreadPoolExecutor(max(1, jobs), "convert") as pool:
            written = list(pool.map(write, range(len(named))))
        description = write_description(out, event_format(out), whole, provenance_of(whole))
        done.remove()
    left_out = dict.fromkeys(note for each in written for note in each.not_written)
    return Made(written, description, [*whole.notes, *left_out])


def _through(
    named: Sequence[str],
    out: Path,
    through: str,
    columns: Sequence[str],
    laid_over: tuple[Sequence[str], Sequence[str], Sequence[str]],
    restart: bool,
    farm: FileFarm | None,
    only: int | None,
) -> Made:
    """Write events as a trained network hands them on, into one file or into one for each name."""
    from registry.converting.passing import passed

    configs, sets, plugins = laid_over
    with ExitStack() as stack:
        conversions, warnings = passed(stack, named, through, columns, configs, sets, plugins)
        if EACH not in out.name:
            return replace(_whole(out, chained(conversions), restart, farm, only), warnings=warnings)
        several = Several(out, files_for(out, named), conversions, chained(conversions), restart)
        return replace(_several(several, named, 1, farm, only), warnings=warnings)


def convert_through(
    stack: ExitStack, named: Sequence[str], out: Path, through: str, plugins: Sequence[str] = (), restart: bool = False
) -> Made:
    """Write events as a trained network hands them on into one file; the network is open until `stack` is closed."""
    from registry.converting.passing import passed

    conversions, warnings = passed(stack, named, through, (), (), (), plugins)
    return replace(_one(out, chained(conversions), restart), warnings=warnings)
