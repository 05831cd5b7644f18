"""The clustering monitor, on observations made by hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from registry.contract.monitor import Findings, Observation
from registry.plugins.monitors.clustering.block import Clustering
from registry.plugins.monitors.clustering.monitor import ClusteringMonitor
from registry.plugins.monitors.columns import gather
from tests.plugins.monitors.synthetic import context, events


def _monitor(**params: Any) -> ClusteringMonitor:
    return ClusteringMonitor("clusters", Clustering.Params.model_validate(params))


def _run(monitor: ClusteringMonitor, folder: Path, samples: bool = False) -> tuple[Findings, Findings]:
    """Let the monitor look before and after a training that made everything right."""
    found = []
    for moment, trained in (("start", False), ("end", True)):
        parts: Any = {
            "test": [events(4, trained, 1, samples), events(2, trained, 2, samples)],
            "validation": [events(3, trained, 3, samples)],
        }
        found.append(monitor.look(context(moment, folder, parts)))  # type: ignore[arg-type]
    return found[0], found[1]


def test_the_start_is_silent_and_logs_what_nothing_trained_reaches(tmp_path: Path) -> None:
    start, _ = _run(_monitor(), tmp_path)
    assert start.text == ""
    assert start.metrics["efficiency"] == 0.0
    assert start.metrics["fake_rate"] == 1.0


def test_the_end_prints_both_rows_and_the_headline(tmp_path: Path) -> None:
    _, end = _run(_monitor(), tmp_path)
    rows = [re.sub(r"\s+", " ", line) for line in end.text.splitlines()]
    assert rows[0].startswith(
        "clusters: 6 test events; beta > 0.1, distance 0.5; a match has IoU > 0.5; objects have 2"
    )
    assert rows[3] == "all nothing trained 0.0 +- 0.0 - 100.0 +- 0.0 - - 18 6"
    assert rows[4].startswith("all trained 100.0 +- 0.0 ")
    changes = "efficiency 0.0 % -> 100.0 %, purity - -> 100.0 %, fake rate 100.0 % -> 0.0 %"
    assert rows[-1] == f"clusters: {changes} (nothing trained -> trained)"
    assert end.metrics["efficiency"] == 1.0
    assert end.metrics["response"] == pytest.approx(1.0)


def test_every_sample_has_rows_of_its_own_with_its_name(tmp_path: Path) -> None:
    _, end = _run(_monitor(sample_names=["B mesons"]), tmp_path, samples=True)
    samples = [line.split("  ")[0] for line in end.text.splitlines()[3:-1]]
    assert samples == ["all", "all", "B mesons", "B mesons", "sample 1", "sample 1"]
    assert end.metrics["B_mesons/efficiency"] == 1.0
    assert end.metrics["sample_1/objects"] == 9


def test_baselines_stand_between_untrained_and_trained(tmp_path: Path) -> None:
    _, end = _run(_monitor(baselines={"local_maxima": {"seed_radius": 15.0, "join_radius": 60.0}}), tmp_path)
    rows = [re.sub(r"\s\s+", "|", line).split("|")[1] for line in end.text.splitlines()[3:-1]]
    assert rows == ["nothing trained", "local maxima", "local maxima, tuned", "trained"]
    assert end.metrics["local_maxima/efficiency"] == 1.0
    assert end.metrics["local_maxima_tuned/efficiency"] == 1.0
    assert "local maxima, tuned: seeds from" in end.text


def test_the_fixed_rule_alone_is_there_if_not_tuned(tmp_path: Path) -> None:
    _, end = _run(_monitor(baselines={"local_maxima": {"tuned": False}}), tmp_path)
    assert "local maxima" in end.text
    assert "tuned" not in end.text


def test_thresholds_are_chosen_on_the_validation_events_if_asked_for(tmp_path: Path) -> None:
    monitor = _monitor(beta_threshold=0.95, tune=True)
    _, end = _run(monitor, tmp_path)
    assert end.metrics["efficiency"] == 1.0
    assert "(chosen on the validation events)" in end.text


def test_without_validation_events_the_thresholds_are_said_to_be_the_given_ones(tmp_path: Path) -> None:
    monitor = _monitor(beta_threshold=0.3, tune=True)
    found = monitor.look(context("end", tmp_path, {"test": [events(3, trained=True)]}))
    assert "beta > 0.3, distance 0.5 (as given: there are no validation events to choose them on)" in found.text
    assert "(chosen on the validation events)" not in found.text


def test_the_given_thresholds_stay_where_nothing_is_better(tmp_path: Path) -> None:
    _, end = _run(_monitor(beta_threshold=0.123, tune=True), tmp_path)
    assert "beta > 0.123, distance 0.5 (chosen" in end.text


def test_after_an_epoch_the_validation_events_are_looked_at(tmp_path: Path) -> None:
    monitor = _monitor()
    assert "epoch" in monitor.moments
    parts: Any = {"validation": [events(3, trained=True)]}
    assert monitor.look(context("epoch", tmp_path, parts, epoch=2)).metrics["validation/efficiency"] == 1.0


def test_without_test_events_the_validation_events_are_used_and_said(tmp_path: Path) -> None:
    found = _monitor().look(context("end", tmp_path, {"validation": [events(3, trained=True)]}))
    assert "3 validation events" in found.text


def test_without_any_held_out_event_it_says_so(tmp_path: Path) -> None:
    assert "no held-out events" in _monitor().look(context("end", tmp_path, {})).text


def test_a_run_that_was_not_seen_at_its_start_has_one_row(tmp_path: Path) -> None:
    found = _monitor().look(context("end", tmp_path, {"test": [events(3, trained=True)]}))
    assert "nothing trained" not in found.text
    assert "efficiency 100.0 %" in found.text


def test_batches_are_put_together_with_their_row_splits() -> None:
    batches = [events(2, True), events(1, True)]
    columns = gather(Observation(batch, "test") for batch in batches)
    assert columns is not None
    assert columns["row_splits"].tolist() == [0, 16, 32, 48]
    assert columns["ccoords"].shape == (48, 3)
