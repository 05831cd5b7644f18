"""A small npz file of columns, and the `arrays` loader's options for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry.contract.augmentation import Augmentation, AugmentationUse
from registry.plugins.loaders.arrays.block import Arrays
from tests.plugins.built_in import built_in_blocks

SIZES = [3, 0, 4, 2, 5, 1, 4, 6, 2, 3]
COLUMNS = {
    "features": ["e", "x", "y", "phi", "kind"],
    "energy": "e",
    "coordinates": ["x", "y", "z"],
    "truth_index": "id",
    "truth_energy": "e_true",
    "sample": "sample",
}


def made(use: AugmentationUse) -> Augmentation:
    """Return an augmentation, as a loader's parameters name it."""
    (kind,) = [block for block in built_in_blocks() if block.name == use.use]
    assert issubclass(kind, Augmentation)
    return kind(kind.Params(**use.parameters))


@pytest.fixture
def columns() -> dict[str, np.ndarray]:
    """Ten events of zero to six hits; `row` counts hits through the file, `sample` is 1 from event 5 on."""
    random = np.random.default_rng(3)
    hits, event = sum(SIZES), np.repeat(np.arange(len(SIZES)), SIZES)
    x, y, z = random.normal(0, 100, size=(3, hits)).astype(np.float32)
    return {
        "row_splits": np.concatenate([[0], np.cumsum(SIZES)]),
        "row": np.arange(hits),
        "e": random.exponential(1.0, size=hits).astype(np.float32) + np.float32(0.02),
        "x": x,
        "y": y,
        "z": z,
        "phi": np.arctan2(y, x),
        "kind": random.integers(-1, 3, size=hits).astype(np.int32),
        "id": random.integers(-1, 2, size=hits).astype(np.int64),
        "e_true": random.exponential(1.0, size=hits),
        "sample": (event >= 5).astype(np.int32),
    }


@pytest.fixture
def arrays(tmp_path: Path, columns: dict[str, np.ndarray]) -> Any:
    """Return a function that makes the loader's block; it writes the columns as they are when it is called."""

    def make(**options: Any) -> Arrays:
        path = tmp_path / "events.npz"
        np.savez(path, **columns)
        named = {**COLUMNS, **options.pop("columns", {})}
        everything = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
        settings = {"file": str(path), "columns": named, "split": everything, "min_hits": 0, **options}
        block = Arrays(Arrays.Params(**settings))
        # As the engine does for a node of a graph.
        block.augmentations = [made(use) for use in block.params.augmentation]
        return block

    return make
