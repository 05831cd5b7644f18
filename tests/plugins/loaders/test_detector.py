"""The detector generator: its showers are those of the parameterisations that it cites, its tracks are helices."""

from __future__ import annotations

import numpy as np
import pytest

from registry.plugins.loaders.detector.block import Detector
from registry.plugins.loaders.detector.deposits import Deposits, deposit
from registry.plugins.loaders.detector.generator import generate, layers
from registry.plugins.loaders.detector.geometry import BARREL, ENDCAP
from registry.plugins.loaders.detector.options import DetectorOptions
from registry.plugins.loaders.detector.particles import LOST, Particles, enter
from registry.plugins.loaders.detector.profiles import fractions, mean_maximum, mean_shape
from registry.plugins.loaders.showers.particles import CHARGED, ELECTRON, MUON, PHOTON

OPTIONS = DetectorOptions()


def particles(kind: int, energy: float, count: int, eta: float = 0.0, charge: int = 0) -> Particles:
    """Return particles of one kind that leave the origin in all azimuthal directions."""
    ones, slope = np.ones(count), np.sinh(eta)
    pt = energy / np.cosh(eta) * ones
    phi = np.linspace(-3, 3, count)
    return Particles(
        np.full(count, kind),
        11 * ones,
        energy * ones,
        pt,
        charge * ones,
        phi,
        slope * ones,
        0 * ones,
        0 * ones,
        ones > 0,
    )


def deposits(kind: int, energy: float, count: int) -> Deposits:
    """Return what particles leave that enter the barrel at right angles."""
    shot = particles(kind, energy, count)
    return deposit(np.random.default_rng(1), OPTIONS, shot, enter(OPTIONS, shot), BARREL, layers(OPTIONS)[BARREL])


@pytest.mark.parametrize("energy", [2.0, 10.0, 50.0])
def test_electrons_are_as_deep_as_the_mean_shower_of_grindhammer_and_peters(energy: float) -> None:
    found = deposits(ELECTRON, energy, 500)
    own, log_y = layers(OPTIONS)[BARREL], np.log(energy / OPTIONS.critical_energy)
    shape = mean_shape(np.array([log_y]), OPTIONS.atomic_number)
    expected = fractions(own.x0[None, :], shape, (shape - 1) / mean_maximum(log_y))[0]
    middle = own.x0 - np.diff(own.x0, prepend=0) / 2
    profile = np.bincount(found.layer, found.energy, minlength=len(own)) / found.energy.sum()
    assert (profile * middle).sum() == pytest.approx((expected * middle).sum(), rel=0.03)
    assert np.abs(np.cumsum(profile) - np.cumsum(expected)).max() < 0.03


def test_photons_begin_later_than_electrons() -> None:
    photons, electrons = (deposits(kind, 20.0, 300) for kind in (PHOTON, ELECTRON))
    later = np.average(photons.layer, weights=photons.energy) - np.average(electrons.layer, weights=electrons.energy)
    assert 0.3 < later < 1.3


@pytest.mark.parametrize("energy", [1.0, 20.0])
def test_the_resolution_is_the_stochastic_term_over_the_root_of_the_energy(energy: float) -> None:
    found = deposits(PHOTON, energy, 3000)
    total = np.bincount(found.particle, found.energy, minlength=3000)
    assert total.mean() == pytest.approx(energy, rel=0.01)
    assert total.std() / total.mean() * np.sqrt(energy) == pytest.approx(OPTIONS.stochastic, rel=0.08)


def test_a_moliere_radius_holds_nine_tenths_of_a_shower() -> None:
    found = deposits(ELECTRON, 10.0, 200)
    shot = particles(ELECTRON, 10.0, 200)
    axis = np.stack([np.cos(shot.phi), np.sin(shot.phi), 0 * shot.phi], axis=1)[found.particle]
    across = np.linalg.norm(np.cross(found.place, axis), axis=1)
    inside = found.energy[across < OPTIONS.moliere_radius].sum() / found.energy.sum()
    assert 0.85 < inside < 0.93


