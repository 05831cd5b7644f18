"""A few events in the tables of ColliderML, for the laws of loaders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from registry.plugins.loaders.samples import SIZES, SPLIT, energies, hits_of_events

FILE = "train-00000-of-00001.parquet"


def write(folder: Path, content: int) -> dict[str, Any]:
    """Write the hits of the samples, every other one as a hit of the tracker; return the parameters to read them."""
    events = hits_of_events(content)
    tracker, calo = ([{name: own[part] for name, own in event.items()} for event in events] for part in _HALVES)
    particles = energies(content)
    tables: dict[str, dict[str, Any]] = {
        "particles": {
            "particle_id": [np.arange(len(own)) for own in particles],
            "energy": list(particles),
            "pdg_id": [np.full(len(own), 22) for own in particles],
            "time": [np.zeros(len(own)) for own in particles],
        },
        "tracker_hits": {
            **{name: [event[name] for event in tracker] for name in "xyz"},
            "time": [0.01 * event["z"] for event in tracker],
            "particle_id": [event["particle"] for event in tracker],
        },
        "calo_hits": {
            **{name: [event[name] for event in calo] for name in "xyz"},
            "total_energy": [event["e"] for event in calo],
            "contrib_particle_ids": [[[number] for number in event["particle"].tolist()] for event in calo],
            "contrib_energies": [[[energy] for energy in event["e"].tolist()] for event in calo],
        },
    }
    for name, table in tables.items():
        place = folder / f"sample_{name}"
        place.mkdir()
        pq.write_table(pa.table({"event_id": np.arange(len(SIZES)), **table}), place / FILE)
    return {"file": str(folder / "sample_particles" / FILE), "min_hits": 1, "split": SPLIT}


_HALVES = (slice(None, None, 2), slice(1, None, 2))
