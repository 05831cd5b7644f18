"""The energy of objects as the hits that are left have it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.plugins.block_case import Case, assert_close

USE = "truth_rec_energy:TruthRecEnergy"
ENERGY = np.array([[1.0], [2.0], [4.0], [8.0], [16.0], [32.0]])
TRUTH = np.array([[3], [3], [-1], [-1], [3], [3]])
SPLITS = np.array([0, 4, 6])


def test_hits_of_an_object_have_its_sum_in_their_event_and_noise_its_own_energy() -> None:
    found = Case(USE)(energy=ENERGY, truth_index=TRUTH, row_splits=SPLITS)
    assert_close(found, [[3], [3], [4], [8], [48], [48]])


def test_tracks_have_their_own_energy_and_add_none() -> None:
    track = np.array([[1.0], [0], [0], [0], [0], [0]])
    found = Case(USE)(energy=ENERGY, truth_index=TRUTH, row_splits=SPLITS, is_track=track)
    assert_close(found, [[1], [2], [4], [8], [48], [48]])


def test_no_hits_give_no_energies() -> None:
    empty = np.zeros((0, 1))
    found = Case(USE)(energy=empty, truth_index=empty.astype(int), row_splits=np.array([0, 0]))
    assert found.shape == (0, 1)


def test_recorded_values_are_met(reference: Path) -> None:
    recording = np.load(reference / "golden" / "2025" / "precluster_truth.npz")
    names = ("energy", "is_track")
    found = Case(USE)(
        **{name: recording[name] for name in names},
        truth_index=recording["t_idx"],
        row_splits=np.array([0, len(recording["energy"])]),
    )
    assert_close(found, recording["t_rec_energy"])
