"""Inputs for which the losses of condensation graphs, and of trees of links, are as small as they can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def pairs(columns: Mapping[str, Any], energy: float) -> dict[str, Any]:
    """Return objects of two hits at one place, far from all others, of which one has the score 1.

    `energy`: that of all objects; the last hit of an event with an odd number of them is an object of its own.
    """
    import numpy as np

    row_splits, x = columns["row_splits"], columns["coordinates"]
    number = np.arange(row_splits[-1]) - np.repeat(row_splits[:-1], np.diff(row_splits))
    place = np.zeros_like(x)
    place[:, 0] = number // 2
    made = {
        "score": (number % 2 == 0)[:, None].astype(columns["score"].dtype),
        "coordinates": place,
        "truth_index": (number // 2)[:, None].astype(columns["truth_index"].dtype),
    }
    return made | ({"truth_energy": 0 * columns["truth_energy"] + energy} if "truth_energy" in columns else {})


def of_same_object(columns: Mapping[str, Any]) -> Any:
    """Return whether each neighbour belongs to the hit's object, all noise being one, [hits, neighbours]."""
    import numpy as np

    truth, indices = np.maximum(columns["truth_index"], -1), columns["neighbour_indices"]
    return (truth[np.maximum(indices, 0), 0] == truth) & (indices >= 0)
