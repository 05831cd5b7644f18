"""Which hits, objects and events the filters leave; what they take away is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from registry.plugins.loaders.description.frame import Frame, ObjectRows
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.description.selection import within, without_small, without_weak
from registry.plugins.loaders.events import Events


def kept_hits(
    params: TableParams, values: Callable[[str], np.ndarray], n_hits: int, removed: Counter[str]
) -> np.ndarray:
    """Return the hits that the filter leaves, bool [hits]."""
    kept = np.ones(n_hits, dtype=bool)
    for text, options in params.filter.items():
        passed = within(values(text), options)
        removed[f"hits by filter.{text}"] += int((kept & ~passed).sum())
        kept &= passed
    return kept


def dropped_hits(
    params: TableParams, objects: ObjectRows | None, rows: np.ndarray, removed: Counter[str]
) -> np.ndarray:
    """Return the hits of objects that a filter of objects drops, bool [hits]; `rows`: of each hit's object."""
    dropped = np.zeros(len(rows), dtype=bool)
    for name, options in params.object_filter.items():
        assert objects is not None
        own = objects.columns[name]
        passed = within(own.values, options)
        if own.missing is not None:
            passed &= ~own.missing
        removed[f"objects by object_filter.{name}"] += int((~passed).sum())
        dropped |= (rows >= 0) & ~passed[rows] if len(passed) else False
    return dropped


def of_large_objects(
    params: TableParams, numbers: np.ndarray, splits: np.ndarray, energy: np.ndarray | None, removed: Counter[str]
) -> np.ndarray:
    """Return the numbers of the hits' objects, -1 for those of objects with few hits, or with little energy."""
    if params.min_object_hits > 1:
        large = without_small(numbers, splits, params.min_object_hits)
        removed["hits of objects by min_object_hits"] += int((large != numbers).sum())
        numbers = large
    if params.min_object_energy > 0:
        assert energy is not None
        strong = without_weak(numbers, splits, energy, params.min_object_energy)
        removed["hits of objects by min_object_energy"] += int((strong != numbers).sum())
        numbers = strong
    return numbers


def kept_events(params: TableParams, frame: Frame, events: Events, removed: Counter[str]) -> np.ndarray:
    """Return the positions of the events that the filters leave."""
    most = np.inf if params.max_hits is None else params.max_hits
    checks = [("min_hits", events.sizes >= params.min_hits), ("max_hits", events.sizes <= most)]
    for name, options in params.event_filter.items():
        checks.append((f"event_filter.{name}", within(frame.of_events(name), options)))
    kept = np.ones(len(events), dtype=bool)
    for name, passed in checks:
        removed[f"events by {name}"] += int((kept & ~passed).sum())
        kept &= passed
    return np.flatnonzero(kept)
