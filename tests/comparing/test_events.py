"""Differences over the events of evaluations: the bootstrap, and evaluations that must not be mixed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

import registry
from registry.comparing.evaluated import REPLICAS
from tests.comparing.records import record

WIDER = "Architecture.dense=[{n: 16}, {n: 16}]"

EVENTS = 40


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def evaluated(folder: Path, found: np.ndarray, code: str = "c0de", names: str = "event") -> Sequence[Path]:
    """Write an evaluation of events with two objects each, of which so many [events] are found, and one true shower."""
    folder.mkdir()
    events = np.arange(len(found))
    objects = {
        "event": np.repeat(events, 2),
        "counted": np.ones(2 * len(events), bool),
        "found": np.stack([found > 0, found > 1], axis=1).reshape(-1),
    }
    showers = {"event": events, "counted": np.ones(len(events), bool), "fake": np.zeros(len(events), bool)}
    tables = {
        "objects": objects,
        "showers": showers,
        "events": {"event": events, "name": np.array([f"{names} {number}" for number in events], object)},
    }
    paths = [folder / f"{name}.parquet" for name in tables]
    for path, table in zip(paths, tables.values(), strict=True):
        parquet.write_table(pyarrow.table(table), path)
    (folder / "evaluation.json").write_text(json.dumps({"fingerprint": {"code": code, "settings": "same"}}))
    return [*paths, folder / "evaluation.json"]


def test_a_difference_over_events_is_that_of_the_means_of_runs_and_repeats(tmp_path: Path) -> None:
    found = np.random.default_rng(5).integers(0, 3, EVENTS)
    better = np.minimum(found + (np.arange(EVENTS) % 4 == 0), 2)
    worse = record([1.0, 0.5], files=evaluated(tmp_path / "a", found))
    second = record([1.0, 0.4], [WIDER], files=evaluated(tmp_path / "b", better))
    table = registry.compare(worse, second, against=worse)
    row = table.loc["A"]
    expected = (better.sum() - found.sum()) / (2 * EVENTS)
    assert row["events.efficiency"] == pytest.approx(expected)
    assert row["events.efficiency.low"] < expected < row["events.efficiency.high"]
    spread = np.std((better - found) / 2, ddof=1) / np.sqrt(EVENTS)
    assert row["events.efficiency.high"] - row["events.efficiency.low"] == pytest.approx(2 * 1.96 * spread, rel=0.2)
    assert row["events.fake_rate"] == 0
    assert row["events.fake_rate.p"] == 1
    assert "over events, minus B" in table.text
    again = registry.compare(worse, second, against=worse).loc["A"]
    assert again["events.efficiency.p"] == row["events.efficiency.p"]


def test_what_is_better_in_every_event_has_the_smallest_p_and_no_interval(tmp_path: Path) -> None:
    half, whole = np.ones(EVENTS), np.full(EVENTS, 2)
    first = record([1.0, 0.4], files=evaluated(tmp_path / "a", half))
    second = record([1.0, 0.5], [WIDER], files=evaluated(tmp_path / "b", whole))
    row = registry.compare(first, second).loc["B"]
    assert row["events.efficiency"] == row["events.efficiency.low"] == row["events.efficiency.high"] == 0.5
    assert row["events.efficiency.p"] == pytest.approx(2 / (REPLICAS + 1))
    assert row["events.f1"] == pytest.approx(1 - 2 / 3)


def test_runs_evaluated_with_other_code_are_set_apart(tmp_path: Path) -> None:
    found = np.ones(EVENTS)
    first = record([1.0, 0.5], files=evaluated(tmp_path / "a", found))
    second = record([1.0, 0.4], [WIDER], files=evaluated(tmp_path / "b", found, code="0ther"))
    third = record([1.0, 0.3], ["Training.0.epochs=3"])
    compared = registry.compare(first, second, third)
    assert compared.by_run.loc[second, "apart"].startswith("it was evaluated with other code than the others")
    assert set(compared.by_run.query("apart == ''").index) == {first, third}
    assert f"not evaluated: {compared.by_run.loc[third, 'name']}" in compared.text


def test_evaluations_of_other_events_are_set_apart(tmp_path: Path) -> None:
    first = record([1.0, 0.5], files=evaluated(tmp_path / "a", np.ones(EVENTS)))
    second = record([1.0, 0.4], [WIDER], files=evaluated(tmp_path / "b", np.ones(EVENTS), names="other"))
    compared = registry.compare(first, second)
    assert "of other events" in compared.by_run.loc[second, "apart"]


def test_evaluated_runs_are_ranked_by_f1_unless_another_metric_is_named(tmp_path: Path) -> None:
    runs = [
        record([1.0, loss], sets, files=evaluated(tmp_path / str(f1), np.ones(EVENTS)), more={"evaluation/test/f1": f1})
        for loss, f1, sets in ((0.5, 0.9, []), (0.4, 0.8, [WIDER]))
    ]
    assert registry.compare(*runs).ranking.metric == "evaluation/test/f1"
    assert registry.compare(*runs).loc["A", "addresses"] == f"run:{runs[0]}"
    assert registry.compare(*runs, metric="validation/loss").loc["A", "addresses"] == f"run:{runs[1]}"
