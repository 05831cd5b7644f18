"""`python -m registry.data GRAPH`: what the events of a graph's loader are like, before and after its filters."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from registry.console.command import run_command, show_warnings
from registry.console.files import write_file
from registry.contract.errors import InputError, Problem, Problems
from registry.contract.loader import Loader
from registry.tracking.addresses import check_from
from registry.wiring.arguments import graph_parser
from registry.wiring.learning import check_training
from registry.wiring.loaders import loader_of

if TYPE_CHECKING:
    from registry.training.checked_source import CheckedSource
    from registry.wiring.checked_graph import CheckedNode


def main(arguments: list[str] | None = None) -> int:
    """Print what the data are like; return the exit status."""
    from registry.surveying.found import look
    from registry.surveying.losses import look_at_losses
    from registry.surveying.neighbourhoods import look_at_neighbours
    from registry.surveying.text import lines

    options = parser().parse_args(arguments)
    problems = Problems()
    checked = check_from(options, problems)
    engine = check_training(checked, problems)
    loader = loader_of(checked, problems)
    seed = engine.general.seed if engine is not None else 0
    source, faults, error = _opened(loader, seed)
    found = replace(
        look(source, loader.block.name, whole=True),
        neighbourhoods=look_at_neighbours(checked, source),
        losses=look_at_losses(checked, source),
    )
    if options.verify:
        found = replace(found, fingerprint=source.fingerprint(verify=True))
    doubts = [Problem(doubt, loader.written.origin, loader.written.path, severity="warning") for doubt in found.doubts]
    show_warnings([*problems.warnings, *doubts])
    print("\n".join(lines(found, options.columns)))
    if options.json:
        write_file(options.json, json.dumps(found.plain(), indent=1) + "\n")
    if options.html:
        from registry.surveying.page import page

        command = shlex.join(["python", "-m", "registry.data", *(sys.argv[1:] if arguments is None else arguments)])
        write_file(options.html, page(found, [*faults, *(note for note in found.notes if "skipped" in note)], command))
    if error is not None:
        raise error
    return 0


def _opened(loader: CheckedNode, seed: int) -> tuple[CheckedSource, list[str], InputError | None]:
    """Return the events of a loader, what is wrong with those that are not among them, and the error that says so.

    Of data that cannot be used these are the events that can be, or else all of them: files without a hit, too, are
    looked at. Raises InputError if no event can be read.
    """
    from registry.training.events import open_data

    try:
        return open_data(loader, seed), [], None
    except InputError as error:
        return _usable(loader, seed, error) or _every(loader, seed, error)


def _usable(loader: CheckedNode, seed: int, error: InputError) -> tuple[CheckedSource, list[str], InputError] | None:
    """Return the events that can be used, None if none can be or nothing is left out.

    `error`: what stops at the first that cannot be, with what to do about it.
    """
    from registry.training.events import open_data

    assert isinstance(loader.block, Loader)
    lenient = loader.block.lenient()
    if lenient is None:
        return None
    try:
        source = open_data(replace(loader, block=lenient), seed)
    except InputError:
        return None
    found = [note.removeprefix("skipped: ") for note in source.notes if note.startswith("skipped: ")]
    if not found:
        return None
    hint = next((problem.hint for problem in error.problems if problem.message.startswith(found[0])), "")
    problems = [Problem(text, loader.written.origin, loader.written.path) for text in found]
    return source, found, InputError([*problems[:-1], replace(problems[-1], hint=hint)])


def _every(loader: CheckedNode, seed: int, error: InputError) -> tuple[CheckedSource, list[str], InputError]:
    """Return all events, whatever parts want of them; `error`: why they cannot be used, which is raised if none is."""
    from registry.training.checked_source import CheckedSource

    assert isinstance(loader.block, Loader)
    block = loader.block.undemanding() or loader.block
    try:
        source = CheckedSource.opened(loader, lambda: block.open(seed))
    except InputError:
        raise error from None
    return source, [problem.message for problem in error.problems], error


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    made = graph_parser("registry.data", "what the events of a graph are like: hits, objects, noise, every column")
    made.add_argument("--columns", action="store_true", help="show every column of the files, not only those in use")
    made.add_argument("--json", metavar="FILE", help="write all of it, exact sums included, into a JSON file")
    made.add_argument("--html", metavar="FILE", help="write a page that works offline, with histograms and an event")
    made.add_argument("--verify", action="store_true", help="read files as a whole for the fingerprint, however large")
    return made


if __name__ == "__main__":
    sys.exit(run_command(main))
