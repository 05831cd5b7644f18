"""Columns that hold positions of hits, as neighbours are: which they are, and how groups of events are joined."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from registry.contract.axes import parse_pattern

if TYPE_CHECKING:
    import numpy as np

    from registry.contract.clusterer import Clusterer
    from registry.contract.data import Columns

ROW_SPLITS = "row_splits"


def position_ports(clusterer: Clusterer) -> set[str]:
    """Return the inputs of a clusterer that hold positions of hits."""
    return {port.name for port in clusterer.inputs if port.name != ROW_SPLITS and parse_pattern(port.pattern).target}


def moved(positions: np.ndarray, by: int | np.ndarray) -> np.ndarray:
    """Return positions of hits that count from another hit; below 0, where there is none, stays."""
    import numpy as np

    return np.where(positions >= 0, positions + by, positions).astype(positions.dtype)


def as_one(groups: Sequence[Columns], positions: Collection[str]) -> dict[str, np.ndarray]:
    """Return the columns of several groups of events as those of one.

    Row splits, and positions of hits in the columns named, count from the first hit of all; below 0 stays.
    """
    import numpy as np

    if not groups:
        return {ROW_SPLITS: np.zeros(1, np.int64)}
    splits = [np.asarray(group[ROW_SPLITS], np.int64) for group in groups]
    starts = np.cumsum([0, *(int(own[-1]) for own in splits)])[:-1].tolist()
    found = {
        ROW_SPLITS: np.concatenate([splits[0][:1], *(own[1:] + at for own, at in zip(splits, starts, strict=True))])
    }
    for name in groups[0]:
        if name == ROW_SPLITS:
            continue
        columns = [np.asarray(group[name]) for group in groups]
        if name in positions:
            columns = [moved(own, at) for own, at in zip(columns, starts, strict=True)]
        found[name] = np.concatenate(columns)
    return found
