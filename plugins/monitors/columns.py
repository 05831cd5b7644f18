"""Puts the batches a monitor observes together into one set of columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from registry.contract.monitor import Observation

Columns = dict[str, np.ndarray]
"""Arrays by port, each [hits, width], and "row_splits" [events + 1]."""


def each(observations: Iterable[Observation]) -> Iterator[Columns]:
    """Yield the columns of each observation."""
    for item in observations:
        values = {name: np.asarray(value) for name, value in item.values.items()}
        splits = values.pop("row_splits").reshape(-1).astype(np.int64)
        # A width of -1 is not found where there are no hits.
        widths = {name: math.prod(value.shape[1:]) for name, value in values.items()}
        yield {name: value.reshape(len(value), widths[name]) for name, value in values.items()} | {"row_splits": splits}


def gather(observations: Iterable[Observation], most_hits: int | None = None) -> Columns | None:
    """Return the columns of the observed events, one after the other; None if there are none.

    `most_hits`: no further batch is observed once there are so many hits.
    """
    batches, hits = [], 0
    for batch in each(observations):
        batches.append(batch)
        hits += int(batch["row_splits"][-1])
        if most_hits is not None and hits >= most_hits:
            break
    if not batches:
        return None
    columns = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0] if name != "row_splits"}
    splits, offset = [np.zeros(1, dtype=np.int64)], 0
    for batch in batches:
        splits.append(batch["row_splits"][1:] + offset)
        offset += int(batch["row_splits"][-1])
    return columns | {"row_splits": np.concatenate(splits)}
