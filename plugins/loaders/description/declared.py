"""Whether columns are what `geometry` declares them to be, as far as their values tell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from registry.contract.augmentation import Geometry
from registry.plugins.loaders.description.geometry import ALIKE, FEWEST, GeometryOptions

OFF_THE_CIRCLE = 0.01
"""How far the cosine and the sine of one angle may lie from a circle of radius 1: some are written with few digits."""


def contradicted(
    columns: Mapping[str, np.ndarray], options: GeometryOptions, geometry: Geometry
) -> Iterator[tuple[str, str]]:
    """Yield columns [hits] that are not what is declared of them, with the reason and what they may be."""
    for name, unit in options.angles.items():
        values = columns.get(name, np.zeros(0))
        largest = float(np.abs(values).max()) if len(values) else 0.0
        if largest > 2 * math.pi * geometry.angles[name] * (1 + ALIKE):
            yield name, f"as an angle in {unit} it goes to {largest:.4g}, beyond a full turn: {_other(unit)}?"
    for pair in options.cosines:
        if not set(pair) <= set(columns) or len(columns[pair[0]]) < FEWEST:
            continue
        cosine, sine = (columns[name].astype(np.float64) for name in pair)
        r = np.hypot(cosine, sine)
        # Hits that have no such angle may have 0 for both.
        off = np.abs(r - 1)[r > 0]
        if len(off) and off.max() > OFF_THE_CIRCLE:
            yield pair[0], f"as the cosine beside the sine {pair[1]!r} it is none: their squares do not add up to 1"
        for x, y in _planes(columns, geometry, pair):
            width = np.maximum(np.hypot(x, y), 1e-300)
            if np.abs(cosine - y / width).max() < ALIKE and np.abs(sine - x / width).max() < ALIKE:
                yield pair[0], f"it is a sine, and {pair[1]!r} the cosine: name the cosine first"


def _other(unit: str) -> str:
    return "deg" if unit == "rad" else "rad"


def _planes(
    columns: Mapping[str, np.ndarray], geometry: Geometry, pair: list[str]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield x and y of the declared vectors, but for the pair itself."""
    for vector in geometry.vectors:
        if list(vector[:2]) != pair and set(vector[:2]) <= set(columns):
            yield columns[vector[0]].astype(np.float64), columns[vector[1]].astype(np.float64)
