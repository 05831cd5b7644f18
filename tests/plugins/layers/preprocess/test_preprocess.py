"""The preprocessing of graphs without a pre-model."""

from __future__ import annotations

import numpy as np
import pytest

from registry.contract.axes import AxisMismatch
from tests.plugins.block_case import Case, assert_close

MEANS = [0.0395022651, 2.46088736, 0, 1.56797723, 354.114793, 0, 0, 347.267313, -0.373342582, 0.761663214]
WIDTHS = [0.16587503, 0.36627547, 1, 1.39035478, 22.55941696, 50, 50, 21.75297722, 1.89301789, 0.14808707]


def drawn(width: int) -> np.ndarray:
    """Return hits and tracks of both endcaps, some without a time."""
    random = np.random.default_rng(5)
    eta, charge = random.uniform(1.5, 3, 40) * random.choice([-1, 1], 40), random.choice([0, 0, 1, -1], 40)
    position = random.normal([0, 0, 0], [50, 50, 1], size=(40, 3))
    position[:, 2] = np.sign(eta) * random.uniform(320, 400, 40)
    angle, radius = 2 * np.arctan(np.exp(-eta)), np.linalg.norm(position, axis=1)
    time, cell = random.choice([-1, 0, 3.5], 40), random.uniform(0.5, 1.2, 40)
    columns = [random.exponential(1, 40), eta, charge, angle, radius, *position.T, time, cell]
    return np.stack(columns, axis=1)[:, :width].astype("float32").astype("float64")


def test_features_are_folded_to_one_endcap_and_scaled_with_theta_mended_q18() -> None:
    folded = drawn(10)
    out = Case("preprocess:NoPreModel")(features=folded, row_splits=[0, 40], rest={})
    folded[:, [1, 7]] = np.abs(folded[:, [1, 7]])
    folded[:, 3] = 2 * np.arctan(np.exp(-folded[:, 1]))
    expected = (folded - MEANS) / WIDTHS
    scaled = np.asarray(out["features"])
    others = [column for column in range(10) if column != 3]
    assert_close(scaled[:, others], expected[:, others])
    assert_close(scaled[:, 3], (folded[:, 3] - 0.167) / 0.067)
    assert 0.3 < scaled[:, 3].std() < 3


def test_the_legacy_switch_scales_theta_as_the_original_did_q18() -> None:
    out = Case("preprocess:NoPreModel", legacy_theta=True)(features=drawn(10), row_splits=[0, 40], rest={})
    assert np.asarray(out["features"])[:, 3].mean() < -0.9


def test_the_old_format_has_nine_features_in_metres_and_no_negative_times() -> None:
    f = drawn(9)
    out = Case("preprocess:NoPreModel", scaling="hgcal_old")(features=f, row_splits=[0, 40], rest={})
    eta, time = np.abs(f[:, 1]), np.maximum(f[:, 8], 0) / 10
    lengths = [f[:, 4] / 100, f[:, 5] / 100, f[:, 6] / 100, np.abs(f[:, 7]) / 100 - 4]
    columns = [f[:, 0], eta, f[:, 2], 2 * np.arctan(np.exp(-eta)), *lengths, time]
    means = [0.0740814656, 2.46156192, 0, 0.207392946, 3.55599976, 0.0609507263, -0.00401970092, -0.515379727]
    widths = [0.299679846, 0.382687777, 1, 0.0841238275, 0.250777304, 0.485394388, 0.518072903, 0.240222782]
    expected = (np.stack(columns, axis=1) - [*means, 0.0874295086]) / [*widths, 0.194716245]
    for column in range(9):
        assert_close(np.asarray(out["features"])[:, column], expected[:, column])
    assert_close(out["coordinates"], expected[:, 5:8])
    assert_close(out["is_track"], f[:, 2:3] != 0)


def test_hits_and_tracks_have_their_own_scaling_and_nothing_is_folded_in_that_of_2024() -> None:
    f = drawn(10)
    out = Case("preprocess:NoPreModel", scaling="hgcal_2024")(features=f, row_splits=[0, 40], rest={})
    hits = (f - [0.0475, 2.55, 0, 0.167, 341.4, 0, 0, 336, 0, 0.95]) / [
        0.1991,
        0.35,
        1,
        0.067,
        15.1,
        42,
        42,
        14.5,
        1,
        0.39,
    ]
    tracks = (f - [3.04, 2.55, 0, 0.167, 341.4, 0, 0, 336, 0, 0]) / [3.63, 0.35, 1, 0.067, 15.1, 42, 42, 14.5, 1, 1]
    expected = np.where(f[:, 2:3] != 0, tracks, hits)
    for column in range(10):
        assert_close(np.asarray(out["features"])[:, column], expected[:, column])


