"""Augmentation: events move as the detector's symmetry has it, and the same way when a run is repeated."""

from __future__ import annotations

import numpy as np
import pytest

TURN = {"rotate_phi": True, "mirror": True, "phi_columns": ["phi"]}
ALL = np.arange(10)


def distances(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, None] - points[None], axis=2)


def test_distances_within_an_event_and_to_the_axis_do_not_change(arrays):
    source = arrays(augmentation=TURN).open(1)
    for event in range(10):
        still = source.read("train", np.array([event]), None)["coordinates"]
        moved = source.read("train", np.array([event]), 0)["coordinates"]
        np.testing.assert_allclose(distances(moved), distances(still), atol=1e-3)
        np.testing.assert_allclose(np.hypot(*moved.T[:2]), np.hypot(*still.T[:2]), rtol=1e-5)
        np.testing.assert_array_equal(moved[:, 2], still[:, 2])


def test_features_that_are_coordinates_or_angles_move_with_the_hit(arrays):
    data = arrays(augmentation=TURN).open(1).read("train", ALL, 0)
    _, x, y, phi, _ = data["features"].T
    np.testing.assert_array_equal(np.stack([x, y], axis=1), data["coordinates"][:, :2])
    np.testing.assert_allclose(np.cos(phi - np.arctan2(y, x)), 1.0, atol=1e-5)
    assert (np.abs(phi) <= np.float32(np.pi)).all()


def test_what_is_not_a_direction_stays(arrays):
    source = arrays(augmentation=TURN).open(1)
    still, moved = source.read("train", ALL, None), source.read("train", ALL, 0)
    for name in ("energy", "truth_index", "truth_energy", "sample", "row_splits"):
        np.testing.assert_array_equal(moved[name], still[name])
    np.testing.assert_array_equal(moved["features"][:, [0, 4]], still["features"][:, [0, 4]])


def test_impact_points_move_with_the_hits(arrays):
    source = arrays(augmentation=TURN, columns={"truth_position": ["x", "y", "z"]}).open(1)
    data = source.read("train", ALL, 0)
    np.testing.assert_array_equal(data["truth_position"], data["coordinates"])


def test_features_are_scaled_after_they_have_moved(arrays):
    data = arrays(augmentation=TURN, transforms={"x": {"scale": 50.0}}).open(1).read("train", ALL, 0)
    np.testing.assert_allclose(data["features"][:, 1], data["coordinates"][:, 0] / 50, rtol=1e-6)


def test_epochs_differ_and_a_repeated_one_does_not(arrays):
    def epoch(number: int, seed: int = 1) -> np.ndarray:
        return arrays(augmentation=TURN).open(seed).read("train", ALL, number)["coordinates"]

    np.testing.assert_array_equal(epoch(3), epoch(3))
    assert not np.array_equal(epoch(3), epoch(4))
    assert not np.array_equal(epoch(3), epoch(3, seed=2))


def test_how_an_event_moves_does_not_depend_on_its_batch(arrays):
    source = arrays(augmentation=TURN).open(1)
    together = source.read("train", ALL, 2)["coordinates"]
    alone = source.read("train", np.array([7]), 2)["coordinates"]
    np.testing.assert_array_equal(together[source.sizes("train")[:7].sum() :][: len(alone)], alone)


@pytest.mark.parametrize("part", ["validation", "test"])
def test_only_training_events_move(arrays, part):
    source = arrays(augmentation=TURN, split={"train": 0.4, "validation": 0.3, "test": 0.3}).open(1)
    events = np.arange(3)
    np.testing.assert_array_equal(
        source.read(part, events, 5)["coordinates"], source.read(part, events, None)["coordinates"]
    )


def test_mirroring_alone_reflects_about_half_of_the_events(arrays):
    source = arrays(augmentation={"mirror": True}).open(1)
    still = source.read("train", ALL, None)["coordinates"]
    flipped = []
    for epoch in range(40):
        moved = source.read("train", ALL, epoch)["coordinates"]
        np.testing.assert_array_equal(moved[:, 0], still[:, 0])
        flipped.append(np.mean(moved[:, 1] == -still[:, 1]))
    assert 0.3 < np.mean(flipped) < 0.7
