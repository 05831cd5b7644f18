"""Opens what is to be converted: a graph, options with a section `Data`, or files of events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from glob import glob
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from registry.contract.data import DataError
from registry.contract.errors import InputError, Origin, Problem, Problems
from registry.contract.loader import Loader
from registry.converting.description import HEAD, description_of
from registry.inference.event_formats import reader_of
from registry.inference.files import endings
from registry.loading.blocks import Registry, load_registry
from registry.tracking.addresses import check_address
from registry.tracking.artifacts import GIT
from registry.tracking.runs import RUN
from registry.wiring.arguments import check_files
from registry.wiring.checked_graph import CheckedNode
from registry.wiring.loaders import loader_of

GRAPH = """\
name: data
config: options.yaml
blocks:
  event: {use: "${Data.loader}", with: "${Data.options.${Data.loader}}"}
"""
"""A graph of nothing but a loader."""


@contextmanager
def opened_input(
    named: Sequence[str], configs: Sequence[str], sets: Sequence[str], plugins: Sequence[str]
) -> Iterator[CheckedNode]:
    """Open the loader of what is named: one graph, one file of options, or files of events.

    `sets`: `KEY.SUB=VALUE`, of files of events the parameters of their loader. A file that convert has written is read
    as the description beside it says, unless something else is given. Raises InputError if it cannot be.
    """
    (first, *more) = named
    if not (more or configs or sets):
        first = _with_description(first)
    if not more and (first.startswith((GIT, RUN)) or _says(first, "blocks")):
        problems = Problems()
        yield loader_of(check_address(first, configs, sets, plugins, problems), problems)
        return
    with TemporaryDirectory() as folder:
        graph = Path(folder) / "data.yaml"
        graph.write_text(GRAPH)
        options = Path(folder) / "options.yaml"
        if not more and is_described(first):
            if not _says(first, "Data"):
                message = f"{first} has neither `blocks`, as a graph, nor a section `Data`, as options"
                raise InputError([Problem(message, Origin(first))])
            options.write_text("{}\n")
            yield _loader(graph, [first, *configs], sets, plugins)
            return
        files = [file if "://" in file else str(Path(file).absolute()) for file in named]
        if configs:
            options.write_text("{}\n")
            described = _loader(graph, configs, sets, plugins)
            block = type(described.block)(described.block.params.model_copy(update={"file": files}))
            yield replace(described, block=block)
            return
        name, parameters = _described(named, files, sets, plugins)
        options.write_text(yaml.safe_dump({"Data": {"loader": name, "options": {name: parameters}}}))
        yield _loader(graph, [], [], plugins)


def _with_description(named: str) -> str:
    """Return the description that convert has written beside a file of events, or else the name as it is."""
    beside = description_of(Path(named))
    try:
        with beside.open(encoding="utf-8") as text:
            return str(beside) if text.readline() == HEAD.splitlines(keepends=True)[0] else named
    except OSError:
        return named


def is_described(named: str) -> bool:
    """Say whether a name is that of a graph or of options, and not that of files of events."""
    return named.startswith((GIT, RUN)) or named.endswith((".yaml", ".yml"))


def _loader(graph: Path, configs: Sequence[str], sets: Sequence[str], plugins: Sequence[str]) -> CheckedNode:
    problems = Problems()
    # Options that describe events may be those of a graph to train.
    return loader_of(check_files(str(graph), configs, sets, plugins, problems, others=True), problems)


def _says(file: str, key: str) -> bool:
    """Say whether a file of YAML has a key at its top level."""
    if not file.endswith((".yaml", ".yml")):
        return False
    try:
        return re.search(rf"^{key}\s*:", Path(file).read_text(encoding="utf-8"), re.MULTILINE) is not None
    except (OSError, UnicodeDecodeError):
        return key == "blocks"


def _described(
    named: Sequence[str], files: Sequence[str], sets: Sequence[str], plugins: Sequence[str]
) -> tuple[str, Mapping[str, Any]]:
    """Return the loader of files by their ending, and its parameters as far as the files tell them."""
    registry = load_registry((name, None) for name in plugins)
    given: dict[str, Any] = {}
    for text in sets:
        _put(given, text)
    kind = _loader_of(given.pop("loader", None), named, registry)
    try:
        return kind.name, kind.describing(files, given)
    except DataError as error:
        raise InputError([Problem(error.message, Origin(named[0]), hint=error.hint)]) from error


def _put(given: dict[str, Any], text: str) -> None:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise InputError([Problem(f"--set {text}: expected KEY.SUB=VALUE")])
    *above, last = key.split(".")
    inner = given
    for step in above:
        inner = inner.setdefault(step, {})
    inner[last] = yaml.safe_load(value)


def _loader_of(asked: str | None, named: Sequence[str], registry: Registry) -> type[Loader]:
    loaders = {name: kind for name, kind in registry.blocks.items() if issubclass(kind, Loader)}
    if asked is not None:
        if asked not in loaders:
            raise InputError([Problem(f"there is no loader {asked!r}", hint=registry.suggest(asked))])
        return loaders[asked]
    file = next(iter(sorted(glob(named[0]))), named[0])
    fitting = [kind for kind in loaders.values() if file.endswith(tuple(getattr(kind, "endings", ()) or ("\0",)))]
    if not fitting:
        known = sorted({ending for kind in loaders.values() for ending in getattr(kind, "endings", ())})
        message = f"{named[0]}: no loader reads files that end so"
        raise InputError([Problem(message, hint=f"known: {', '.join(known)}; or name one: --set loader=NAME")])
    usual = [reader_of(ending) for ending in sorted(endings(), key=len, reverse=True) if file.endswith(ending)]
    return next((kind for name in usual for kind in fitting if kind.name == name), fitting[0])
