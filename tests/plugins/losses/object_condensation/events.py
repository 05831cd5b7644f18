"""Makes batches for the tests of object condensation."""

from __future__ import annotations

from typing import Any

import numpy as np


def batch(sizes: list[int], seed: int = 0, dimensions: int = 3, objects: int = 4) -> dict[str, Any]:
    """Return all inputs of `object_condensation` for events of the given sizes; about a fifth of the hits is noise."""
    rng = np.random.default_rng(seed)
    hits = sum(sizes)

    def column(low: float, high: float) -> np.ndarray:
        return rng.uniform(low, high, (hits, 1))

    truth = rng.integers(-1, objects, (hits, 1))
    return {
        "beta": column(0.02, 0.98),
        "ccoords": rng.normal(0, 1, (hits, dimensions)),
        "distance": column(0.5, 1.5),
        "truth_index": 3 * truth + (truth < 0),
        "row_splits": np.concatenate([[0], np.cumsum(sizes)]).astype(int),
        "truth_spectator": column(0, 6),
        "energy_factor": column(0.5, 1.5),
        "energy_low_quantile": column(0, 0.5),
        "energy_high_quantile": column(0, 0.5),
        "energy": column(0, 1),
        "truth_energy": column(1, 20),
        "truth_rec_energy": column(1, 20),
        "truth_fully_contained": rng.integers(0, 2, (hits, 1)),
        "position": rng.normal(0, 30, (hits, 2)),
        "truth_position": rng.normal(0, 30, (hits, 3)),
        "time": column(0, 10),
        "time_uncertainty": column(0, 1),
        "truth_time": column(0, 10),
        "classes": rng.dirichlet(np.ones(6), hits).reshape(hits, 6),
        "truth_pid": np.eye(6)[rng.integers(0, 6, hits)].reshape(hits, 6),
        "truth_pdg": rng.choice([11, -13, 22, 211, -321, 2112, 130, 0], (hits, 1)),
    }
