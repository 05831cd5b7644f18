"""The numbers of monitors, on events of a few hits worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry.contract.figures import Bars, Cloud, Histogram, Table
from registry.contract.monitor import Findings, MonitorContext, NetworkView
from registry.contract.monitor_block import MonitorBlock
from registry.plugins.monitors.beta_distribution.block import BetaDistribution
from registry.plugins.monitors.class_confusion.block import ClassConfusion
from registry.plugins.monitors.condensation_containment.block import CondensationContainment
from registry.plugins.monitors.condensation_distances.block import CondensationDistances
from registry.plugins.monitors.event_display.block import EventDisplay
from registry.plugins.monitors.neighbour_purity.block import NeighbourPurity
from registry.plugins.monitors.network.block import NetworkMonitor
from registry.plugins.monitors.residuals.block import Residuals
from tests.plugins.monitors.synthetic import context

# Two events: objects of 2 and 1 hits and one noise hit; then one object of 2 hits. Object 0 of the second event is
# another one than object 0 of the first.
TRUTH = np.array([[0], [0], [1], [-1], [0], [0]], np.int32)
SPLITS = np.array([0, 4, 6], np.int32)
BETA = np.array([[0.9], [0.2], [0.05], [0.3], [0.1], [0.6]], np.float32)


def looked(block: type[MonitorBlock], folder: Path, values: dict[str, Any], **params: Any) -> Findings:
    """Return what a monitor finds in one batch of validation events."""
    made = block(block.Params.model_validate(params))
    batch = {"truth_index": TRUTH, "row_splits": SPLITS, **values}
    return made.open("node").look(context("end", folder, {"validation": [batch]}))


def test_beta_of_objects_noise_and_condensation_points(tmp_path: Path) -> None:
    found = looked(BetaDistribution, tmp_path, {"beta": BETA}, threshold=0.25, bins=2)
    assert found.metrics == pytest.approx(
        {
            "objects": (0.9 + 0.2 + 0.05 + 0.1 + 0.6) / 5,
            "noise": 0.3,
            "condensation_points": (0.9 + 0.05 + 0.6) / 3,
            "above": 2 / 3,
            "noise_above": 1.0,
        }
    )
    figure = found.figures["beta"]
    assert isinstance(figure, Histogram)
    assert figure.counts["objects"].tolist() == [0.6, 0.4]
    assert figure.counts["noise"].tolist() == [1.0, 0.0]


def test_distances_to_own_and_other_condensation_points(tmp_path: Path) -> None:
    places = np.array([[0.0, 0.0], [3.0, 4.0], [10.0, 0.0], [0.0, 1.0], [5.0, 5.0], [5.0, 5.5]], np.float32)
    found = looked(CondensationDistances, tmp_path, {"beta": BETA, "coordinates": places})
    # Own: hit 1 to hit 0 is 5, hit 4 to hit 5 is 0.5. Other: hits 0, 1 to hit 2 are 10 and sqrt(65), hit 2 to hit 0 is
    # 10, and the noise hit to hit 0 is 1; the second event has one object only.
    assert found.metrics == pytest.approx(
        {"own": (5 + 0.5) / 2, "other": (np.sqrt(65) + 10) / 2, "nearest_is_own": 1.0}, rel=1e-6
    )


def test_a_hit_that_is_nearer_to_another_point_counts_against_the_space(tmp_path: Path) -> None:
    places = np.array([[0.0], [9.0], [10.0], [0.0], [0.0], [0.0]], np.float32)
    found = looked(CondensationDistances, tmp_path, {"beta": BETA, "coordinates": places})
    assert found.metrics["nearest_is_own"] == 0.0


def test_what_lies_around_condensation_points(tmp_path: Path) -> None:
    places = np.array([[0.0], [3.0], [10.0], [4.0], [0.0], [60.0]], np.float32)
    energy = np.array([[4.0], [1.0], [30.0], [3.0], [2.0], [6.0]], np.float32)
    found = looked(CondensationContainment, tmp_path, {"beta": BETA, "coordinates": places, "energy": energy})
    # The first event's points are 10 apart, so r is 5: hit 1 and the noise hit are around hit 0. The second has one
    # object, so r is 50, and hit 4 is out of its reach.
    assert found.metrics == pytest.approx(
        {
            "containment": (1 + 1 + 6 / 8) / 3,
            "contamination": (3 / 8 + 0 + 0) / 3,
            "beta_containment": (1 + 1 + 0.6 / 0.7) / 3,
            "beta_contamination": (0.3 / 1.4 + 0 + 0) / 3,
            "containment_energetic": 1.0,
            "contamination_energetic": 0.0,
            "beta_containment_energetic": 1.0,
            "beta_contamination_energetic": 0.0,
        }
    )


def test_no_object_is_energetic_and_none_is_there_at_all_p23(tmp_path: Path) -> None:
    values = {"beta": BETA, "coordinates": np.zeros((6, 2), np.float32), "energy": np.ones((6, 1), np.float32)}
    found = looked(CondensationContainment, tmp_path, values)
    assert sorted(found.metrics) == ["beta_containment", "beta_contamination", "containment", "contamination"]
    assert (
        looked(CondensationContainment, tmp_path, values | {"truth_index": np.full((6, 1), -1, np.int32)}).metrics == {}
    )


def test_what_lies_around_condensation_points_is_what_was_recorded(reference: Path, tmp_path: Path) -> None:
    recording = np.load(reference / "golden" / "2025" / "extended_oc.npz")
    start = int(recording["rs"][-2])  # The original measures the last event of a batch.
    names = {"beta": "beta", "coordinates": "x", "distance": "d", "energy": "energy", "truth_index": "t_idx"}
    values = {port: recording[name][start:] for port, name in names.items()}
    splits = np.array([0, len(values["beta"])], np.int32)
    found = looked(CondensationContainment, tmp_path, values | {"row_splits": splits})
    for name, value in found.metrics.items():
        assert value == pytest.approx(float(recording["metric_" + name.replace("energetic", "E20")]), abs=1e-5)
    assert len(found.metrics) == 8


def test_purity_of_neighbours_against_a_random_space(tmp_path: Path) -> None:
    # Each hit comes first among its own neighbours, as searches return them: that pair is none.
    neighbours = np.array([[0, 1, 3], [1, 0, 2], [2, 3, -1], [3, 0, 1], [4, 5, -1], [5, 4, -1]], np.int32)
    found = looked(NeighbourPurity, tmp_path, {"neighbour_indices": neighbours})
    # Pairs of objects' hits: 2 + 2 + 1 + 1 + 1, of which of one object: 1 + 1 + 0 + 1 + 1.
    # At random: (2 - 1) / 3 for each of 4 pairs, 0 for one, and (2 - 1) / 1 for each of 2.
    assert found.metrics == pytest.approx({"purity": 4 / 7, "random": (4 / 3 + 2) / 7, "gain": 4 / (4 / 3 + 2)})


def test_purity_counts_every_batch_for_itself(tmp_path: Path) -> None:
    made = NeighbourPurity(NeighbourPurity.Params()).open("node")
    batch = {"truth_index": TRUTH[4:], "row_splits": np.array([0, 2]), "neighbour_indices": np.array([[0, 1], [1, 0]])}
    found = made.look(context("end", tmp_path, {"validation": [batch, batch]}))
    assert found.metrics == {"purity": 1.0, "random": 1.0, "gain": 1.0}


def test_residuals_of_the_hits_that_are_read_out(tmp_path: Path) -> None:
    true = np.array([[2.0], [2.0], [4.0], [0.0], [8.0], [8.0]], np.float32)
    predicted = np.array([[3.0], [9.0], [4.0], [7.0], [9.0], [4.0]], np.float32)
    found = looked(Residuals, tmp_path, {"predicted": predicted, "truth": true, "beta": BETA})
    # The hits 0, 2 and 5: residuals 1, 0 and -4.
    low, high = np.quantile([1.0, 0.0, -4.0], [0.1587, 0.8413])
    assert found.metrics == pytest.approx({"bias": 0.0, "width": (high - low) / 2, "outliers": 0.0})
    relative = looked(Residuals, tmp_path, {"predicted": predicted, "truth": true, "beta": BETA}, relative=True)
    assert relative.metrics["bias"] == pytest.approx(np.median([0.5, 0.0, -0.5]))


def test_residuals_of_all_hits_and_of_several_quantities(tmp_path: Path) -> None:
    true = np.zeros((6, 2), np.float32)
    predicted = np.stack([np.arange(6.0), np.ones(6)], axis=1).astype(np.float32)
    found = looked(Residuals, tmp_path, {"predicted": predicted, "truth": true})
    assert found.metrics["bias_0"] == np.median([0, 1, 2, 4, 5])
    assert found.metrics["bias_1"] == 1.0
    assert list(found.figures) == ["residuals 0", "residuals 1"]


def test_confusion_of_classes(tmp_path: Path) -> None:
    true = np.eye(3, dtype=np.float32)[[0, 0, 1, 2, 2, 2]]
    scores = np.eye(3, dtype=np.float32)[[0, 1, 1, 0, 2, 0]]
    found = looked(ClassConfusion, tmp_path, {"classes": scores, "truth_class": true}, names=["e", "mu", "pi"])
    figure = found.figures["classes"]
    assert isinstance(figure, Table)
    assert figure.values.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 1]]
    assert found.metrics == pytest.approx({"accuracy": 3 / 5, "recall/e": 0.5, "recall/mu": 1.0, "recall/pi": 0.5})


def test_an_event_is_shown_with_its_clusters(tmp_path: Path) -> None:
    event = {
        "coordinates": np.arange(12.0).reshape(4, 3),
        "ccoords": np.array([[0.0, 0.0], [0.1, 0.0], [9.0, 9.0], [50.0, 50.0]]),
        "beta": np.array([[0.9], [0.2], [0.8], [0.01]]),
        "truth_index": TRUTH[:4],
        "row_splits": np.array([0, 4]),
    }
    figure = looked(EventDisplay, tmp_path, event).figures["event"]
    assert isinstance(figure, Cloud)
    assert figure.colours["cluster"].tolist() == [0, 0, 1, -1]
    assert figure.colours["true object"].tolist() == [0, 0, 1, -1]
    assert list(figure.spaces) == ["detector", "cluster space"]


def view(weights: list[float]) -> NetworkView:
    return NetworkView(
        lambda: {"dense": [np.array(weights[:2]), np.array(weights[2:])]},
        lambda: {"dense": [np.array([0.0, 3.0]), np.array([4.0])]},
        lambda: {"dense": np.array([[0.0, 1.0, 2.0, 5.0], [0.0, 1.5, 2.0, 6.0]])},
    )


def test_norms_update_ratio_and_dead_units_of_a_node(tmp_path: Path) -> None:
    made = NetworkMonitor(NetworkMonitor.Params()).open("network")

    def look(step: int, weights: list[float]) -> Findings:
        return made.look(MonitorContext("record", step, 0, tmp_path, lambda part: [], NotImplemented, view(weights)))

    first = look(0, [1.0, 2.0, 2.0])
    assert first.metrics == {"weight_norm/dense": 3.0, "gradient_norm/dense": 5.0, "dead_units/dense": 0.5}
    # The weights have changed by (3, 0, 4), that is by 5, in ten steps.
    second = look(10, [4.0, 2.0, 6.0])
    assert second.metrics["update_ratio/dense"] == pytest.approx(5 / 3 / 10)
    assert isinstance(second.figures["norm of the weights"], Bars)


@pytest.mark.parametrize(
    ("block", "ports"),
    [
        (BetaDistribution, {"beta": 1}),
        (CondensationDistances, {"beta": 1, "coordinates": 2}),
        (NeighbourPurity, {"neighbour_indices": 3}),
        (Residuals, {"predicted": 1, "truth": 1, "beta": 1}),
        (ClassConfusion, {"classes": 3, "truth_class": 3}),
    ],
)
def test_without_objects_nothing_is_made_up(block: type[MonitorBlock], ports: dict[str, int], tmp_path: Path) -> None:
    noise = {"truth_index": np.full((2, 1), -1), "row_splits": np.array([0, 2])}
    values = {
        port: np.zeros((2, width), np.int32 if "indices" in port else np.float32) for port, width in ports.items()
    }
    found = looked(block, tmp_path, {**values, **noise})
    assert set(found.metrics) <= {"noise", "noise_above"}


def test_a_monitor_stops_after_as_many_hits_as_it_needs(tmp_path: Path) -> None:
    seen = []

    def batches(part: str) -> Any:
        for number in range(5):
            seen.append(number)
            yield type("", (), {"values": {"beta": BETA, "truth_index": TRUTH, "row_splits": SPLITS}})()

    made = BetaDistribution(BetaDistribution.Params.model_validate({"most_hits": 7})).open("node")
    made.look(MonitorContext("end", 0, 0, tmp_path, batches, NotImplemented))
    assert seen == [0, 1]
