"""Events of every type of column, in files of NumPy, and what is read of any file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from registry.contract.stored import StoredEvents
from registry.converting.conversion import opened_stored
from registry.converting.opening import opened_input
from registry.converting.writing import together

SIZES = (5, 0, 3, 1, 0, 7)

DESCRIPTION = """
Data:
  loader: arrays
  options:
    arrays:
      file: {file}
      columns:
        features: [log1p(energy), x, y, z, charge]
        energy: energy
        coordinates: [x, y, z]
        truth_index: particle_id
        truth_energy: truth_energy
        truth_pdg: pdg
      noise_ids: [0]
      filter: {{energy: {{min: 0.1}}}}
      transforms: {{x: {{scale: 2.0}}}}
      units: {{x: mm, energy: GeV}}
      min_hits: 0
      split: {{train: 0.5, validation: 0.25, test: 0.25, seed: 3}}
"""


def arrays(sizes: Sequence[int] = SIZES, seed: int = 0) -> dict[str, np.ndarray]:
    """Return columns of hits of every kind: floats, whole numbers with and without sign, truth values, 64-bit ids."""
    random, hits = np.random.default_rng(seed), sum(sizes)
    found = {
        "energy": random.exponential(1.0, hits).astype(np.float32),
        "x": random.normal(size=hits),
        "y": random.normal(size=hits).astype(np.float32),
        "z": random.normal(size=hits).astype(np.float32),
        "charge": random.integers(-1, 2, hits).astype(np.int8),
        "layer": random.integers(0, 2**16, hits).astype(np.uint16),
        "late": random.random(hits) < 0.5,
        "cell": random.integers(-(2**63), 2**63 - 1, hits),
        "particle_id": random.choice(np.array([0, 2**63 + 1, 2**63 + 3, 2**53 + 1], np.uint64), hits),
        "truth_energy": random.exponential(5.0, hits).astype(np.float32),
        "pdg": random.choice(np.array([11, -13, 22], np.int32), hits),
    }
    return found | {
        "row_splits": np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        "events/number": np.arange(len(sizes)) + 2**53,
        "events/weight": random.random(len(sizes)),
        "events/run": np.array([f"run {event % 2}" for event in range(len(sizes))]),
    }


def write(folder: Path, name: str = "events", sizes: Sequence[int] = SIZES, seed: int = 0) -> Path:
    """Write events, and their description beside them; return the description."""
    folder.mkdir(exist_ok=True)
    np.savez(folder / f"{name}.npz", **arrays(sizes, seed))  # type: ignore[arg-type]
    description = folder / f"{name}.yaml"
    description.write_text(DESCRIPTION.format(file=f"{name}.npz"))
    return description


def stored(*named: str | Path) -> StoredEvents:
    """Return all events of what is named, as its files have them."""
    with opened_input(list(map(str, named)), (), (), ()) as loader:
        found = opened_stored(loader, ())
        assert found is not None
        return together([found.read(group) for group in range(len(found.groups))])


def assert_equal(first: StoredEvents, second: StoredEvents) -> None:
    """Assert that events are equal: hits of each, columns, their types, and every value to the bit."""
    np.testing.assert_array_equal(first.sizes, second.sizes)
    for own, other in ((first.hits, second.hits), (first.events, second.events)):
        assert set(own) == set(other)
        for name, column in own.items():
            assert column.dtype.kind == other[name].dtype.kind
            assert column.dtype.kind == "U" or column.dtype == other[name].dtype, name
            assert column.tolist() == other[name].tolist(), name
