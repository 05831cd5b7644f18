"""Runs are searched by graph, fingerprint, parameter, metric and tag, whichever tracker keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import registry
from registry.interface.conditions import Condition
from tests.comparing.records import TINY, record
from tests.stores import make_store


@pytest.fixture(scope="module", params=["folder", pytest.param("mlflow", marks=pytest.mark.slow)])
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Three runs of one tracker: their identifiers by what they are."""
    folder: Path = tmp_path_factory.mktemp("searched")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        if request.param == "mlflow":
            make_store(folder)
        fast = ["Optimizer.learning_rate=0.02"]
        yield {
            "first": record([3.0, 0.5], tags={"study": "rates"}, tracker=request.param),
            "fast": record([3.0, 0.9], fast, seed=2, tags={"study": "rates", "note": "it's"}, tracker=request.param),
            "failed": record([2.0], status="FAILED", tracker=request.param),
        }


def found(runs: dict[str, str], **asked: Any) -> list[str]:
    """Return what the runs are that a search finds, the last one first."""
    names = {run: name for name, run in runs.items()}
    return [names[str(run)] for run in registry.search(**asked).index]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["failed", "fast", "first"]),
        ({"graph": "tiny"}, ["failed", "fast", "first"]),
        ({"graph": "t*"}, ["failed", "fast", "first"]),
        ({"graph": "other"}, []),
        ({"experiment": "compared", "status": "finished"}, ["fast", "first"]),
        ({"experiment": "other"}, []),
        ({"study": "rates"}, ["fast", "first"]),
        ({"metrics": {"validation/loss": "< 1"}}, ["fast", "first"]),
        ({"metrics": {"validation/loss": ">= 0.9"}}, ["failed", "fast"]),
        ({"metrics": {"validation/*": 0.5}}, ["first"]),
        ({"parameters": {"General.seed": 2}}, ["fast"]),
        ({"parameters": {"General.seed": [2, 3]}}, ["fast"]),
        ({"parameters": {"General.seed": "!= 2"}, "status": "FINISHED"}, ["first"]),
        ({"parameters": {"*learning_rate": "2e-2"}}, ["fast"]),
        ({"tags": {"note": "it's"}}, ["fast"]),
    ],
)
def test_runs_meet_what_is_asked_for(runs: dict[str, str], asked: dict[str, Any], expected: list[str]) -> None:
    assert found(runs, **asked) == expected


def test_a_graph_and_fingerprints_find_the_runs_that_are_the_same(runs: dict[str, str]) -> None:
    graph = registry.load(TINY)
    assert found(runs, graph=graph) == ["failed", "fast", "first"]
    prints = graph.fingerprints
    assert found(runs, fingerprint=prints.architecture[:8]) == ["failed", "fast", "first"]
    assert found(runs, fingerprint={"training": prints.training}) == ["failed", "first"]
    assert found(runs, fingerprint="00000000no") == []


def test_the_table_has_what_differs_and_what_was_asked_for(runs: dict[str, str]) -> None:
    table = registry.search(parameters={"General.seed": [1, 2]})
    assert {"tracker", "name", "experiment", "graph", "status", "started", "study"} <= {*table.columns}
    assert {"Optimizer.learning_rate", "General.seed", "fingerprint.data", "validation/loss"} <= {*table.columns}
    assert "Training.0.epochs" not in table.columns
    assert table["validation/loss"].loc[runs["first"]] == 0.5
    assert table["started"].is_monotonic_decreasing
    assert list(registry.compare(table[table["status"] == "FINISHED"]).by_run["seed"]) == [1, 2]
    assert list(registry.search(graph="none").columns) == [
        "tracker",
        "name",
        "experiment",
        "graph",
        "status",
        "started",
    ]


def test_names_that_no_run_has_are_said_with_what_was_meant(runs: dict[str, str]) -> None:
    with pytest.raises(registry.InputError, match=r"metric 'validation/los'(.|\n)*validation/loss"):
        registry.search(metrics={"validation/los": "< 1"})
    with pytest.raises(registry.InputError, match=r"no fingerprint 'dat'(.|\n)*data"):
        registry.search(fingerprint={"dat": "0"})
    with pytest.raises(registry.InputError, match="expected a number after '<', received 'small'"):
        registry.search(metrics={"validation/loss": "< small"})


def test_the_study_that_options_name_is_a_tag_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    parent = record([1.0], ["General.study=widths"])
    child = record([1.0], ["General.study=widths"], seed=2, tags={"parent.run": parent, "parent.tracker": "folder"})
    record([1.0], seed=3)
    assert {*registry.search(study="widths").index} == {parent, child}


@pytest.mark.parametrize(
    ("asked", "value", "met"),
    [
        (0.001, "1e-3", True),
        (True, "true", True),
        ("adam", "adam", True),
        ("!=adam", "nadam", True),
        ([32, "auto"], "auto", True),
        ("> 3", "text", False),
        ("<= 3", 3.0, True),
        ("< 3", float("nan"), False),
    ],
)
def test_values_are_compared_as_numbers_where_they_are(asked: Any, value: Any, met: bool) -> None:
    assert Condition.of("x", asked).met(value) is met