def test_legacy_theta_without_the_scaling_that_had_the_fault_is_refused() -> None:
    complaints = list(Case("preprocess:NoPreModel", scaling="hgcal_2024", legacy_theta=True).block.check())
    assert [complaint.message for complaint in complaints] == ["legacy_theta has no effect with scaling hgcal_2024"]


def test_what_the_event_lacks_is_read_from_the_features() -> None:
    f = drawn(10)
    out = Case("preprocess:NoPreModel", scaling="none")(features=f, row_splits=[0, 40], rest={})
    assert_close(out["energy"], f[:, :1])
    assert_close(out["is_track"], f[:, 2:3] != 0)
    assert_close(out["coordinates"], f[:, 5:8])


def test_coordinates_are_the_scaled_position_and_the_position_stays() -> None:
    position = np.random.default_rng(0).normal(size=(6, 3))
    features = np.random.default_rng(1).normal(size=(6, 10))
    case = Case("preprocess:NoPreModel", scaling="hgcal")
    out = case(features=features, row_splits=[0, 6], coordinates=position, rest={})
    assert_close(out["coordinates"], out["features"][:, 5:8])
    assert_close(out["raw_coordinates"], position.astype("float32"))


def test_other_columns_are_handed_on() -> None:
    truth = np.arange(4)[:, None]
    case = Case("preprocess:NoPreModel", scaling="none")
    out = case(
        features=np.ones((4, 2)),
        row_splits=[0, 1, 4],
        coordinates=np.ones((4, 3)),
        energy=np.ones((4, 1)),
        rest={"truth_index": truth},
    )
    assert np.array_equal(out["truth_index"], truth)
    assert (np.asarray(out["is_track"]) == 0).all()


def test_standardised_columns_have_mean_0_and_width_1_over_all_training_hits() -> None:
    random = np.random.default_rng(0)
    features = random.normal([3, -200], [0.1, 50], size=(900, 2))
    position = random.normal([100, 0, 5], [30, 10, 20], size=(900, 3))
    case = Case("preprocess:NoPreModel", scaling="standardise")
    for batch in np.split(np.arange(900), [10, 300]):
        part = {"features": features[batch], "coordinates": position[batch], "energy": np.ones((len(batch), 1))}
        case(training=True, row_splits=[0, len(batch)], rest={}, **part)
    whole = {"features": features, "coordinates": position, "energy": np.ones((900, 1))}
    out = case(training=False, row_splits=[0, 900], rest={}, **whole)
    assert np.abs(np.mean(out["features"], axis=0)).max() < 1e-4
    assert_close(np.std(out["features"], axis=0), np.ones(2), 1e-3)
    widths = np.std(out["coordinates"], axis=0)
    assert_close(widths / widths[0], position.std(axis=0) / position[:, 0].std(), 1e-4)
    assert_close(np.mean(widths**2), 1, 1e-3)


def test_hgcal_scaling_of_other_features_is_refused() -> None:
    with pytest.raises(AxisMismatch, match="expected the 10 HGCAL features for scaling: hgcal, received"):
        Case("preprocess:NoPreModel", scaling="hgcal").declared(features=np.ones((2, 4)), row_splits=[0, 2], rest={})


def test_an_event_without_coordinates_and_energy_is_refused() -> None:
    with pytest.raises(AxisMismatch, match="an event without coordinates, received"):
        Case("preprocess:NoPreModel", scaling="none").declared(features=np.ones((2, 4)), row_splits=[0, 2], rest={})


@pytest.mark.parametrize("scaling", ["none", "standardise"])
def test_a_detector_without_energies_needs_no_energy(scaling: str) -> None:
    columns = {"features": drawn(9)[:, :4], "coordinates": drawn(9)[:, 5:8], "row_splits": [0, 40], "rest": {}}
    out = Case("preprocess:NoPreModel", scaling=scaling)(**columns)
    assert_close(out["energy"], np.ones((40, 1)))
    assert_close(out["is_track"], np.zeros((40, 1)))
