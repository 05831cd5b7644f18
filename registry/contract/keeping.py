"""What a layer computes once, even where its values are computed again in the backward pass (`recompute`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field
from typing import Any, TypeVar

from registry.contract.records import record

Made = TypeVar("Made")


@record(frozen=False)
class Kept:
    """What was kept while a part of a graph ran the first time, in order; `again` hands it out in the same order."""

    values: list[Any] = field(default_factory=list)
    place: int | None = None

    @contextmanager
    def first(self) -> Iterator[None]:
        """Keep what `computed_once` makes."""
        self.values, self.place = [], None
        with _current(self):
            yield

    @contextmanager
    def again(self) -> Iterator[None]:
        """Let `computed_once` return what was kept."""
        self.place = 0
        with _current(self):
            yield


_KEPT: ContextVar[Kept | None] = ContextVar("kept", default=None)


@contextmanager
def _current(kept: Kept) -> Iterator[None]:
    token = _KEPT.set(kept)
    try:
        yield
    finally:
        _KEPT.reset(token)


def computed_once(make: Callable[[], Made]) -> Made:
    """Return `make()`; where a layer's values are computed again in the backward pass, what it returned at first.

    For what is costly to compute and small to keep, such as a neighbour search. No gradient flows through it to what
    `make` uses.
    """
    kept = _KEPT.get()
    if kept is None:
        return make()
    if kept.place is None:
        made = make()
        kept.values.append(made)
    else:
        made = kept.values[kept.place]
        kept.place += 1
    return made
