"""A few events for the laws of loaders, and the description by which every format is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

SIZES = (4, 1, 7, 3, 6, 2, 5, 8)

DESCRIPTION: dict[str, Any] = {
    "event": {"id": "event"},
    "columns": {
        "features": ["log1p(e)", "hypot(x, y)", "z"],
        "energy": "e",
        "coordinates": ["x / 10", "y / 10", "z / 10"],
        "truth_index": "particle",
        "truth_energy": "e_true",
    },
    "noise_ids": [0],
    "min_hits": 1,
    "split": {"train": 0.5, "validation": 0.25, "test": 0.25, "seed": 3},
}


def hits(content: int) -> dict[str, Any]:
    """Return columns of some hits, [hits] each; other ones for another `content`."""
    random = np.random.default_rng(content)
    made: dict[str, Any] = {name: random.normal(0, 50, sum(SIZES)).astype(np.float32) for name in "xyz"}
    made["e"] = random.exponential(1, sum(SIZES)).astype(np.float32)
    made["event"] = np.repeat(np.arange(len(SIZES)), SIZES)
    made["particle"] = random.integers(0, 3, sum(SIZES))
    energies = random.exponential(5, (len(SIZES), 3)).astype(np.float32)
    made["e_true"] = energies[made["event"], made["particle"]]
    return made


def described(file: Path) -> dict[str, Any]:
    """Return the parameters by which a loader reads these hits from a file."""
    return {"file": str(file), **DESCRIPTION}
