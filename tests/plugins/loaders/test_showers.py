"""The shower generator: what its events hold, and what they depend on."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from registry.contract.axes import Bindings
from registry.contract.data import PARTS, Source
from registry.plugins.loaders.showers.block import Showers
from registry.plugins.loaders.showers.generator import FEATURES, generate
from registry.plugins.loaders.showers.options import ShowerOptions

COUNTS = {"train_events": 6, "validation_events": 2, "test_events": 3}


def source(seed: int = 0, **options: object) -> Source:
    return Showers(Showers.Params(**COUNTS, seed=seed, **options)).open(seed=9)


@pytest.fixture(scope="module")
def events():
    return generate(12, 5)


def digest(events) -> str:
    return hashlib.sha256(b"".join(column.tobytes() for column in events.columns.values())).hexdigest()


def test_the_same_seed_gives_the_same_bits():
    assert digest(generate(4, 5)) == digest(generate(4, 5))


def test_another_seed_gives_other_events():
    assert digest(generate(4, 5)) != digest(generate(4, 6))


def test_an_event_depends_on_its_number_not_on_how_many_are_made(events):
    assert digest(generate(2, 5, first=3)) == digest(events.select(np.array([3, 4])))


def test_default_events_have_a_few_hundred_to_two_thousand_hits():
    sizes = generate(60, 1).sizes
    assert 500 < np.median(sizes) < 1500
    assert sizes.max() < 3500


def test_every_column_is_finite_and_two_dimensional(events):
    for name, column in events.columns.items():
        assert column.ndim == 2, name
        assert np.isfinite(column).all(), name


def test_hits_of_an_event_fall_in_energy(events):
    assert all((np.diff(event["energy"][:, 0]) <= 0).all() for event in events)


def test_features_agree_with_the_positions(events):
    feature = {name: events["features"][:, index] for index, name in enumerate(FEATURES)}
    x, y, z = events["coordinates"].T.astype(np.float64)
    distance = np.sqrt(x**2 + y**2 + z**2)
    np.testing.assert_allclose(feature["recHitR"], distance, rtol=1e-6)
    np.testing.assert_allclose(feature["recHitTheta"], np.arccos(z / distance), atol=1e-5)
    np.testing.assert_allclose(feature["recHitEta"], np.arctanh(z / distance), rtol=1e-4)
    np.testing.assert_array_equal(feature["recHitEnergy"], events["energy"][:, 0])


def test_truth_is_constant_within_a_shower(events):
    for event in events:
        for label in np.unique(event["truth_index"][event["truth_index"] >= 0]):
            own = event["truth_index"][:, 0] == label
            for name in ("truth_energy", "truth_position", "truth_time", "truth_pid", "truth_pdg", "truth_rec_energy"):
                assert len(np.unique(event[name][own], axis=0)) == 1, name


def test_noise_has_its_own_energy_place_and_the_class_ambiguous(events):
    noise = events["truth_index"][:, 0] < 0
    assert noise.any()
    np.testing.assert_array_equal(events["truth_energy"][noise], events["energy"][noise])
    np.testing.assert_array_equal(events["truth_position"][noise], events["coordinates"][noise])
    assert (events["truth_pid"][noise] == np.eye(6)[5]).all()
    assert not events["truth_pdg"][noise].any()


def test_reconstructed_energies_add_up_to_what_the_hits_have(events):
    for event in events:
        label, first = np.unique(event["truth_index"][:, 0], return_index=True)
        reconstructed = event["truth_rec_energy"][first, 0][label >= 0].sum()
        measured = event["energy"][event["truth_index"] >= 0].sum()
        assert reconstructed == pytest.approx(measured, rel=0.05)


def test_photons_are_measured_at_their_energy():
    options = ShowerOptions(min_showers=1, max_showers=1, electrons=0, charged_hadrons=0, neutral_hadrons=0, muons=0)
    events = generate(40, 2, options)
    ratio = [event["truth_rec_energy"].max() / event["truth_energy"][event["truth_index"] == 0][0] for event in events]
    assert np.mean(ratio) == pytest.approx(1.0, abs=0.1)
    assert np.std(ratio) < 0.15


def test_showers_get_deeper_and_larger_with_energy():
    def photons(energy: float):
        fixed = {"electrons": 0.0, "charged_hadrons": 0.0, "neutral_hadrons": 0.0, "muons": 0.0, "noise_hits": 0.0}
        limits = {"min_showers": 1, "max_showers": 1, "min_energy": energy, "max_energy": energy}
        events = generate(30, 3, ShowerOptions(**limits, **fixed))
        depth = np.average(np.abs(events["coordinates"][:, 2]), weights=events["energy"][:, 0])
        return depth, events.sizes.mean()

    (shallow, few), (deep, many) = photons(3.0), photons(50.0)
    assert deep > shallow + 2
    assert many > 3 * few


def test_a_unique_hit_is_the_first_of_its_shower(events):
    for event in events:
        first = np.unique(event["truth_index"][:, 0], return_index=True)[1]
        np.testing.assert_array_equal(np.flatnonzero(event["truth_is_unique"][:, 0]), np.sort(first))


def test_an_event_without_particles_holds_noise_alone():
    events = generate(3, 1, ShowerOptions(min_showers=0, max_showers=0))
    assert (events["truth_index"] == -1).all()


def test_an_event_without_anything_is_empty():
    events = generate(2, 1, ShowerOptions(min_showers=0, max_showers=0, noise_hits=0.0))
    assert events.sizes.tolist() == [0, 0]


def test_no_events_have_the_columns_of_events():
    assert generate(0, 1).columns.keys() == generate(1, 1).columns.keys()


def test_a_source_has_the_events_that_were_asked_for_and_no_two_parts_share_one():
    parts = {part: source().sizes(part) for part in PARTS}
    assert {part: len(sizes) for part, sizes in parts.items()} == {"train": 6, "validation": 2, "test": 3}
    assert not set(parts["train"]) & set(parts["test"])


def test_events_are_read_one_after_the_other_in_the_order_asked_for():
    opened = source()
    columns = opened.read("train", np.array([4, 1]), epoch=0)
    sizes = opened.sizes("train")
    assert np.diff(columns["row_splits"]).tolist() == [sizes[4], sizes[1]]
    np.testing.assert_array_equal(columns["energy"][: sizes[4]], opened.events("train").select(np.array([4]))["energy"])


def test_the_fingerprint_follows_seed_and_options():
    assert source().fingerprint() == source().fingerprint()
    assert len({source().fingerprint(), source(seed=1).fingerprint(), source(overlap=0.5).fingerprint()}) == 3


def test_an_event_is_named_by_part_number_and_seed():
    assert source(seed=4).describe("test", 2) == "showers, test event 2 (seed 4)"


def test_the_block_declares_the_columns_its_source_gives():
    block = Showers(Showers.Params(train_events=1, validation_events=0, test_events=0))
    columns = block.open(1).read("train", np.array([0]), None)
    types = block.output_types({}, Bindings(), "event")
    assert columns.keys() == types.keys()
    for name, column in columns.items():
        assert column.dtype == types[name].dtype, name
        if name != "row_splits":
            assert column.shape[1] == types[name].features, name


def test_the_seed_of_the_training_does_not_change_the_data():
    block = Showers(Showers.Params(train_events=2))
    np.testing.assert_array_equal(block.open(1).sizes("train"), block.open(2).sizes("train"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_showers": 8, "max_showers": 4}, "'min_showers' 8 is above 'max_showers' 4"),
        ({"min_energy": 90.0}, "'min_energy' 90 is above 'max_energy' 30"),
        (
            dict.fromkeys(("photons", "electrons", "charged_hadrons", "neutral_hadrons", "muons"), 0.0),
            "all particles have frequency 0",
        ),
    ],
)
def test_options_that_do_not_fit_together_are_complained_about(options, message):
    (complaint,) = Showers(Showers.Params(**options)).check()
    assert complaint.message == message
    assert complaint.parameter in options
