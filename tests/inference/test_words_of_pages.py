"""Words and units on tables and pages come from the columns: a tracker is no calorimeter, and MeV are no GeV."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas
import pytest
from pyarrow import parquet

from registry.data import main as data
from registry.evaluate import main as evaluate
from registry.train import main as train

GRAPH = """
name: found
blocks:
  event: {use: arrays, with: {file: events.npz, split: {train: 0.5, validation: 0.25, test: 0.25}, WITH}}
  dense: {use: dense_loop, in: event.features, with: {units: [8]}}
  beta: {use: dense_loop, in: dense, with: {units: [1], activation: sigmoid}}
  ccoords: {use: dense_loop, in: dense, with: {units: [2]}}
  loss: {use: basic_object_condensation, in: {"*": event, beta: beta, ccoords: ccoords}}
  clusters: {use: clustering, in: {"*": event, "?": [truth_energy], beta: beta, ccoords: ccoords}}
outputs: {beta: beta, ccoords: ccoords, row_splits: event.row_splits}
"""

TRACKS = """called: track, units: {x: mm, px: MeV/c},
  columns: {features: [x, y, z], coordinates: [x, y, z], truth_index: particle, truth_momentum: [px, py, pz]}"""

MEV = """units: {e: MeV, t: MeV, x: mm},
  columns: {features: [log1p(e), x, y], energy: e, coordinates: [x, y, z], truth_index: particle, truth_energy: t}"""

OPTIONS = ["General.seed=1", "General.tracker=folder", "Training=[{batch_size: 200, learning_rate: 0.01, epochs: 1}]"]


def events() -> dict[str, np.ndarray]:
    """Return hits of 20 events with three particles each."""
    random = np.random.default_rng(1)
    particle = np.tile(np.repeat([0, 1, 2], 5), 20)
    columns = {name: random.normal(size=300).astype("float32") + particle for name in ("x", "y", "z", "px", "py", "pz")}
    energy = random.uniform(20, 500, 300).astype("float32")
    own = {"particle": particle, "e": energy, "t": np.full(300, 900.0, "float32"), "row_splits": np.arange(0, 301, 15)}
    return {**columns, **own}


def shown(folder: Path, form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Train and evaluate on events, and return what was printed, and the text of the pages."""
    monkeypatch.chdir(folder)
    np.savez("events.npz", **events())  # type: ignore[arg-type]
    Path("graph.yaml").write_text(GRAPH.replace("WITH", form))
    assert train(["graph.yaml", *(word for item in OPTIONS for word in ("--set", item))]) == 0
    (run,) = Path("mlruns/runs").iterdir()
    assert evaluate([str(run), "-o", "evaluated"]) == 0
    assert data(["graph.yaml", "--html", "data.html"]) == 0
    printed = capsys.readouterr().out
    record = json.loads(Path("evaluated/evaluation.json").read_text())
    pages = [Path("evaluated/evaluation.html"), Path("data.html")]
    markup = re.compile(r"<(style|script).*?</\1>|<[^>]*>", re.DOTALL)
    texts = [markup.sub(" ", page.read_text()) for page in pages]
    return "\n".join([printed, json.dumps(record["descriptions"]), *texts])


@pytest.mark.slow
def test_a_detector_without_energies_is_said_nothing_of_showers_energies_and_gev(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = shown(tmp_path, TRACKS, capsys, monkeypatch)
    assert [line for line in text.splitlines() if re.search(r"\bGeV\b|shower|\benerg", line)] == []
    assert "tracks" in text
    table, given = pandas.read_parquet("evaluated/objects.parquet"), events()
    assert set(table["pt"].round(4)) <= set(np.hypot(given["px"], given["py"]).astype("float64").round(4))


@pytest.mark.slow
def test_of_energies_in_mev_tables_and_pages_say_mev(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = shown(tmp_path, MEV, capsys, monkeypatch)
    assert [line for line in text.splitlines() if re.search(r"\bGeV\b", line) and "expected" not in line] == []
    assert "MeV" in text
    assert "showers" in text
    words = json.loads(Path("evaluated/evaluation.json").read_text())["words"]
    assert (words["energy"], words["length"]) == ("MeV", "mm")
    assert parquet.read_schema("evaluated/objects.parquet").field("energy").metadata[b"unit"] == b"MeV"
