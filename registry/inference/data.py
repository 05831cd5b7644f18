"""Opens the events that a trained model is applied to, by the loader it was trained with."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from registry.compiling.carried_graph import CarriedGraph
from registry.configuration.parameters import validate
from registry.contract.block import has_mark
from registry.contract.data import PARTS, DataError, Part
from registry.contract.errors import InputError, Origin, Problem, Problems
from registry.contract.loader import Loader
from registry.contract.spelling import did_you_mean
from registry.inference.columns_file import ENDING, ColumnsFile
from registry.language.graph import Graph, Inputs, Node
from registry.language.value import Value, empty_mapping, value_of
from registry.loading.blocks import Registry
from registry.training.checked_source import CheckedSource
from registry.wiring.checked_graph import CheckedNode
from registry.wiring.checking import check_nodes
from registry.wiring.truth import declared_truth

SEED = 0
"""Loaders are opened with a seed for their augmentation, of which none is done."""


@dataclass(frozen=True)
class Events:
    """Events that are opened: those of the given parts of a source, one part after the other.

    `left_out`: what the loader does without, because the data lack it (see `Loader.left_out`).
    """

    source: CheckedSource
    loader: CheckedNode
    parts: Sequence[Part]
    left_out: Sequence[str] = ()

    @property
    def count(self) -> int:
        """The number of events."""
        return sum(len(self.source.sizes(part)) for part in self.parts)

    @property
    def hits(self) -> int:
        """Hits of all events."""
        return sum(int(self.source.sizes(part).sum()) for part in self.parts)


def open_events(
    carried: CarriedGraph,
    registry: Registry,
    data: str,
    truth: bool = False,
    part: Part | None = None,
    further: Sequence[str] = (),
) -> Events:
    """Open the events in `data`, a file as the loader of the training reads it, or a part of what that one has.

    `truth`: the data are to have the truth that the loader knows; `part`: they are those of the training, which lie
    elsewhere now, or, if `data` is empty, where they did, and this part of them is meant; `further`: files that the
    data are in beside `data`. Raises InputError, which names the column, for data that do not fit.
    """
    origin = Origin(data or part or "")
    files = [data, *further]
    kind = registry.find(carried.block)
    if kind is None or not issubclass(kind, Loader):
        hint = "the model's data are read by it: name its plugin, --plugin FILE_OR_MODULE"
        raise InputError([Problem(f"there is no loader {carried.block!r}", origin, hint=hint)])
    own: list[Part] = [name for name in PARTS if name == data and not os.path.exists(data)]
    if part and not data:
        own = [part]
    left_out: Sequence[str] = ()
    try:
        # Of other data only what reads them counts: a file of the training need not be there.
        if own:
            parameters = _of_the_environment(carried.parameters, origin)
        else:
            reading = _reading(carried, kind, files, truth, origin, moved=part is not None)
            parameters, left_out = reading.plain_parameters(), reading.left_out
    except DataError as error:
        if Path(data).suffix == ENDING and not further:
            return _of_columns(_checked(carried, registry, value_of(carried.parameters, origin), origin), data, truth)
        hint = f"an npz file of the columns by port is read, too; or a part of its own events: {', '.join(PARTS)}"
        raise InputError([Problem(error.message, origin, hint="\n".join(filter(None, [error.hint, hint])))]) from error
    try:
        loader = _checked(carried, registry, value_of(parameters, origin), origin)
    except InputError as error:
        raise _elsewhere(error, kind, parameters) if own else _or_meant(error, data, kind, registry) from error
    source = CheckedSource.opened(loader, lambda: loader.block.open(SEED))  # type: ignore[attr-defined]
    return Events(source, loader, own or ([part] if part else PARTS), left_out)


def _or_meant(error: InputError, data: str, kind: type[Loader], registry: Registry) -> InputError:
    """Return an error with what may be meant: a part of the training's events, or a file of another format."""
    there = os.path.exists(data)
    meant = _of_another_format(data, kind, registry) if there else did_you_mean(data, PARTS)
    if not meant:
        return error
    first, *others = error.problems
    return InputError([replace(first, hint="\n".join(filter(None, [first.hint, meant]))), *others])