@pytest.mark.parametrize("charge", [1, -1])
@pytest.mark.parametrize("energy", [2.0, 30.0])
def test_a_charged_particle_is_bent_by_half_its_turning_angle(charge: int, energy: float) -> None:
    shot = particles(CHARGED, energy, 5, charge=charge)
    found = enter(OPTIONS, shot)
    bent = np.angle(np.exp(1j * (np.arctan2(found.place[:, 1], found.place[:, 0]) - shot.phi)))
    radius_cm = 100 * energy / (0.29979 * OPTIONS.field)
    np.testing.assert_allclose(bent, -charge * np.arcsin(OPTIONS.barrel_radius / 2 / radius_cm), rtol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(found.direction, axis=1), 1.0, rtol=1e-6)


def test_particles_enter_the_barrel_the_endcaps_or_nothing() -> None:
    parts = [enter(OPTIONS, particles(PHOTON, 5.0, 1, eta)).part[0] for eta in (0.0, 1.2, 2.0, -2.5, 4.0)]
    assert parts == [BARREL, BARREL, ENDCAP, ENDCAP, LOST]
    soft = enter(OPTIONS, particles(CHARGED, 0.3, 1, 0.1, 1))
    assert soft.part[0] in (ENDCAP, LOST)


def test_an_event_depends_on_the_seed_and_its_number_alone() -> None:
    whole, last = generate(3, 7), generate(1, 7, first=2)
    for name, column in last.columns.items():
        np.testing.assert_array_equal(whole.select(np.array([2]))[name], column)


def test_hits_are_finite_fall_in_energy_and_pass_the_threshold() -> None:
    options = DetectorOptions(pile_up=3, tracker_radii=[5.0, 20.0, 60.0], threshold=2.0)
    found = generate(1, 3, options)
    assert all(np.isfinite(column).all() for column in found.columns.values())
    assert (np.diff(found["energy"][:, 0]) <= 0).all()
    radius = np.hypot(*found["coordinates"][:, :2].T)
    in_tracker = np.isclose(radius[:, None], [5.0, 20.0, 60.0], atol=1e-3).any(axis=1)
    assert in_tracker.any()
    least = min(section.mip for section in options.barrel)
    assert found["energy"][~in_tracker & (found["is_track"][:, 0] == 0), 0].min() >= 2.0 * least * 0.999
    assert (found["is_track"] == 1).sum() > 0


def test_muons_leave_a_track_in_every_layer() -> None:
    found = deposits(MUON, 20.0, 10)
    assert (np.bincount(found.layer, minlength=46) == 10).all()


def test_pile_up_is_objects_or_noise() -> None:
    options = DetectorOptions(pile_up=5, noise_hits=0, min_particles=2, max_particles=2)
    objects = generate(1, 0, options)["truth_index"]
    noise = generate(1, 0, options.model_copy(update={"pile_up_is_noise": True}))["truth_index"]
    assert len(np.unique(objects)) > 30
    assert (objects >= 0).all()
    assert set(np.unique(noise)) <= {-1, 0, 1}


def test_options_that_do_not_fit_are_named() -> None:
    params = Detector.Params(barrel=[], endcap=[], min_energy=5.0, max_energy=2.0, tracker_radii=[200.0])
    assert [item.parameter for item in Detector(params).check()] == ["min_energy", "barrel", "tracker_radii.0"]


def test_layers_and_cells_are_those_of_the_options() -> None:
    section = OPTIONS.barrel[0].model_copy(update={"layers": 3, "cell": 10.0})
    found = generate(1, 0, DetectorOptions(barrel=[section], endcap=[], noise_hits=0, tracks=False))
    radius = np.hypot(*found["coordinates"][:, :2].T)
    assert len(np.unique(radius.round(2))) == 3
    np.testing.assert_allclose(found["features"][:, 9], 10.0 / np.sqrt(np.pi), rtol=1e-6)
