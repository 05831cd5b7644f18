"""The generator of tracks: what its events hold, and that tracks are lines or helices."""

from __future__ import annotations

import numpy as np
import pytest

from registry.plugins.loaders.tracks.block import Tracks
from registry.plugins.loaders.tracks.following import follow
from registry.plugins.loaders.tracks.generator import generate
from registry.plugins.loaders.tracks.options import VERTEX_LOCATOR, TrackOptions
from registry.plugins.loaders.tracks.particles import Particles

STILL = {"thickness": 0.0, "resolution": 0.0, "inefficiency": 0.0, "min_noise": 0.0, "max_noise": 0.0}
BARRELS = {"planes": [], "barrels": [3.0, 7.0, 12.0, 17.0, 30.0], "min_eta": 0.0, "max_eta": 1.0, "beam_spot": 1.0}


@pytest.fixture(scope="module")
def events():
    return generate(4, 5)


def tracks_of(events):
    """Yield the positions and the momentum of every track, [hits, 3] and [3]."""
    for event in events:
        owner = event["truth_index"][:, 0]
        for track in np.unique(owner[owner >= 0]):
            own = owner == track
            yield (
                event["coordinates"][own].astype(float),
                event["truth_momentum"][own][0],
                event["truth_vertex"][own][0],
            )


def test_the_default_is_a_vertex_locator_of_26_planes_with_100_to_400_tracks_and_5_to_15_per_cent_of_noise(events):
    assert len(VERTEX_LOCATOR) == 26
    assert set(np.unique(events["layer"])) <= set(range(26))
    for event in events:
        owner = event["truth_index"][:, 0]
        assert 100 <= len(np.unique(owner[owner >= 0])) <= 400
        assert 0.045 <= (owner < 0).mean() <= 0.155
        np.testing.assert_allclose(
            event["coordinates"][:, 2], np.array(VERTEX_LOCATOR)[event["layer"][:, 0]], rtol=1e-6
        )


def test_an_event_depends_on_the_seed_and_its_number_alone(events):
    last = generate(1, 5, first=3)
    for name, column in last.columns.items():
        np.testing.assert_array_equal(events.select(np.array([3]))[name], column)
    assert not np.array_equal(last["features"][:5], generate(1, 6, first=3)["features"][:5])


def test_there_is_no_energy_of_hits_and_every_column_is_finite(events):
    assert "energy" not in events.columns
    assert {port.name for port in Tracks.outputs} == {*events.columns, "row_splits"}
    assert all(np.isfinite(column).all() for column in events.columns.values())
    radius = np.hypot(*events["coordinates"][:, :2].T)
    np.testing.assert_allclose(events["features"][:, 6], np.arcsinh(events["coordinates"][:, 2] / radius), rtol=1e-4)


def test_without_a_field_and_material_hits_lie_on_the_line_from_the_vertex_along_the_momentum():
    for places, momentum, vertex in tracks_of(generate(1, 1, TrackOptions(**STILL))):
        direction = momentum / np.linalg.norm(momentum)
        across = np.cross(places - vertex, direction)
        assert np.abs(across).max() < 1e-4
        assert ((places - vertex) @ direction > 0).all()


def test_in_a_field_hits_lie_on_a_circle_whose_radius_is_the_momentum_over_the_field():
    options = TrackOptions(
        **STILL, **BARRELS, field=2.0, min_pt=0.5, min_tracks=40, max_tracks=40, beam_width=0.0, displaced=0.0
    )
    for places, momentum, vertex in tracks_of(generate(1, 2, options)):
        pt = np.hypot(*momentum[:2])
        radius, turn = 100 * pt / (0.29979 * 2.0), np.array([-momentum[1], momentum[0]]) / pt
        off = [np.hypot(*(places[:, :2] - vertex[:2] - side * radius * turn).T) - radius for side in (-1, 1)]
        assert min(np.abs(one).max() for one in off) < 1e-3
        # z grows with the arc.
        chord = np.hypot(*(places[:, :2] - vertex[:2]).T)
        arc = 2 * radius * np.arcsin(chord / 2 / radius)
        np.testing.assert_allclose(places[:, 2] - vertex[2], arc * momentum[2] / pt, atol=1e-3)


def test_layers_turn_tracks_by_multiple_scattering():
    shot = Particles(np.zeros((3000, 3)), np.full(3000, 0.5), np.zeros(3000), np.full(3000, 10.0), np.ones(3000))
    options = TrackOptions(planes=[10.0, 20.0], min_layers=2, plane_outer_radius=50.0, thickness=0.01)
    found = follow(np.random.default_rng(0), options, shot)
    places = found.place.reshape(3000, 2, 3)
    # Highland's formula for a momentum of 5 GeV: 13.6 MeV / p sqrt(t) (1 + 0.038 ln t), times the way of 10 cm.
    expected = 0.0136 / (0.5 * np.sqrt(101)) * np.sqrt(0.01) * (1 + 0.038 * np.log(0.01)) * 10
    assert np.std(places[:, 1, 1] - places[:, 0, 1]) == pytest.approx(expected, rel=0.1)


def test_displaced_tracks_share_vertices_away_from_the_beam():
    event = generate(1, 3, TrackOptions(displaced=0.5))
    owner = event["truth_index"][:, 0]
    _, first = np.unique(owner[owner >= 0], return_index=True)
    vertices = event["truth_vertex"][owner >= 0][first]
    displaced = vertices[np.hypot(*vertices[:, :2].T) > 0.03]
    assert 0.2 < len(displaced) / len(vertices) < 0.6
    assert len(np.unique(displaced, axis=0)) < 0.7 * len(displaced)


def test_options_that_do_not_fit_are_named():
    params = Tracks.Params(min_tracks=9, max_tracks=3, planes=[], barrels=[-1.0], plane_inner_radius=9.0)
    named = [item.parameter for item in Tracks(params).check()]
    assert named == ["min_tracks", "plane_inner_radius", "barrels.0", "planes"]
