"""Augmentation: events move as the detector's symmetry has it, and the same way when a run is repeated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from registry.contract.augmentation import EventHits
from registry.contract.data import DataError

TURN: dict[str, Any] = {"augmentation": [{"use": "rotate"}, {"use": "mirror"}], "geometry": {"angles": {"phi": "rad"}}}
ALL = np.arange(10)


class Many:
    """Blocks of the `arrays` loader for events of many hits; `columns` may be changed before."""

    def __init__(self, arrays: Any, columns: dict[str, Any]) -> None:
        self._arrays, self._written = arrays, columns
        random = np.random.default_rng(5)
        x, y, z = random.normal(0, 50, (3, 400))
        self.columns = {"x": x, "y": y, "z": z, "e": random.exponential(1, 400), "row_splits": np.array([0, 150, 400])}

    def __call__(self, **options: Any) -> Any:
        self._written.clear()
        self._written.update(self.columns)
        none = dict.fromkeys(("truth_index", "truth_energy", "sample"))
        return self._arrays(**{**options, "columns": {**none, **options["columns"]}})


@pytest.fixture
def many(arrays: Any, columns: dict[str, Any]) -> Many:
    return Many(arrays, columns)


def distances(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, None] - points[None], axis=2)


def test_distances_within_an_event_and_to_the_axis_do_not_change(arrays):
    source = arrays(**TURN).open(1)
    for event in range(10):
        still = source.read("train", np.array([event]), None)["coordinates"]
        moved = source.read("train", np.array([event]), 0)["coordinates"]
        np.testing.assert_allclose(distances(moved), distances(still), atol=1e-3)
        np.testing.assert_allclose(np.hypot(*moved.T[:2]), np.hypot(*still.T[:2]), rtol=1e-5)
        np.testing.assert_array_equal(moved[:, 2], still[:, 2])


def test_features_that_are_coordinates_or_angles_move_with_the_hit(arrays):
    data = arrays(**TURN).open(1).read("train", ALL, 0)
    _, x, y, phi, _ = data["features"].T
    np.testing.assert_array_equal(np.stack([x, y], axis=1), data["coordinates"][:, :2])
    np.testing.assert_allclose(np.cos(phi - np.arctan2(y, x)), 1.0, atol=1e-5)
    assert (np.abs(phi) <= np.float32(np.pi)).all()


def test_what_is_not_a_direction_stays(arrays):
    source = arrays(**TURN).open(1)
    still, moved = source.read("train", ALL, None), source.read("train", ALL, 0)
    for name in ("energy", "truth_index", "truth_energy", "sample", "row_splits"):
        np.testing.assert_array_equal(moved[name], still[name])
    np.testing.assert_array_equal(moved["features"][:, [0, 4]], still["features"][:, [0, 4]])


def test_impact_points_move_with_the_hits(arrays):
    source = arrays(**TURN, columns={"truth_position": ["x", "y", "z"]}).open(1)
    data = source.read("train", ALL, 0)
    np.testing.assert_array_equal(data["truth_position"], data["coordinates"])


def test_features_are_scaled_after_they_have_moved(arrays):
    data = arrays(**TURN, transforms={"x": {"scale": 50.0}}).open(1).read("train", ALL, 0)
    np.testing.assert_allclose(data["features"][:, 1], data["coordinates"][:, 0] / 50, rtol=1e-6)


def test_epochs_differ_and_a_repeated_one_does_not(arrays):
    def epoch(number: int, seed: int = 1) -> np.ndarray:
        return arrays(**TURN).open(seed).read("train", ALL, number)["coordinates"]

    np.testing.assert_array_equal(epoch(3), epoch(3))
    assert not np.array_equal(epoch(3), epoch(4))
    assert not np.array_equal(epoch(3), epoch(3, seed=2))


def test_how_an_event_moves_does_not_depend_on_its_batch(arrays):
    source = arrays(**TURN).open(1)
    together = source.read("train", ALL, 2)["coordinates"]
    alone = source.read("train", np.array([7]), 2)["coordinates"]
    np.testing.assert_array_equal(together[source.sizes("train")[:7].sum() :][: len(alone)], alone)


@pytest.mark.parametrize("part", ["validation", "test"])
def test_only_training_events_move(arrays, part):
    source = arrays(**TURN, split={"train": 0.4, "validation": 0.3, "test": 0.3}).open(1)
    events = np.arange(3)
    np.testing.assert_array_equal(
        source.read(part, events, 5)["coordinates"], source.read(part, events, None)["coordinates"]
    )


def test_mirroring_alone_reflects_about_half_of_the_events(arrays):
    source = arrays(augmentation=[{"use": "mirror"}], geometry={"angles": {"phi": "rad"}}).open(1)
    still = source.read("train", ALL, None)["coordinates"]
    flipped = []
    for epoch in range(40):
        moved = source.read("train", ALL, epoch)["coordinates"]
        np.testing.assert_array_equal(moved[:, 0], still[:, 0])
        flipped.append(np.mean(moved[:, 1] == -still[:, 1]))
    assert 0.3 < np.mean(flipped) < 0.7


def only(use: str, **parameters: Any) -> dict[str, Any]:
    return {**TURN, "augmentation": [{"use": use, "with": parameters}]}


def test_columns_that_are_computed_are_those_of_the_moved_hits(arrays, columns):
    columns["phi_deg"] = np.degrees(columns["phi"])
    columns["px"], columns["py"] = 2 * columns["x"] + columns["z"], 2 * columns["y"]
    columns["cos"], columns["sin"] = np.cos(columns["phi"]), np.sin(columns["phi"])
    features = ["arctan2(y, x)", "phi", "hypot(px, py)", "phi_deg / 1", "cos", "sin", "log1p(e)"]
    geometry = {"vectors": [["px", "py"]], "cosines": [["cos", "sin"]], "angles": {"phi": "rad", "phi_deg": "deg"}}
    source = arrays(**{**TURN, "geometry": geometry}, columns={"features": features}).open(1)
    still, moved = source.read("train", ALL, None), source.read("train", ALL, 0)
    azimuth, phi, momentum, degrees, cosine, sine, energy = moved["features"].T
    np.testing.assert_allclose(azimuth, np.arctan2(*moved["coordinates"].T[1::-1]), atol=1e-5)
    for angle in (phi, np.radians(degrees), np.arctan2(sine, cosine)):
        np.testing.assert_allclose(np.cos(angle - azimuth), 1, atol=1e-5)
    np.testing.assert_allclose(momentum, still["features"][:, 2], rtol=1e-5)
    np.testing.assert_array_equal(energy, still["features"][:, 6])
    assert not np.allclose(azimuth, still["features"][:, 0], atol=0.1)


SAME = {
    "rotate": {"steps": 1},
    "mirror": {"probability": 0.0},
    "smear": {"absolute": {"e": 0.0}},
    "drop_hits": {"fraction": 0.0},
}


@pytest.mark.parametrize("use", SAME)
def test_an_augmentation_that_changes_nothing_changes_no_value(arrays, use):
    source = arrays(**only(use, **SAME[use])).open(1)
    still, moved = source.read("train", ALL, None), source.read("train", ALL, 4)
    for name, column in still.items():
        np.testing.assert_array_equal(moved[name], column)


def test_turns_by_sectors_are_multiples_of_one(arrays):
    source = arrays(**only("rotate", steps=6)).open(1)
    azimuth = [np.arctan2(*source.read("train", ALL, epoch)["coordinates"].T[1::-1]) for epoch in (None, 0)]
    sectors = (azimuth[1] - azimuth[0]) / (np.pi / 3)
    np.testing.assert_allclose(sectors, np.rint(sectors), atol=1e-4)
    assert len(np.unique(np.rint(sectors) % 6)) > 1


def test_smeared_columns_have_the_width_that_is_asked_for(arrays):
    source = arrays(**only("smear", relative={"e": 0.1}, absolute={"z": 2.0})).open(1)
    still = source.read("train", ALL, None)
    epochs = [source.read("train", ALL, epoch) for epoch in range(300)]
    energy, z = (np.stack([item[name][:, -1] for item in epochs]) for name in ("energy", "coordinates"))
    np.testing.assert_allclose((energy / still["energy"][:, 0]).std(), 0.1, rtol=0.05)
    np.testing.assert_allclose((z - still["coordinates"][:, 2]).std(), 2.0, rtol=0.05)
    np.testing.assert_array_equal(epochs[0]["features"][:, 0], epochs[0]["energy"][:, 0])


def test_dropped_hits_are_gone_from_every_column(arrays):
    source = arrays(**only("drop_hits", fraction=0.4)).open(1)
    still, left = source.read("train", ALL, None), [source.read("train", ALL, epoch) for epoch in range(100)]
    share = np.mean([item["row_splits"][-1] for item in left]) / still["row_splits"][-1]
    assert 0.6 < share < 0.72
    for item in left[:10]:
        assert {len(column) for name, column in item.items() if name != "row_splits"} == {item["row_splits"][-1]}
        found = np.flatnonzero(np.isin(still["energy"][:, 0], item["energy"][:, 0]))
        np.testing.assert_array_equal(still["truth_index"][found], item["truth_index"])
        np.testing.assert_array_equal(np.diff(item["row_splits"]) > 0, np.diff(still["row_splits"]) > 0)


@pytest.mark.parametrize(
    ("geometry", "change", "message"),
    [
        ({}, {}, "column 'phi' would be broken by a rotation: by its name it turns with the event"),
        (
            {"unchanged": ["phi"]},
            {"kind": "phi"},
            r"column 'kind' would be broken by a rotation: it is arctan2\(y, x\)",
        ),
        ({"unchanged": ["phi"]}, {"kind": "x"}, r"column 'kind' would be broken by a rotation: it is x, by 1"),
    ],
)
def test_a_column_that_a_rotation_would_break_is_named(arrays, columns, geometry, change, message):
    columns |= {name: columns[other] for name, other in change.items()}
    with pytest.raises(DataError, match=message):
        arrays(**{**TURN, "geometry": geometry}).open(1)


def test_a_column_that_no_output_is_made_of_cannot_be_smeared(arrays):
    with pytest.raises(DataError, match="no output is made of the column 'row'") as caught:
        arrays(**only("smear", absolute={"row": 1.0})).open(1)
    assert caught.value.parameter == "augmentation.0.with.absolute.row"


def test_a_value_that_augmentation_makes_of_none_is_named(arrays):
    source = arrays(**only("smear", relative={"e": 5.0}), columns={"features": ["log(e)"]}).open(1)
    with pytest.raises(DataError, match=r"augmentation makes nan of 'log\(e\)' in \d+ hits"):
        source.read("train", ALL, 0)


class Larger:
    """An augmentation that makes whole numbers large."""

    turns = False

    def named_columns(self) -> tuple[tuple[str, str], ...]:
        return ()

    def augment(self, hits: EventHits, randoms: Any) -> EventHits:
        kind = hits.columns["kind"].astype(np.int64) + 2**62
        return replace(hits, columns={**hits.columns, "kind": kind})


def test_whole_numbers_that_augmentation_makes_too_large_are_named(arrays):
    block = arrays(**only("smear", relative={"e": 0.1}), columns={"features": ["kind * 4 + e"]})
    block.augmentations = [Larger()]
    with pytest.raises(DataError, match=r"augmentation: column 'kind \* 4 \+ e': kind \* 4 of \d+ and 4 is") as caught:
        block.open(1).read("train", ALL, 0)
    assert caught.value.parameter == "columns.features.0"


@pytest.mark.parametrize(("unit", "turn"), [("rad", 2 * np.pi), ("deg", 360.0)])
def test_an_azimuth_that_counts_from_0_to_a_full_turn_stays_within_it(arrays, columns, unit, turn):
    columns["azimuth"] = columns["phi"].astype(np.float64) % (2 * np.pi) * turn / (2 * np.pi)
    options = {**TURN, "geometry": {"angles": {"azimuth": unit}}, "columns": {"features": ["e", "azimuth"]}}
    source = arrays(**options).open(1)
    for epoch in range(5):
        data = source.read("train", ALL, epoch)
        azimuth, (x, y, _) = data["features"][:, 1], data["coordinates"].T
        assert ((azimuth >= 0) & (azimuth <= np.float32(turn))).all()
        np.testing.assert_allclose(np.sin(azimuth * 2 * np.pi / turn - np.arctan2(y, x)), 0, atol=1e-5)


FOLLOWING = {
    "tilted": lambda x, y: (x - y) / np.sqrt(2),
    "grid": lambda x, y: np.round(x / 5),
    "sector": lambda x, y: np.floor((np.arctan2(y, x) + np.pi) * 20),
    "wire": lambda x, y: np.floor(np.arctan2(y, x) % (2 * np.pi) * 20),
}


@pytest.mark.parametrize("name", FOLLOWING)
def test_a_column_that_follows_a_position_is_refused_unless_it_is_declared(many, name):
    many.columns[name] = FOLLOWING[name](many.columns["x"], many.columns["y"])
    features = {"features": ["e", name]}
    with pytest.raises(DataError, match=f"column '{name}' would be broken by a rotation"):
        many(columns=features, augmentation=[{"use": "rotate"}]).open(1)
    many(columns=features, augmentation=[{"use": "rotate"}], geometry={"unchanged": [name]}).open(1)


def test_columns_that_a_rotation_leaves_alone_may_follow_each_other(many):
    x, y, z = (many.columns[name] for name in "xyz")
    # All hits lie in one narrow cone, in which the radius goes with x and y.
    many.columns |= {"x": 50 + x / 50, "y": y / 50, "r": np.hypot(50 + x / 50, y / 50), "layer": np.round(z / 10)}
    many(columns={"features": ["e", "r", "layer"]}, augmentation=[{"use": "rotate"}]).open(1)


def test_a_column_turns_in_one_way(arrays):
    geometry = {"vectors": [["x", "y"], ["y", "x"]], "angles": {"phi": "rad"}, "unchanged": ["phi"]}
    found = [complaint.message for complaint in arrays(augmentation=[{"use": "rotate"}], geometry=geometry).check()]
    assert found == [f"column {name!r} is declared twice" for name in ("phi", "x", "y")]
