"""Passes events through a trained network."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from registry.contract.data import PARTS
from registry.contract.errors import InputError, Problem
from registry.converting.opening import is_described, opened_input
from registry.converting.ports import PortConversion, Through
from registry.inference.data import SEED, Events
from registry.inference.model_files import is_own
from registry.inference.opening import TrainedModel, opened_model
from registry.loading.blocks import load_registry
from registry.loading.kept import KEPT
from registry.tracking.runs import Runs
from registry.training.checked_source import CheckedSource
from registry.wiring.checked_graph import CheckedNode


def of_ports(loader: CheckedNode, columns: Sequence[str]) -> PortConversion:
    """Return the events of a loader by its ports."""
    return PortConversion(_events(loader), None, columns)


def _events(loader: CheckedNode) -> Events:
    source = CheckedSource.opened(loader, lambda: loader.block.open(SEED))  # type: ignore[attr-defined]
    return Events(source, loader, [part for part in PARTS if len(source.sizes(part))] or PARTS)


def passed(
    stack: ExitStack,
    named: Sequence[str],
    through: str,
    columns: Sequence[str],
    configs: Sequence[str],
    sets: Sequence[str],
    plugins: Sequence[str],
) -> tuple[list[PortConversion], list[str]]:
    """Return events as a trained network hands them on, one conversion for each name, and what is doubtful.

    Raises InputError for a network that cannot be used, and for data that do not fit it.
    """
    model = stack.enter_context(opened_model(through, plugins))
    warnings: list[str] = []
    if len(named) == 1 and is_described(named[0]):
        loader = stack.enter_context(opened_input(named, configs, sets, plugins))
        found = [_events(loader)]
        _check_inputs(loader, model)
    else:
        if configs or sets:
            message = "files are read as the network was trained with: --config and --set have nothing to say"
            raise InputError(
                [Problem(message, hint="name a graph, or options with a section `Data`, instead of files")]
            )
        found = [_read(model, data, warnings) for data in named]
    warnings += [doubt for events in found for doubt in events.source.doubts]
    own = Through(model.network(), model.name, run_of(through, plugins), model.digest(), model.graph.of_kept)
    return [PortConversion(events, own, columns) for events in found], list(dict.fromkeys(warnings))


def run_of(named: str, plugins: Sequence[str]) -> str:
    """Return the identifier of the run that a network is named by; empty for a file or a folder."""
    if not is_own(named) or Path(named).exists():
        return ""
    registry = load_registry((name, None) for name in plugins if name != KEPT)
    return Runs(registry.trackings.values()).find(named).summary.id


def _read(model: TrainedModel, data: str, warnings: list[str]) -> Events:
    """Open data as the network's loader reads them; without truth if they have none."""
    try:
        return model.events(data, truth=True)
    except InputError as error:
        try:
            found = model.events(data)
        except InputError:
            raise error from None
        warnings.append(f"{Path(data).name} is written without truth: {error.problems[0].message}")
        return found


def _check_inputs(loader: CheckedNode, model: TrainedModel) -> None:
    """Raise InputError if a loader has not what the network was trained with."""
    if loader.block.name != model.graph.block:
        message = f"{model.name} was trained with events of the loader {model.graph.block!r}, these are of another one"
        origin = loader.written.origin
        hint = "name a graph or options with that loader; a network that takes the same columns can read them, too"
        missing = [name for name in ("features", "row_splits") if name not in loader.types]
        if missing:
            raise InputError([Problem(message, origin, hint=hint)])