def _of_another_format(data: str, kind: type[Loader], registry: Registry) -> str:
    """Return how a file that another loader reads is written as the model's own reads it, "" if none says so."""
    own: tuple[str, ...] = getattr(kind, "endings", ())
    others = [each for each in registry.blocks.values() if issubclass(each, Loader) and each is not kind]
    name = next((each.name for each in others if data.endswith(tuple(getattr(each, "endings", ())) or ("\0",))), "")
    if not own or not name or data.endswith(own):
        return ""
    written = Path(data).with_suffix("").name + own[0]
    return (
        f"the model reads files by the loader {kind.name!r} it was trained with, and this is one of {name!r}; write "
        f"it so first: python -m registry.convert {data} {written}"
    )


def _elsewhere(error: InputError, kind: type[Loader], parameters: Mapping[str, Any]) -> InputError:
    """Return an error with a hint where the data of a training may have been moved."""
    hint = "if the data of the training lie elsewhere now, name them: DATA, or DATA --part PART for a part of them"
    paths = [name for name, field in kind.Params.model_fields.items() if has_mark(field, "path")]
    gone = [name for name in paths if isinstance(parameters.get(name), str) and not os.path.exists(parameters[name])]
    if not gone:
        return error
    first, *others = error.problems
    return InputError([replace(first, hint="\n".join(filter(None, [first.hint, hint]))), *others])


def _of_columns(loader: CheckedNode, data: str, truth: bool) -> Events:
    """Open a file of columns by port; of the truth, those it has."""
    known = declared_truth(loader.block)
    ports = [port for port in loader.types if port not in known]
    origin = loader.written.origin
    try:
        file = ColumnsFile(data, ports, sorted(known) if truth else ())
    except DataError as error:
        raise InputError([Problem(error.message, origin, hint=error.hint)]) from error
    types = {port: type_ for port, type_ in loader.types.items() if port in file.ports}
    own = replace(loader, types=types)
    return Events(CheckedSource(file, own), own, ("test",))


_VARIABLE = re.compile(r"\$\{env:(\w+)\}")
"""How a model's file names a text that came from the environment."""


def _of_the_environment(value: Any, origin: Origin) -> Any:
    """Return parameters with what the environment says now; raises InputError for a variable that is not set."""
    if isinstance(value, Mapping):
        return {key: _of_the_environment(item, origin) for key, item in value.items()}
    if isinstance(value, list):
        return [_of_the_environment(item, origin) for item in value]
    if not isinstance(value, str):
        return value
    for name in _VARIABLE.findall(value):
        if name not in os.environ:
            message = f"the events were read from a place that the environment variable {name} named, which is not set"
            raise InputError([Problem(message, origin, hint=f"set {name}, or name the events' file instead of a part")])
    return _VARIABLE.sub(lambda match: os.environ[match[1]], value)


def _reading(
    carried: CarriedGraph, kind: type[Loader], data: Sequence[str], truth: bool, origin: Origin, moved: bool
) -> Loader:
    """Return the loader for other data; raises DataError for a loader that reads no file.

    `moved`: they are those of the training, in another place.
    """
    problems = Problems()
    given = validate(kind.Params, value_of(carried.parameters, origin), carried.node, problems, carried.block)
    problems.raise_if_any()
    assert given is not None
    files = [file if "://" in file else str(Path(file).absolute()) for file in data]
    file: Any = files if len(files) > 1 else files[0]
    loader = kind(given)
    return Loader.reading(loader, file, truth) if moved else loader.reading(file, truth)


def _checked(carried: CarriedGraph, registry: Registry, parameters: Value, origin: Origin) -> CheckedNode:
    """Return the loader as the node of a graph of its own; raises InputError for what is wrong with it."""
    node = Node(carried.node, carried.block, origin, origin, Inputs(), parameters)
    graph = Graph(carried.node, "", origin.file, {carried.node: node}, {}, empty_mapping(origin))
    problems = Problems()
    checked = check_nodes(graph, registry, problems)
    problems.raise_if_any()
    return checked.loader
