"""Predicts with one trained network in front of another: the first hands its hits on, as the second was trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from registry.contract.errors import InputError, Problem
from registry.converting.converting import convert_through
from registry.converting.opening import opened_input
from registry.converting.ports import HIT
from registry.inference.event_formats import reader_of, remove
from registry.inference.files import endings
from registry.inference.opening import TrainedModel
from registry.inference.predicting import PredictedEvents


@dataclass(frozen=True)
class InFront:
    """Events as a network in front has handed them on.

    `data`: what the network behind reads; `original`: gives predicted hits the numbers that they have in the first
    file; `notes`, `warnings`: what was left out of it, and what is doubtful.
    """

    data: str
    original: Callable[[PredictedEvents], PredictedEvents]
    notes: Sequence[str]
    warnings: Sequence[str]


@contextmanager
def in_front(
    model: TrainedModel, data: str, through: str, out: Path, plugins: Sequence[str], restart: bool = False
) -> Iterator[InFront]:
    """Pass data through a network, into a file beside `out` that is there until the context ends without an error.

    Raises InputError for a network or data that cannot be used, and if the other one reads no events that are written.
    """
    ending = next((ending for ending in endings() if reader_of(ending) == model.graph.block), "")
    if not ending:
        message = (
            f"{model.name} was trained with events of the loader {model.graph.block!r}: none can be written for it"
        )
        raise InputError([Problem(message, hint="train it with what registry.convert --through has written")])
    written = out.with_name(f"{out.stem}.through{ending}")
    with ExitStack() as stack:
        made = convert_through(stack, [data], written, through, plugins, restart)
        hits, splits = _numbers(made.description)
        named = (model.graph.parameters.get("columns") or {}).get("hit_id") is not None

        def original(events: PredictedEvents) -> PredictedEvents:
            if named:
                return events
            own = events.original.get("hit")
            starts = splits[events.numbers[events.event_of_hit]]
            place = np.arange(events.hits) - events.row_splits[:-1][events.event_of_hit]
            rows = starts + (place if own is None else own.reshape(-1))
            return replace(events, original={**events.original, "hit": hits[rows][:, None]})

        yield InFront(str(written), original, made.notes, made.warnings)
        for file in (written, made.description):
            remove(file)


def _numbers(description: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the number that each written hit has in its first file, and where each event's hits start."""
    hits, sizes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    with opened_input([str(description)], (), (), ()) as loader:
        stored = loader.block.stored([HIT])  # type: ignore[attr-defined]
        for group in range(len(stored.groups)):
            events = stored.read(group)
            hits.append(events.hits[HIT])
            sizes.append(events.sizes)
    return np.concatenate(hits), np.concatenate([[0], np.cumsum(np.concatenate(sizes))]).astype(np.int64)
