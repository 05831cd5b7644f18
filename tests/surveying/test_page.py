"""`registry.data --html`: one offline page with what was found, and every fault with file, event and column."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from registry.check import main as check
from registry.console.command import run_command
from registry.data import main

GRAPH = """
name: looked_at
blocks:
  event:
    use: parquet
    with:
      file: hits.parquet
      event: {id: event}
      columns: {features: [e, x, flat], energy: e, coordinates: [x, y, z], truth_index: id, truth_energy: E}
      units: {e: GeV}
      split: {train: 0.5, validation: 0.5, test: 0.0, seed: null}
outputs: {x: event.features}
"""


def columns() -> dict[str, Any]:
    """Forty events of ten hits; the last is the first again, and in the second half x is larger."""
    random = np.random.default_rng(1)
    made: dict[str, Any] = {name: random.normal(size=400) for name in "xyz"}
    made |= {"e": random.exponential(1, 400), "flat": np.zeros(400), "id": random.integers(-1, 3, 400)}
    made["E"] = 10.0 + made["id"]
    made["x"][200:] += 2
    for column in made.values():
        column[390:] = column[:10]
    return made | {"event": np.repeat(np.arange(40), 10)}


def look(folder: Path, monkeypatch: pytest.MonkeyPatch, made: dict[str, Any]) -> tuple[int, str, dict[str, Any]]:
    pq.write_table(pa.table(made), folder / "hits.parquet")
    (folder / "graph.yaml").write_text(GRAPH)
    monkeypatch.chdir(folder)
    status = run_command(lambda: main(["graph.yaml", "--html", "page.html", "--json", "found.json"]))
    return status, (folder / "page.html").read_text(), json.loads((folder / "found.json").read_text())


def test_a_page_shows_distributions_drift_duplicates_and_an_event_without_the_network(tmp_path, monkeypatch, capsys):
    status, page, found = look(tmp_path, monkeypatch, columns())
    assert status == 0
    assert not re.findall(r"(?:src|href)=\"(?!#|data:)", page)
    for title in ("Columns", "Events", "Truth", "Distributions", "Drift", "Duplicates", "Event display"):
        assert f'<h2 id="{title.lower().replace(" ", "-")}-title"' in page
    figures = json.loads(re.findall(r'id="data">(.*?)</script>', page)[0])["figures"]
    assert {"e [GeV]", "hits per event", "objects per event", "energy of objects"} <= {f.get("label") for f in figures}
    assert any(figure["kind"] == "cloud" for figure in figures)
    drift = {(item["column"], item["part"]): item["distance"] for item in found["drift"]}
    assert drift["x", "validation"] > 0.6 > 0.3 > drift["e", "validation"]
    assert found["duplicate_events"] == [
        ["hits.parquet event 0 (train)", "hits.parquet event 39 (validation)"],
    ]
    printed = capsys.readouterr()
    assert "drift: 'x' of validation is not as in training" in printed.out
    assert "feature 'flat' never varies: it is 0 for all 400 hits" in printed.err


def test_hits_of_one_event_that_go_together_are_no_drift(tmp_path, monkeypatch, capsys):
    made = columns()
    # Every event is in a direction of its own: any few of them differ from any others.
    made["x"] = np.repeat(np.random.default_rng(2).normal(size=40), 10) + 0.01 * made["e"]
    _, _, found = look(tmp_path, monkeypatch, made)
    (drift,) = [item for item in found["drift"] if (item["column"], item["part"]) == ("x", "validation")]
    assert drift["distance"] > 0.1
    assert drift["chance"] < 1e-3
    assert drift["usual"] > 0.1
    assert "drift: 'x'" not in capsys.readouterr().out


def test_every_fault_is_listed_with_file_event_and_column(tmp_path, monkeypatch, capsys):
    made = columns()
    made["e"][[5, 123]] = np.nan
    status, page, _ = look(tmp_path, monkeypatch, made)
    printed = capsys.readouterr().err
    assert status == 2
    for row, event in ((5, 0), (123, 12)):
        fault = f"column 'e' is nan in row {row} (event {event}) of hits.parquet"
        assert fault in page.replace("&#x27;", "'")
        assert fault in printed
    assert "`on_error: skip` leaves such events out" in printed


def test_check_looks_at_a_sample_of_large_data(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("registry.plugins.loaders.description.loader.QUICKLY_READ", 10)
    monkeypatch.setattr("registry.plugins.loaders.description.events.ROWS_AT_ONCE", 200)
    made = columns()
    made["x"][:200] = 1.0
    made["id"][:200] = -1
    look(tmp_path, monkeypatch, made)
    capsys.readouterr()
    assert run_command(lambda: check([str(tmp_path / "graph.yaml")])) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "feature 'x' never varies: it is 1 for all 200 hits (in a sample of 20 events of hits.parquet)" in said
    assert "no hit of the 20 training events belongs to an object (in a sample of 20 events of hits.parquet)" in said


def test_check_warns_of_a_validation_part_without_objects(tmp_path, monkeypatch, capsys):
    made = columns()
    made["id"][200:] = -1
    status, _, found = look(tmp_path, monkeypatch, made)
    assert status == 0
    assert "no hit of the 20 validation events belongs to an object" in found["doubts"]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({name: [[], []] for name in ("x", "y", "z", "e", "flat", "id", "E")}, "2 events with 0 hits"),
        ({name: [[]] * 2 + [[1]] for name in ("x", "y", "z", "e", "flat", "id", "E")}, "no training events"),
    ],
)
def test_data_that_no_network_can_be_trained_on_are_shown_and_the_fault_is_said(
    made, said, tmp_path, monkeypatch, capsys
):
    events = {
        name: pa.array(lists, pa.list_(pa.int64() if name == "id" else pa.float32())) for name, lists in made.items()
    }
    monkeypatch.setitem(globals(), "GRAPH", GRAPH.replace("event: {id: event}", "event: {}"))
    status, page, found = look(tmp_path, monkeypatch, events)
    assert status != 0
    assert (found["n_events"], found["n_hits"]) == (len(made["x"]), sum(map(len, made["x"])))
    shown = capsys.readouterr()
    assert f"events: {len(made['x'])}, 2 of them empty" in shown.out
    assert said in shown.err
    assert said in page
    assert "hits.parquet" in shown.err
