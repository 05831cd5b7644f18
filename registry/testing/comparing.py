"""Compares what a block gives for the same hits in another batch, or in another order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from registry.contract.axes import Axis, TensorType
from registry.testing.broken import Broken
from registry.testing.inputs import HITS, Inputs
from registry.testing.values import Values, positions_on

RELATIVE, ABSOLUTE = 1e-4, 1e-4


def require_same(found: Mapping[str, Any], expected: Mapping[str, Any], what: str) -> None:
    """Raise Broken unless two results agree within the round-off of 32 bits."""
    if set(found) != set(expected):
        raise Broken(f"{what}: the outputs {sorted(expected)}", sorted(found))
    for name, wanted in expected.items():
        wanted, value = np.asarray(wanted), np.asarray(found[name])
        if value.shape != wanted.shape:
            raise Broken(f"{what}: {name!r} of the shape {wanted.shape}", value.shape)
        scale = max(1.0, float(np.abs(wanted.astype(np.float64)).max(initial=0)))
        if not np.allclose(value, wanted, RELATIVE, ABSOLUTE * scale, equal_nan=True):
            off = np.abs(value.astype(np.float64) - wanted.astype(np.float64))
            place = np.unravel_index(np.nanargmax(off), off.shape)
            where = f"{name}[{', '.join(map(str, place))}]" if off.ndim else name
            raise Broken(
                f"{what}: {where} = {wanted[place]:g}", f"{value[place]:g}, {np.count_nonzero(off > 0)} differ"
            )


def by_hits(
    result: Mapping[str, np.ndarray], outputs: Mapping[str, TensorType], values: Values, inputs: Inputs, hits: int
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the outputs with a row for every hit, and the others.

    An output on an axis of chosen hits has its rows at their places, zeros elsewhere, and what says which hits they are
    becomes a mask; one on an axis of which nothing tells the places is left out.
    """
    places = {axis: values[name].reshape(-1) for name, item in inputs.types.items() if (axis := _positions(item))}
    places |= {
        axis: result[name].reshape(-1)
        for name, item in outputs.items()
        if (axis := _positions(item)) and name in result
    }
    rows: dict[str, np.ndarray] = {}
    others: dict[str, np.ndarray] = {}
    for name, value in result.items():
        type_ = outputs.get(name)
        first = type_.axes[0] if type_ is not None and type_.axes else None
        if type_ is None or not isinstance(first, Axis) or first.name.startswith("event"):
            others[name] = value
        elif first == HITS:
            rows[name] = value
        elif first in places:
            spread = np.zeros((hits, *value.shape[1:]), value.dtype)
            spread[places[first]] = 1 if positions_on(type_) else value
            rows[name] = spread
    return rows, others


def _positions(item: Any) -> Axis | None:
    return positions_on(item) if isinstance(item, TensorType) else None


def pointing(outputs: Mapping[str, TensorType], name: str) -> bool:
    """Say whether the values of an output are places of hits, and its rows are hits."""
    type_ = outputs[name]
    return type_.points_to == HITS and positions_on(type_) is None
