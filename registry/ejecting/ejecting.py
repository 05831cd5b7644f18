"""Ejects a graph, or a run with its weights: the script is made, proved, and written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from registry.console.files import replacing, write_file
from registry.contract.errors import InputError, Problem
from registry.wiring.checked_graph import CheckedGraph

if TYPE_CHECKING:
    from registry.tracking.runs import RecordedRun

ENDING = ".py"


@dataclass(frozen=True)
class Ejected:
    """What was written: the script, the file of weights beside it (None without a run), and how far it was proved.

    `lines`: of the script; `difference`: the largest one between its outputs and those of the graph's model, over the
    largest value of the output.
    """

    file: Path
    weights: Path | None
    lines: int
    difference: float


def check_out(out: str) -> Path:
    """Return the file that is to be written; raise InputError for another ending than that of a script."""
    file = Path(out)
    if file.suffix != ENDING or file.is_dir():
        hint = f"name a file that ends in {ENDING}: -o model.py"
        raise InputError([Problem(f"{out}: expected the name of a Python script", hint=hint)])
    return file


def eject(checked: CheckedGraph, named: str, file: Path, run: RecordedRun | None = None) -> Ejected:
    """Write the network of a graph as a script, and the weights of a run beside it.

    `named`: what the graph is called in the script. Raises InputError for a graph without outputs, and for a layer
    whose code cannot be written out; RunError if the script's network does not give the graph's outputs.
    """
    _require_outputs(checked)
    from registry.compiling.model import compile_graph
    from registry.ejecting.proving import prove
    from registry.ejecting.script import Written, script
    from registry.ejecting.wrapped import package_folders
    from registry.tracking.runs import MODEL_FILE

    compiled = compile_graph(checked)
    assert compiled.inference is not None
    weights = file.with_suffix(".keras") if run else None
    text = script(compiled, Written(named, weights.name if weights else ""))
    with TemporaryDirectory() as folder:
        saved = run.download(MODEL_FILE, Path(folder)) if run else None
        if saved:
            compiled.inference.load_weights(saved)
        difference = prove(text, compiled.inference, package_folders(checked.block_names))
        if weights and saved:
            with replacing(weights) as partial:
                partial.write_bytes(saved.read_bytes())
    write_file(str(file), text)
    return Ejected(file, weights, len(text.splitlines()), difference)


def _require_outputs(checked: CheckedGraph) -> None:
    if not checked.outputs:
        hint = "name what the network predicts: `outputs: {NAME: NODE.PORT}`"
        raise InputError([Problem("the graph names no `outputs`", checked.expanded.origin, hint=hint)])


def is_graph(named: str) -> bool:
    """Say whether a name stands for a graph, and not for a run."""
    return named.startswith(("git:", "builtin:")) or named.endswith((".yaml", ".yml")) or Path(named).is_file()


def eject_named(
    named: str, out: str, configs: Sequence[str], sets: Sequence[str], plugins: Sequence[str]
) -> tuple[Ejected, Sequence[Problem]]:
    """Eject what a user names, a graph or a run, and return what was written and what is doubtful.

    Raises InputError if there is neither, RunError if the run's store cannot be read.
    """
    from registry.comparing.selecting import select
    from registry.contract.tracker import RUN
    from registry.loading.blocks import load_registry
    from registry.tracking.addresses import opened
    from registry.tracking.runs import Runs

    file = check_out(out)
    run = None
    if not is_graph(named):
        runs = Runs(load_registry((name, None) for name in plugins).trackings.values())
        run = select(runs, [named])[0].found
    address = f"{RUN}{run.summary.id}" if run else named
    with opened(address, configs, sets, plugins) as checked:
        return eject(checked, named, file, run), checked.warnings
