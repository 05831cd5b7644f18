"""What `registry.compare` takes and returns in Python."""

from __future__ import annotations

from pathlib import Path

import pandas
import pytest

import registry
from tests.comparing.records import TINY, record

WIDER = "Architecture.dense=[{n: 16}, {n: 16}]"


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def test_a_comparison_is_a_table_that_prints_as_a_report_and_draws_what_differs() -> None:
    first, second = record([1.0, 0.5]), record([1.0, 0.4], [WIDER])
    found = registry.compare([first, f"run:{second}"])
    assert repr(found).startswith("2 runs in 2 groups, best first under validation/loss (less is better)")
    assert type(found[["label", "runs"]]) is pandas.DataFrame
    assert "<table" in found._repr_html_()
    assert found.loc["B", "difference"] == pytest.approx(0.1)
    found.draw("difference.svg")
    assert "dense" in Path("difference.svg").read_text()
    with pytest.raises(registry.InputError, match="no other group 'C'"):
        found.draw("difference.svg", group="C")


def test_the_folder_of_a_run_names_it() -> None:
    run = record([1.0, 0.5])
    assert list(registry.compare(Path("mlruns") / "runs" / run)["runs"]) == [1]


def test_two_graphs_are_compared_as_diff_does() -> None:
    graph, wider = registry.load(TINY), registry.load(TINY, set=WIDER)
    found = registry.compare(graph, wider)
    assert isinstance(found, registry.GraphDiff)
    assert found.text == registry.diff(graph, wider).text
    with pytest.raises(registry.InputError, match="expected two graphs, or runs"):
        registry.compare(graph, wider, wider)  # type: ignore[call-overload]


def test_what_names_no_run_is_refused() -> None:
    with pytest.raises(registry.InputError, match=r"expected a run or its address, received 5 \(int\)"):
        registry.compare(5)  # type: ignore[call-overload]
    with pytest.raises(registry.InputError, match="expected the name of an experiment or of a study, and not both"):
        registry.runs("one", study="two")
