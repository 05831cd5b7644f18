"""Jets by anti-kt, their matches, and the monitor that compares them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.plugins.monitors.jets.anti_kt import Jets, anti_kt, matches
from registry.plugins.monitors.jets.block import Jets as JetsBlock
from tests.plugins.monitors.synthetic import context

PARTICLE = st.tuples(st.floats(0.1, 100), st.floats(-3, 3), st.floats(-np.pi, np.pi))


def jets_of(*particles: tuple[float, float, float], radius: float = 0.4) -> Jets:
    pt, eta, phi = np.array(particles).T
    return anti_kt(pt, eta, phi, radius)


def test_particles_within_the_radius_of_a_hard_one_are_its_jet_and_others_are_not() -> None:
    found = jets_of((50.0, 0.0, 0.0), (2.0, 0.3, 0.0), (1.0, 0.7, 0.0))
    assert found.pt == pytest.approx([52.0, 1.0])
    assert found.rapidity[1] == pytest.approx(0.7)


def test_soft_particles_join_the_hard_one_before_they_join_one_another() -> None:
    # The soft ones are as near to one another; what lies at 0.6 is out of reach of the hard one.
    found = jets_of((50.0, 0.0, 0.0), (1.0, 0.3, 0.0), (1.0, 0.6, 0.0))
    assert found.pt == pytest.approx([51.0, 1.0])


def test_a_jet_reaches_across_the_end_of_the_azimuth() -> None:
    found = jets_of((10.0, 0.0, np.pi - 0.05), (10.0, 0.0, -np.pi + 0.05))
    assert len(found.pt) == 1
    assert abs(found.phi[0]) == pytest.approx(np.pi)


@given(st.lists(PARTICLE, min_size=1, max_size=12), st.permutations(range(12)), st.floats(0.2, 1.5))
def test_jets_hold_all_momentum_and_depend_on_no_order(
    particles: list[tuple[float, float, float]], order: list[int], radius: float
) -> None:
    found = jets_of(*particles, radius=radius)
    pt, _, phi = np.array(particles).T
    for wave in (np.cos, np.sin):
        assert (found.pt * wave(found.phi)).sum() == pytest.approx((pt * wave(phi)).sum(), abs=1e-6 * pt.sum())
    mixed = jets_of(*(particles[place] for place in order if place < len(particles)), radius=radius)
    assert mixed.pt == pytest.approx(found.pt, rel=1e-6)


def test_what_has_no_momentum_or_place_is_no_jet() -> None:
    found = jets_of((0.0, 0.0, 0.0), (np.nan, 0.0, 0.0), (1.0, np.nan, 0.0))
    assert len(found.pt) == 0


def test_each_true_jet_takes_the_nearest_that_is_left_and_has_enough_momentum() -> None:
    true = Jets(np.array([40.0, 30.0, 20.0]), np.zeros(3), np.array([0.0, 0.1, np.pi - 0.05]))
    predicted = Jets(np.array([39.0, 35.0, 14.0]), np.zeros(3), np.array([0.02, -0.1, -np.pi + 0.05]))
    assert matches(true, predicted, reach=0.3, min_share=0.5).tolist() == [0, 1, 2]
    assert matches(true, predicted, reach=0.3, min_share=0.8).tolist() == [0, 1, -1]
    assert matches(true, predicted, reach=0.15, min_share=0.5).tolist() == [0, -1, 2]


def test_the_monitor_compares_jets_of_all_events(tmp_path: Path) -> None:
    # Seen from the interaction: along x, along y; in the second event along x. Predicted energies are 0.9 of the true
    # ones; the object along y has no condensation point, so that it is missed.
    batch = {
        "beta": np.array([[0.9], [0.05], [0.9], [0.9]], np.float32),
        "ccoords": np.array([[0.0, 0.0], [9.0, 9.0], [0.0, 0.0], [9.0, 9.0]], np.float32),
        "energy": np.array([[18.0], [30.0], [36.0], [27.0]], np.float32),
        "coordinates": np.array([[100, 0, 0], [0, 100, 0], [100, 0, 0], [-100, 0, 0]], np.float32),
        "truth_index": np.array([[0], [1], [0], [-1]], np.int32),
        "truth_energy": np.array([[20.0], [30.0], [40.0], [0.0]], np.float32),
        "row_splits": np.array([0, 2, 4], np.int32),
    }
    made = JetsBlock(JetsBlock.Params()).open("jets")
    found = made.look(context("end", tmp_path, {"validation": [batch]}))
    assert found.metrics == pytest.approx(
        {"efficiency": 2 / 3, "fake_rate": 1 / 3, "response": 0.9, "resolution": 0.0}, abs=1e-6
    )


def test_without_jets_there_are_no_figures(tmp_path: Path) -> None:
    batch = {
        "beta": np.array([[0.05]], np.float32),
        "ccoords": np.zeros((1, 2), np.float32),
        "energy": np.ones((1, 1), np.float32),
        "coordinates": np.array([[100, 0, 0]], np.float32),
        "truth_index": np.array([[-1]], np.int32),
        "truth_energy": np.zeros((1, 1), np.float32),
        "row_splits": np.array([0, 1], np.int32),
    }
    found = JetsBlock(JetsBlock.Params()).open("jets").look(context("end", tmp_path, {"validation": [batch]}))
    assert not found.metrics
