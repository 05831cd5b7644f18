"""`python -m registry.export RUN|FILE.keras -o OUT --format NAME`: a trained network that runs without this package."""

from __future__ import annotations

import argparse
import sys

from registry.console.arguments import take_plugins
from registry.console.command import EXIT_STATUS, run_command
from registry.console.notices import without_startup_notices

FORMAT = "savedmodel (a folder of TensorFlow's), onnx (a file), triton (a folder that the Triton server serves)"


def main(arguments: list[str] | None = None) -> int:
    """Export a trained model; return the exit status."""
    options = parser().parse_args(arguments)
    with without_startup_notices():
        from registry.exporting.exporting import HITS, export_named
        from registry.exporting.page import proved, times

    def say(line: str) -> None:
        print(f"{line} ...", flush=True)

    made = export_named(options.model, options.out, options.format, options.plugin, options.hits or HITS, say)
    print("\n".join([*times(made.proof), "", proved(made.proof)]))
    print(f"{made.place}: the network; {made.page} says what it takes and returns")
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    description = (
        "write a trained network as a file that runs without this package. It is run in a process of its own, and its "
        "outputs are compared with the model's, before it is given out"
    )
    made = argparse.ArgumentParser(prog="python -m registry.export", description=description, epilog=EXIT_STATUS)
    made.add_argument("model", metavar="RUN|FILE.keras", help="a run (run:ID, its name, its folder), or a model's file")
    made.add_argument("-o", "--out", required=True, metavar="OUT", help="the file or folder")
    made.add_argument("--format", required=True, metavar="NAME", help=f"{FORMAT}, or that of a plugin")
    text = "hits of the events whose times are taken, such as 1,100,1000"
    made.add_argument("--hits", type=_sizes, default=None, metavar="N,N", help=text)
    take_plugins(made)
    return made


def _sizes(text: str) -> list[int]:
    if not all(part.isdecimal() for part in text.split(",")):
        raise argparse.ArgumentTypeError(f"expected whole numbers, separated by commas; received {text!r}")
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    sys.exit(run_command(main))
