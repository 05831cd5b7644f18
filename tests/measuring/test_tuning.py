"""Thresholds are tuned: the best is found, refined, kept where nothing is better; edges are named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from registry.contract.clusterer import Clusterer
from registry.loading.blocks import load_registry
from registry.measuring.choices import Objective
from registry.measuring.events import judged_events
from registry.measuring.judging import Rules
from registry.measuring.read_out import ReadOut
from registry.measuring.sample import Bootstrap, figures, together
from registry.measuring.scan import Scan
from registry.measuring.tuning import tune
from tests.measuring.test_one_event import matcher


def read_out(name: str = "condensation", **parameters: Any) -> ReadOut:
    kind = load_registry().blocks[name]
    assert issubclass(kind, Clusterer)
    inputs = {port.name: port.name for port in kind.inputs if port.name != "row_splits"}
    columns = {"energy": "energy", "truth_index": "truth_index", "kept": "kept"}
    return ReadOut(kind(kind.Params(**parameters)), inputs, columns)


def events(count: int, hits: int, trained: bool, seed: int = 1) -> dict[str, np.ndarray]:
    """Return events of 10 objects; of a trained network hits of one object lie within 0.1, objects far apart."""
    random = np.random.default_rng(seed)
    truth = np.tile(np.arange(hits) % 10, count)
    centres = random.permutation(1000)[:10, None] * np.ones(3) / 100
    places = centres[truth] if trained else np.zeros((len(truth), 3))
    first = np.tile(np.arange(hits) < 10, count)
    beta = np.where(first, 0.9, 0.2) if trained else 0.5 + random.normal(0, 0.1, len(truth))
    return {
        "beta": np.clip(beta, 0, 0.99)[:, None],
        "coordinates": places + random.normal(0, 0.03, (len(truth), 3)) * (1 if trained else 20),
        "distance": np.ones((len(truth), 1)),
        "energy": random.exponential(size=(len(truth), 1)),
        "truth_index": truth[:, None],
        "row_splits": np.arange(count + 1) * hits,
    }


def test_the_thresholds_of_a_trained_network_are_found() -> None:
    scan = tune(read_out(beta_threshold=0.95, distance_threshold=3.0), events(3, 60, trained=True), matcher("iou"))
    assert scan is not None
    assert scan.value > 0.9
    assert scan.chosen["beta_threshold"] < 0.9


def test_what_is_given_stays_where_nothing_is_better() -> None:
    scan = tune(read_out(beta_threshold=0.34, distance_threshold=0.33), events(3, 60, trained=True), matcher("iou"))
    assert scan is not None
    assert scan.chosen == {"beta_threshold": 0.34, "distance_threshold": 0.33}
    assert not scan.warnings()


def test_around_the_best_point_the_steps_are_halved_twice() -> None:
    data = events(4, 60, trained=True)
    data["coordinates"] = np.random.default_rng(5).normal(size=data["coordinates"].shape) * 0.2
    scan = tune(read_out("dbscan"), data, matcher("iou", threshold=0.05))
    assert scan is not None
    coarse = read_out("dbscan").clusterer.thresholds["eps"]
    finer = sorted({setting[0] for setting in scan.tried} - set(coarse))
    assert finer
    assert all(any(abs(value - step) < 0.06 for step in coarse) for value in finer)


def test_a_threshold_at_the_edge_of_what_was_tried_is_named() -> None:
    data = events(3, 60, trained=True)
    data["coordinates"] *= 100
    scan = tune(read_out("dbscan", eps=0.5), data, matcher("iou"))
    assert scan is not None
    assert scan.edges == ("eps",)
    assert "is at the edge of what was tried" in scan.warnings()[0]


def test_hits_that_the_network_has_dropped_are_in_no_cluster() -> None:
    data = events(2, 60, trained=True)
    data["kept"] = np.tile([[1.0], [0.0]], (60, 1))
    found = read_out().clusters(data)
    assert (found.assignment[1::2] == -1).all()
    assert (found.assignment[::2] >= 0).any()
    around = found.condensation_point[found.condensation_point >= 0]
    assert (around % 2 == 0).all()


def test_a_scan_is_read_as_it_was_written() -> None:
    scan = tune(read_out(), events(1, 30, trained=True), matcher("iou"), "v_measure")
    assert scan is not None
    assert Scan.read(scan.plain("validation")) == scan


def test_data_without_truth_or_events_choose_nothing() -> None:
    data = events(2, 30, trained=True)
    data.pop("truth_index")
    assert tune(read_out(), data, matcher("iou")) is None
    assert tune(read_out(), {**events(0, 30, trained=True)}, matcher("iou")) is None


@pytest.mark.parametrize("objective", ["f1", "v_measure"])
@pytest.mark.parametrize("assign", ["highest_beta", "nearest_in_reach", "nearest"])
def test_what_a_scan_finds_is_what_the_events_are_measured_to_be(assign: str, objective: Objective) -> None:
    data, untuned = events(4, 50, trained=False), read_out(assign=assign)
    rules = Rules(matcher("iou", threshold=0.2))
    scan = tune(untuned, data, rules.matcher, objective)
    assert scan is not None
    assert len(set(scan.values)) > 1
    for setting, value in list(zip(scan.tried, scan.values, strict=True))[::5]:
        own = untuned.with_thresholds(dict(zip(scan.names, setting, strict=True)))
        judged = [(event.number, event.sample, event.judged) for event in judged_events(own, data, rules)]
        tables = together(judged)
        measured = figures(tables, Bootstrap(tables.events, 2, 1), [0.0, 1.0])[objective].estimate
        assert value == pytest.approx(measured.value if measured.known else 0.0, abs=1e-12)


def test_progress_is_told_of_every_setting() -> None:
    told: list[tuple[int, int]] = []
    scan = tune(
        read_out(), events(2, 60, trained=True), matcher("iou"), progress=lambda done, total: told.append((done, total))
    )
    assert scan is not None
    assert [done for done, _ in told] == list(range(1, len(scan.tried) + 1))
    assert all(done <= total for done, total in told)
