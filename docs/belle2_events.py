"""Turns the published Belle II events into the npz file that configs/belle2.yaml reads.

    python docs/belle2_events.py FOLDER belle2_ecl.npz

FOLDER is demonstrator/data of github.com/marcneu/vck190-caloclusternet-demo (MIT licence, (c) 2025 Marc Neu): crystals
of the Belle II calorimeter above 20 MeV, detector simulation with beam background. One row is a crystal. A crystal
belongs to the particle with the largest share of its energy, and to none (-1) if all shares add up to less than half.
Energies in GeV, times in ns, positions in cm, angles in rad.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

SAMPLES = ("bbbar", "bhabha")
"""B meson pairs, sample 0, and Bhabha scattering, sample 1."""

FILE = "merged_tc_data_1x1_flat_20_128_{}_exp1003_0.parquet"
PARTICLES = {"bbbar": 150, "bhabha": 50}
"""Particles that a crystal names its shares of."""
COLUMNS = {"rec_energy": "energy", "tc_time": "time", **{name: name for name in ("psd", "x", "y", "z", "theta", "phi")}}


def read(folder: Path, sample: int) -> dict[str, np.ndarray]:
    """Return the columns of one sample, and `starts`, the rows at which its events start."""
    table = pd.read_parquet(folder / FILE.format(SAMPLES[sample]))
    particles = [f"c{index}" for index in range(PARTICLES[SAMPLES[sample]])]
    columns = {name: table[column].to_numpy(np.float32) for column, name in COLUMNS.items()}
    shares = np.nan_to_num(table[[f"{particle}_frac" for particle in particles]].to_numpy())
    owner = np.where(shares.sum(axis=1) < 0.5, -1, shares.argmax(axis=1))
    columns["truth_id"] = owner.astype(np.int32)
    for name, source, kind in (("truth_energy", "photon_energy", np.float32), ("truth_pdg", "pdg", np.int32)):
        values = table[[f"{particle}_{source}" for particle in particles]].to_numpy()
        own = values[np.arange(len(owner)), owner]
        columns[name] = np.where(owner < 0, 0, np.nan_to_num(own)).astype(kind)
    columns["sample"] = np.full(len(table), sample, np.int32)
    event = table["uni_event_id"].to_numpy()
    columns["starts"] = np.flatnonzero(np.r_[True, event[1:] != event[:-1]])
    return columns


def main(folder: str, output: str) -> None:
    """Write the events of both samples, one after the other."""
    samples = [read(Path(folder), sample) for sample in range(len(SAMPLES))]
    hits = [len(columns["energy"]) for columns in samples]
    starts = [columns.pop("starts") + sum(hits[:sample]) for sample, columns in enumerate(samples)]
    arrays = {name: np.concatenate([columns[name] for columns in samples]) for name in samples[0]}
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    np.savez(output, row_splits=np.concatenate([*starts, [sum(hits)]]), **arrays)
    print(f"{output}: {sum(map(len, starts))} events, {sum(hits):,} hits")


if __name__ == "__main__":
    main(*sys.argv[1:])
