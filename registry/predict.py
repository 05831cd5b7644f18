"""`python -m registry.predict RUN|FILE.keras DATA ... -o OUT`: predictions, one row a hit, as files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from registry.console.arguments import take_plugins
from registry.console.command import EXIT_STATUS, run_command, show_warnings
from registry.contract.errors import Problem
from registry.farm.arguments import FarmArguments, farm_arguments, take_farm
from registry.farm.many import print_jobs
from registry.inference.files import endings_with, format_of
from registry.inference.many_files import EACH, Many, files_of, run_many
from registry.inference.opening import opened_model
from registry.inference.pieces import Pieces

if TYPE_CHECKING:
    from registry.inference.opening import TrainedModel
    from registry.inference.writing import Tabulate

DATA = "events, as the model's loader reads them; or train, validation or test: those it was trained with"

OUT = "the file ({}), or 'FOLDER/*.ENDING': a file for each of DATA, whose patterns may be quoted"

THROUGH = "a trained network in front, which reads DATA and hands on the hits that the model is applied to"

CLUSTERS = "make clusters with the model's read-out, and write the showers beside the hits: OUT.showers.ENDING"


def main(arguments: list[str] | None = None) -> int:
    """Predict events into a file; return the exit status."""
    options = parser().parse_args(arguments)
    asked = farm_arguments(options)
    if asked.print_jobs:
        return print_jobs(asked)
    out = Path(options.out)
    format_of(out)
    files = files_of(options.data, out)
    if asked.wanted or EACH in out.name:
        return _many(options, files, out, asked)
    return _one(options, files[0], out)


def _many(options: argparse.Namespace, files: Sequence[str], out: Path, asked: FarmArguments) -> int:
    """Predict files each into a file of its own."""
    further = [word for name in options.plugin for word in ("--plugin", name)]
    further += ["--through", options.through] if options.through else []
    further += [f"--{name}" for name in ("clusters", "restart") if getattr(options, name)]
    with opened_model(options.model, options.plugin) as model:
        made_of = {**model.made_of(options.clusters), "network in front": (options.through, options.through or "none")}
        model.tabulate(options.clusters)

    def arguments(file: str, own: Path) -> list[str]:
        return [options.model, file, "-o", str(own), *further]

    many = Many("registry.predict", "predicted", files, out, arguments, made_of)
    return run_many(many, asked, options.restart, main)


def _one(options: argparse.Namespace, data: str, out: Path) -> int:
    """Predict events into one file."""
    options.data, pieces = data, Pieces(out)
    with opened_model(options.model, options.plugin) as model, _in_front(options, model) as (data, front):
        events = model.events(data)
        tabulate = front(model.tabulate(options.clusters))
        doubts = [Problem(text, severity="warning") for text in events.source.doubts]
        show_warnings([*doubts, *model.doubts(options.clusters)])
        if options.restart:
            pieces.remove()
        with pieces.opened({**model.made_of(options.clusters), "data": (events.source.fingerprint(), options.data)}):
            network = model.network()
            from registry.inference.writing import predict_into

            written = predict_into(out, network, events, tabulate, pieces)
    not_finite = [f"the output {name!r} is not finite in {count} events" for name, count in written.not_finite.items()]
    show_warnings([Problem(text, severity="warning") for text in not_finite])
    for note in events.source.notes:
        print(f"left out of the data: {note}")
    if written.went_on_from:
        print(f"went on after {written.went_on_from:,} of {written.events:,} events")
    for file, rows in written.files.items():
        print(f"{file}: {rows:,} rows, of {written.events:,} events")
    return 0


@contextmanager
def _in_front(options: argparse.Namespace, model: TrainedModel) -> Iterator[tuple[str, Callable[[Tabulate], Tabulate]]]:
    """Return the data that the model reads, and what gives the hits of its tables their numbers in the user's file."""
    if not options.through:
        yield options.data, lambda tabulate: tabulate
        return
    from registry.converting.front import in_front

    with in_front(model, options.data, options.through, Path(options.out), options.plugin, options.restart) as front:
        show_warnings([Problem(text, severity="warning") for text in front.warnings])
        for note in front.notes:
            print(f"left out of the data: {note}")
        yield front.data, lambda tabulate: lambda events: tabulate(front.original(events))


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    description = (
        "predict events with a trained model; the file has one row a hit. What was interrupted goes on when the same "
        "command is given again"
    )
    made = argparse.ArgumentParser(prog="python -m registry.predict", description=description, epilog=EXIT_STATUS)
    made.add_argument("model", metavar="RUN|FILE.keras", help="a run (run:ID, its name, its folder), or a model's file")
    made.add_argument("data", metavar="DATA", nargs="+", help=DATA)
    made.add_argument("-o", "--out", required=True, metavar="FILE", help=OUT.format(", ".join(endings_with("write"))))
    made.add_argument("--through", default="", metavar="RUN|FILE.keras", help=THROUGH)
    made.add_argument("--clusters", action="store_true", help=CLUSTERS)
    made.add_argument("--restart", action="store_true", help="begin anew, whatever was begun")
    take_farm(made)
    take_plugins(made)
    return made


if __name__ == "__main__":
    sys.exit(run_command(main))
