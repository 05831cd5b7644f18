"""docs/belle2_events.py turns the published tables into the file that configs/belle2.yaml reads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[3]
HITS = {"bbbar": (150, ["a", "a", "b"]), "bhabha": (50, ["c", "c"])}


@pytest.fixture
def converted(tmp_path: Path) -> dict[str, np.ndarray]:
    """Five crystals in three events, in the published form: one column a quantity and particle."""
    for sample, (particles, events) in HITS.items():
        hits = len(events)
        columns: dict[str, object] = {"uni_event_id": events}
        columns |= {
            name: np.arange(hits, dtype=float) for name in ("rec_energy", "tc_time", "psd", *"xyz", "theta", "phi")
        }
        for index in range(particles):
            columns[f"c{index}_frac"] = np.zeros(hits)
            columns[f"c{index}_photon_energy"] = np.full(hits, float(index))
            columns[f"c{index}_pdg"] = np.full(hits, 22.0)
        columns["c7_frac"] = np.array([0.6, 0.2, np.nan])[:hits]
        columns["c9_frac"] = np.array([0.3, 0.2, 0.9])[:hits]
        pd.DataFrame(columns).to_parquet(tmp_path / f"merged_tc_data_1x1_flat_20_128_{sample}_exp1003_0.parquet")
    command = [sys.executable, str(ROOT / "docs" / "belle2_events.py"), str(tmp_path), str(tmp_path / "out.npz")]
    subprocess.run(command, check=True, capture_output=True)
    with np.load(tmp_path / "out.npz") as arrays:
        return dict(arrays)


def test_events_and_samples_follow_each_other(converted: dict[str, np.ndarray]) -> None:
    assert converted["row_splits"].tolist() == [0, 2, 3, 5]
    assert converted["sample"].tolist() == [0, 0, 0, 1, 1]


def test_a_crystal_belongs_to_the_largest_share_or_to_nobody_below_half(converted: dict[str, np.ndarray]) -> None:
    assert converted["truth_id"].tolist() == [7, -1, 9, 7, -1]
    assert converted["truth_energy"].tolist() == [7.0, 0.0, 9.0, 7.0, 0.0]
    assert converted["truth_pdg"].tolist() == [22, 0, 22, 22, 0]
