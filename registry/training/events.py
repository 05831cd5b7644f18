"""Opens the events a graph is trained on, and checks that they can be: every part has hits, every event fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from registry.contract.data import PARTS, Part
from registry.contract.errors import InputError, Problem
from registry.training.checked_source import CheckedSource
from registry.training.packing import OversizeEvent

if TYPE_CHECKING:
    from registry.configuration.options import Options
    from registry.loading.blocks import Registry
    from registry.wiring.checked_graph import CheckedNode

NAMES: dict[Part, str] = {"train": "training", "validation": "validation", "test": "test"}

COMPARED = 10_000
"""Events of a part whose names are compared with those of the other parts."""


def open_data(loader: CheckedNode, seed: int, registry: Registry | None = None) -> CheckedSource:
    """Open the loader's events, and read one of every part; `registry`: the plugins that see what a training reads.

    Raises InputError, at the parameter that names them, for events that cannot be used; at the place in the plugin for
    a source that does not keep its contract; for training without events, and a part of which every event is empty.
    """
    source = CheckedSource.opened(loader, lambda: loader.block.open(seed), registry)  # type: ignore[attr-defined]
    _check_parts(source, loader)
    _read_one_of_each(source)
    return source


def look_at(source: CheckedSource, loader: CheckedNode, options: Options, complete: bool) -> list[Problem]:
    """Return what is wrong with events, and what is doubtful; `complete`: the source holds all of them."""
    try:
        if complete:
            _check_parts(source, loader)
        _read_one_of_each(source)
        check_sizes(source, options)
    except InputError as error:
        return error.problems
    return doubts(source, loader)


def _check_parts(source: CheckedSource, loader: CheckedNode) -> None:
    """Raise InputError for training without events, and for a part of which every event is empty."""
    problems = []
    for part in PARTS:
        sizes, name = source.sizes(part), NAMES[part]
        if not len(sizes) and part == "train":
            problems.append(_fault(loader, "there are no training events", "is the loader given the right files?"))
        elif len(sizes) and not sizes.any():
            which = f"every one of the {len(sizes)} {name} events is" if len(sizes) > 1 else f"the one {name} event is"
            message = f"{which} empty, without a hit; the first: {source.describe(part, 0)}"
            problems.append(_fault(loader, message, "do filters or thresholds drop every hit?"))
    if problems:
        raise InputError(problems)


def _fault(loader: CheckedNode, message: str, hint: str) -> Problem:
    return Problem(message, loader.written.origin, loader.written.path, hint)


def _read_one_of_each(source: CheckedSource) -> None:
    """Read the first event with hits of every part: a source that does not keep its contract is found at once."""
    for part in PARTS:
        filled = np.flatnonzero(source.sizes(part))
        if len(filled):
            source.describe(part, int(filled[0]))
            source.read(part, filled[:1], 0 if part == "train" else None)


def check_sizes(source: CheckedSource, options: Options) -> None:
    """Raise InputError if an event is larger than a stage's batch: no event is dropped."""
    problems = []
    for index, stage in enumerate(options.stages):
        batch_size = stage.options.batch_size
        larger = [(part, sizes[sizes > batch_size]) for part in PARTS if len(sizes := source.sizes(part))]
        larger = [(part, sizes) for part, sizes in larger if len(sizes)]
        if not larger:
            continue
        part, found = max(larger, key=lambda item: int(item[1].max()))
        name, hits = source.describe(part, int(source.sizes(part).argmax())), int(found.max())
        count = sum(len(sizes) for _, sizes in larger)
        more = f", and {count - 1} more events are" if count > 1 else ""
        error = OversizeEvent(name, hits, batch_size)
        message = f"Training.{index}: {error.message}{more}"
        problems.append(Problem(message, stage.value.nearest(["batch_size"]).origin, hint=error.hint))
    if problems:
        raise InputError(problems)


def doubts(source: CheckedSource, loader: CheckedNode) -> list[Problem]:
    """Return what is doubtful about the events, as warnings: what the source says, and events that two parts share."""
    node, place = loader.written.path, loader.written.origin
    found = [Problem(text, place, node, severity="warning") for text in source.doubts]
    names: dict[str, Part] = {}
    for part in PARTS:
        own = {source.describe(part, event) for event in range(min(COMPARED, len(source.sizes(part))))}
        shared = sorted(own & names.keys())
        if shared:
            event, first = shared[0], NAMES[names[shared[0]]]
            message = f"{len(shared)} {first} events have the names of {NAMES[part]} events: {event!r}"
            hint = "if they are the same, what is measured on them is too good; else describe() should tell them apart"
            found.append(Problem(message, place, node, hint, "warning"))
        names |= dict.fromkeys(own, part)
    return found
