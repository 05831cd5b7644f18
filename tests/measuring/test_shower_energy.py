"""The energy of showers of hits and tracks: the recorded one, and what is mended of it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from registry.compiling.carried_read_out import READ_OUT, add_read_out, read_out_of
from registry.contract.clusterer import Clusters
from registry.contract.data import Columns
from registry.loading.blocks import load_registry
from registry.measuring.read_out import MissingColumn, ReadOut
from registry.measuring.showers import Table, showers
from registry.measuring.track_energy import TrackEnergy
from registry.plugins.clusterers.condensation.block import Condensation


class Event(NamedTuple):
    """Hits in showers, and what is known of them."""

    assignment: list[int]
    beta: list[float]
    energy: list[float]
    is_track: list[int]
    factor: list[float]

    def showers(self, rule: TrackEnergy | None) -> Table:
        """Return the table of the showers."""
        names = ("beta", "energy", "is_track", "energy_factor")
        hits = {name: np.array(column)[:, None] for name, column in zip(names, self[1:], strict=True)}
        return showers(Clusters(np.array(self[0]), np.full(len(self[0]), -1)), hits, apart=rule)


def test_the_recorded_energies_are_met_with_the_legacy_switch(reference: Path) -> None:
    event = np.load(reference / "golden" / "2025" / "energy_and_matching.npz")
    assignment = event["pred_sid"].astype(int)
    names = {"beta": "beta", "energy": "energy", "energy_factor": "corr", "is_track": "is_track"}
    hits = {name: event[recorded][:, None] for name, recorded in names.items()} | {"classes": event["pred_id"]}
    _, first = np.unique(assignment, return_index=True)
    clusters = Clusters(assignment, np.full(len(assignment), -1))
    table = showers(clusters, hits, apart=TrackEnergy(legacy_tracks_alone=True))
    recorded = first[assignment[first] >= 0]
    np.testing.assert_allclose(table["energy"], event["out_pred_energy"][recorded], rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(table["class"], event["out_pid"][recorded])
    mended = showers(clusters, hits, apart=TrackEnergy())["energy"]
    np.testing.assert_allclose(mended, [*event["out_pred_energy"][recorded][:3], 9.0], rtol=1e-5)


@pytest.mark.parametrize(
    ("betas", "track", "expected"),
    [
        ((0.9, 0.5), 11.0, 2.0 * 10),
        ((0.5, 0.9), 11.0, 3.0 * 11),
        ((0.5, 0.5), 11.0, 3.0 * 11),
        ((0.5, 0.9), 13.0, 2.0 * 10),
        ((0.5, 0.9), 8.0, 2.0 * 10),
        ((0.5, 0.9), 0.0, 2.0 * 10),
    ],
    ids=["a hit speaks", "a track speaks", "both alike", "too much", "too little", "a track without energy"],
)
def test_a_track_that_agrees_with_the_hits_and_speaks_for_them_has_the_energy(
    betas: tuple[float, float], track: float, expected: float
) -> None:
    event = Event([0, 0, 0], [betas[0], 0.1, betas[1]], [6.0, 4.0, track], [0, 0, 1], [2.0, 5.0, 3.0])
    assert event.showers(TrackEnergy())["energy"].tolist() == pytest.approx([expected])
    assert event.showers(None)["energy"].tolist() == pytest.approx([2.0 * 6 + 5.0 * 4 + 3.0 * track])
    assert event.showers(TrackEnergy())["hit_energy"].tolist() == [10 + track]


def test_the_agreement_that_is_asked_for_holds() -> None:
    event = Event([0, 0], [0.5, 0.9], [10.0, 13.0], [0, 1], [1.0, 1.0])
    assert event.showers(TrackEnergy())["energy"].tolist() == [10.0]
    assert event.showers(TrackEnergy(agreement=0.5))["energy"].tolist() == [13.0]


def test_tracks_alone_have_their_energy_and_either_charge_makes_a_track_p17() -> None:
    event = Event([0, 1, 1], [0.5, 0.5, 0.9], [9.0, 10.0, 11.0], [-1, 0, -1], [2.0, 1.0, 1.0])
    assert event.showers(TrackEnergy())["energy"].tolist() == [9.0, 11.0]
    assert event.showers(TrackEnergy(legacy_tracks_alone=True))["energy"].tolist() == [0.0, 10.0]


def test_without_a_beta_energy_says_whether_a_hit_or_a_track_speaks() -> None:
    hits = {"energy": np.array([[10.0], [11.0]]), "is_track": np.array([[0], [1]])}
    assert showers(Clusters(np.zeros(2, int), np.full(2, -1)), hits, apart=TrackEnergy())["energy"].tolist() == [11.0]


def test_an_event_without_showers_has_no_energies() -> None:
    assert Event([-1], [0.5], [1.0], [1], [1.0]).showers(TrackEnergy())["energy"].tolist() == []


def read_out() -> ReadOut:
    columns = {"energy": "energy", "is_track": "mark"}
    inputs = {"beta": "beta", "coordinates": "ccoords"}
    return ReadOut(Condensation(Condensation.Params()), inputs, columns, TrackEnergy(0.3))


def test_a_model_file_keeps_the_rule(tmp_path: Path) -> None:
    add_read_out(tmp_path / "model.keras", {READ_OUT: read_out().plain()})
    kept = read_out_of(tmp_path / "model.keras", load_registry())
    assert kept is not None
    assert kept.apart == TrackEnergy(0.3)


def test_events_that_do_not_say_which_hits_are_tracks_are_refused() -> None:
    columns: Columns = {"energy": np.ones((1, 1)), "row_splits": np.array([0, 1])}
    with pytest.raises(MissingColumn, match="hits and tracks: there is no column 'mark'"):
        read_out().hits(columns)
