"""Observations made by hand, for the tests of monitors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from registry.contract.data import Part
from registry.contract.monitor import Moment, MonitorContext, Observation


def context(
    moment: Moment, folder: Path, parts: Mapping[Part, list[dict[str, Any]]], step: int = 0, epoch: int = 0
) -> MonitorContext:
    """Return a context in which each part consists of the given batches, and the first validation batch is fixed."""

    def batches(part: Part) -> list[Observation]:
        return [Observation(batch, part) for batch in parts.get(part, [])]

    return MonitorContext(moment, step, epoch, folder, batches, lambda: batches("validation")[0])


def events(count: int, trained: bool, seed: int = 0, samples: bool = False) -> dict[str, np.ndarray]:
    """Return a batch of events of three objects with five hits each, and one noise hit.

    Trained: each object condenses into one point, with one hit of high beta. Untrained: one cluster takes everything.
    """
    random = np.random.default_rng(seed)
    truth = np.tile(np.repeat([0, 1, 2, -1], [5, 5, 5, 1]), count)
    hits = len(truth)
    place = truth[:, None] * np.array([[10.0, 0.0, 0.0]]) + random.normal(scale=0.01, size=(hits, 3))
    first = np.arange(hits) % 16 % 5 == 0
    beta = np.where(first & (truth >= 0), 0.9, 0.01) if trained else np.full(hits, 0.5)
    batch = {
        "beta": beta.astype(np.float32)[:, None],
        "ccoords": (place if trained else 0.001 * place).astype(np.float32),
        "energy": np.where(first, 5.0, 1.0).astype(np.float32)[:, None],
        "coordinates": (20 * place).astype(np.float32),
        "truth_index": truth.astype(np.int32)[:, None],
        "truth_energy": np.where(truth >= 0, 9.0, 0.0).astype(np.float32)[:, None],
        "row_splits": np.arange(0, hits + 1, 16, dtype=np.int32),
    }
    if samples:
        batch["sample"] = np.repeat(np.arange(count) % 2, 16).astype(np.int32)[:, None]
    return batch
