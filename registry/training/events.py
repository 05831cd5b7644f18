"""Opens the events a graph is trained on, and checks that every one of them fits into a batch."""

from __future__ import annotations

from registry.configuration.options import Options
from registry.contract.data import PARTS, DataError, Source
from registry.contract.errors import InputError, Problem
from registry.training.packing import OversizeEvent, pack
from registry.wiring.checked_graph import CheckedNode


def open_data(loader: CheckedNode, seed: int) -> Source:
    """Open the loader's events; what is wrong with them is reported at the parameter that names them."""
    block = loader.block
    try:
        source: Source = block.open(seed)  # type: ignore[attr-defined]
        if not len(source.sizes("train")):
            raise DataError("there are no training events")
        return source
    except DataError as error:
        path = error.parameter.split(".") if error.parameter else []
        origin = loader.written.params.nearest(path).origin
        raise InputError([Problem(error.message, origin, loader.written.path, error.hint)]) from error


def check_sizes(source: Source, options: Options) -> None:
    """Raise InputError if an event is larger than a stage's batch: no event is dropped."""
    problems = []
    for index, stage in enumerate(options.stages):
        for part in PARTS:
            sizes = source.sizes(part)
            try:
                pack(sizes, sizes.argsort()[::-1], stage.options.batch_size)
            except OversizeEvent as error:
                name = source.describe(part, error.event)
                message = f"Training.{index}: {error.message.replace('an event', name, 1)}"
                problems.append(Problem(message, stage.value.nearest(["batch_size"]).origin, hint=error.hint))
    if problems:
        raise InputError(problems)
