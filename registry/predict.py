"""`python -m registry.predict RUN|FILE.keras DATA -o OUT`: predictions, one row a hit, as a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from registry.console.arguments import take_plugins
from registry.console.command import EXIT_STATUS, run_command, show_warnings
from registry.contract.errors import Problem
from registry.inference.files import endings, format_of
from registry.inference.opening import opened_model
from registry.inference.pieces import Pieces

if TYPE_CHECKING:
    from registry.inference.opening import TrainedModel
    from registry.inference.writing import Tabulate

DATA = "events, as the model's loader reads them; or train, validation or test: those it was trained with"

THROUGH = "a trained network in front, which reads DATA and hands on the hits that the model is applied to"

CLUSTERS = "make clusters with the model's read-out, and write the showers beside the hits: OUT.showers.ENDING"


def main(arguments: list[str] | None = None) -> int:
    """Predict events into a file; return the exit status."""
    options = parser().parse_args(arguments)
    out, pieces = Path(options.out), Pieces(Path(options.out))
    format_of(out)
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
    made.add_argument("data", metavar="DATA", help=DATA)
    made.add_argument("-o", "--out", required=True, metavar="FILE", help=f"the file ({', '.join(endings())})")
    made.add_argument("--through", default="", metavar="RUN|FILE.keras", help=THROUGH)
    made.add_argument("--clusters", action="store_true", help=CLUSTERS)
    made.add_argument("--restart", action="store_true", help="begin anew, whatever was begun")
    take_plugins(made)
    return made


if __name__ == "__main__":
    sys.exit(run_command(main))
