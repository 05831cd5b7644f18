"""A few events for the laws of loaders, and the description by which every format is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

SIZES = (4, 1, 7, 3, 6, 2, 5, 8)

PARTICLES = 3
"""Particles of an event; the first is noise, where a description says so."""

SPLIT = {"train": 0.5, "validation": 0.25, "test": 0.25, "seed": 3}

COLUMNS: dict[str, Any] = {
    "features": ["log1p(e)", "hypot(x, y)", "z"],
    "energy": "e",
    "coordinates": ["x / 10", "y / 10", "z / 10"],
    "truth_index": "particle",
    "truth_energy": "e_true",
}


def hits(content: int) -> dict[str, Any]:
    """Return columns of some hits, [hits] each; other ones for another `content`."""
    random = np.random.default_rng(content)
    made: dict[str, Any] = {name: random.normal(0, 50, sum(SIZES)).astype(np.float32) for name in "xyz"}
    made["e"] = random.exponential(1, sum(SIZES)).astype(np.float32)
    made["event"] = np.repeat(np.arange(len(SIZES)), SIZES)
    made["particle"] = random.integers(0, PARTICLES, sum(SIZES))
    made["e_true"] = energies(content)[made["event"], made["particle"]]
    return made


def energies(content: int) -> np.ndarray:
    """Return the energies of the particles, [events, PARTICLES]."""
    return np.random.default_rng([content, 1]).exponential(5, (len(SIZES), PARTICLES)).astype(np.float32)


def hits_of_events(content: int) -> list[dict[str, Any]]:
    """Return the columns of each event."""
    made, splits = hits(content), np.cumsum([0, *SIZES])
    return [{name: values[splits[n] : splits[n + 1]] for name, values in made.items()} for n in range(len(SIZES))]


def described(file: Path, columns: Mapping[str, Any] | None = None, without: Collection[str] = ()) -> dict[str, Any]:
    """Return the parameters by which a loader reads these hits; `columns`: those that a format calls otherwise."""
    given = {
        "file": str(file),
        "event": {"id": "event"},
        "columns": COLUMNS | dict(columns or {}),
        "noise_ids": [0],
        "min_hits": 1,
        "split": SPLIT,
    }
    return {name: value for name, value in given.items() if name not in without}
