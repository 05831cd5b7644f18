"""Puts the batches a monitor observes together into one set of columns."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from registry.contract.monitor import Observation

Columns = dict[str, np.ndarray]
"""Arrays by port, each [hits, width], and "row_splits" [events + 1]."""


def gather(observations: Iterable[Observation]) -> Columns | None:
    """Return the columns of all observed events, one after the other; None if there are none."""
    batches = [{name: np.asarray(value) for name, value in item.values.items()} for item in observations]
    if not batches:
        return None
    columns = {
        name: np.concatenate([batch[name].reshape(len(batch[name]), -1) for batch in batches])
        for name in batches[0]
        if name != "row_splits"
    }
    splits, offset = [np.zeros(1, dtype=np.int64)], 0
    for batch in batches:
        own = batch["row_splits"].reshape(-1).astype(np.int64)
        splits.append(own[1:] + offset)
        offset += int(own[-1])
    return columns | {"row_splits": np.concatenate(splits)}
