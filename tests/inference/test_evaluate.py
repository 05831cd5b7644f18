"""The command evaluate: a trained run's clusters are measured, written, recorded; twice gives the same."""

from __future__ import annotations

import html
import json
import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas
import pytest

from registry import Run
from registry.compiling.carried_read_out import TUNING, carried_read_out
from registry.contract.errors import InputError
from registry.evaluate import main as evaluate
from registry.inference import evaluation_run
from registry.loading.blocks import load_registry
from registry.measuring.judging import OBJECT_COLUMNS
from registry.tracking.runs import RecordedRun, Runs
from registry.train import main as train
from tests.inference.graphs import columns

GRAPH = """
name: tiny
blocks:
  event:
    use: arrays
    with:
      file: data/events.npz
      columns: {features: [energy, x, y], energy: energy, coordinates: [x, y, z], truth_index: id, truth_energy: of}
      split: {train: 0.6, validation: 0.2, test: 0.2, seed: 3}
  dense: {use: dense_loop, in: event.features, with: {units: [8]}}
  heads: {use: output_heads, in: dense, with: {n_ccoords: 2, n_pos: 3}}
  loss: {use: basic_object_condensation, in: {"*": [heads, event]}}
outputs: {beta: heads.beta, ccoords: heads.ccoords, energy_factor: heads.energy_factor, position: heads.position,
  time: heads.time, classes: heads.classes}
"""

OPTIONS = """
General: {experiment: tiny, tracker: folder}
Training: [{batch_size: 2000, learning_rate: 1.0e-2, epochs: 1}]
Evaluation:
  matcher: {use: iou, with: {threshold: 0.1}}
  baselines: {local maxima: {use: local_maxima}}
  bootstrap: 20
"""


def write_events(file: Path, count: int, seed: int) -> None:
    """Write events of 40 hits, a few objects each."""
    given = columns([40] * count, seed, truth=True)
    given["id"] = np.where(given["x"] > 20, -1, given["id"])
    np.savez(file, **given, of=2.0 + given["id"])  # type: ignore[arg-type]


def run() -> RecordedRun:
    store = load_registry().trackings["folder"].store()
    return Runs(load_registry().trackings.values()).find(store.runs("tiny")[0].id)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a trained run."""
    place = tmp_path_factory.mktemp("evaluate")
    (place / "data").mkdir()
    write_events(place / "data" / "events.npz", 20, seed=1)
    (place / "tiny.yaml").write_text(f"config: options.yaml\n{GRAPH}")
    (place / "options.yaml").write_text(OPTIONS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert train(["tiny.yaml"]) == 0
        assert evaluate([run().summary.id, "--worst", "2", "-o", "first"]) == 0
    return place


@pytest.mark.slow
def test_the_thresholds_that_a_training_chose_are_in_the_models_file(folder: Path) -> None:
    (model,) = folder.glob("mlruns/local/*/model.keras")
    tuning = carried_read_out(model)[TUNING]
    assert (tuning["part"], tuning["events"], tuning["objective"]) == ("validation", 4, "f1")
    assert tuning["chosen"] == dict(zip(tuning["names"], tuning["tried"][tuning["best"]], strict=True))
    recorded = json.loads((folder / "first" / "evaluation.json").read_text())
    assert recorded["figures"]["read_out"]["with"] | tuning["chosen"] == recorded["figures"]["read_out"]["with"]


@pytest.mark.slow
def test_every_object_and_shower_is_in_a_table(folder: Path) -> None:
    objects = pandas.read_parquet(folder / "first" / "objects.parquet")
    showers = pandas.read_parquet(folder / "first" / "showers.parquet")
    events = pandas.read_parquet(folder / "first" / "events.parquet")
    assert list(objects.columns[:2]) == list(showers.columns[:2]) == list(events.columns[:2]) == ["event", "sample"]
    assert set(OBJECT_COLUMNS) <= set(objects.columns)
    assert events["event"].tolist() == [0, 1, 2, 3]
    assert events["objects"].sum() == objects["counted"].sum()
    matched = objects[objects["matched_shower"] >= 0].merge(
        showers, left_on=["event", "matched_shower"], right_on=["event", "shower"], suffixes=("", "_of_shower")
    )
    np.testing.assert_allclose(matched["response"], matched["energy_of_shower"] / matched["energy"])


@pytest.mark.slow
def test_the_same_run_evaluated_twice_gives_equal_numbers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    evaluate([run().summary.id, "--no-figures", "-o", "second"])
    first, second = (json.loads((folder / name / "evaluation.json").read_text()) for name in ("first", "second"))
    assert {**first, "command": ""} == {**second, "command": ""}


@pytest.mark.slow
def test_figures_of_merit_and_files_are_recorded_with_the_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    found = run()
    metrics = found.store.metrics(found.summary.id)
    recorded = json.loads((folder / "first" / "evaluation.json").read_text())
    figure = recorded["figures"]["samples"]["all"]["efficiency"]["value"]
    assert [point.value for point in metrics["evaluation/test/efficiency"]] == [figure]
    assert "evaluation/test/local_maxima/efficiency" in metrics
    assert metrics["train/loss"]
    files = set(found.store.files(found.summary.id))
    assert {f"evaluation/{name}" for name in ("objects.parquet", "evaluation.html", "figures/efficiency.pdf")} <= files
    assert found.summary.status == "FINISHED"
    assert found.tags()["fingerprint.architecture"]


@pytest.mark.slow
def test_the_page_needs_no_network_and_names_the_command_at_every_figure(folder: Path) -> None:
    page = (folder / "first" / "evaluation.html").read_text()
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("<figure") == page.count("python -m registry.evaluate") - 1
    assert page.count('id="event_') == 2


@pytest.mark.slow
def test_a_run_beside_that_is_not_there_is_said_before_events_are_evaluated(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(evaluation_run, "measure", None)
    with pytest.raises(InputError, match="run:nothing names no trained model"):
        evaluate([run().summary.id, "--beside", "run:nothing", "--no-log", "-o", "alone"])


@pytest.mark.slow
def test_a_figure_that_is_named_is_drawn_again_and_the_page_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    page = (folder / "first" / "evaluation.html").read_text()
    (shown,) = re.findall(r'<figure id="(event_\d+)".*?<code>(python[^<]*)</code>', page)[:1]
    drawn = folder / "first" / "figures" / f"{shown[0]}.png"
    before = drawn.read_bytes()
    drawn.unlink()
    assert evaluate([*shlex.split(html.unescape(shown[1]))[3:], "--no-log"]) == 0
    assert drawn.read_bytes() == before
    assert (folder / "first" / "evaluation.html").read_text() == page


@pytest.mark.slow
def test_a_folder_called_like_a_part_is_not_taken_for_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for name in ("test", "validation"):
        (folder / name).mkdir(exist_ok=True)
    evaluate([run().summary.id, "--no-figures", "--no-log", "-o", "beside"])
    assert figures(folder / "beside") == figures(folder / "first")


@pytest.mark.slow
def test_what_thresholds_were_chosen_on_is_reported_with_those_that_are_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    evaluate([run().summary.id, "--part", "validation", "--no-figures", "--no-log", "-o", "validation"])
    recorded = json.loads((folder / "validation" / "evaluation.json").read_text())
    assert recorded["figures"]["tuning"] is None
    assert recorded["figures"]["read_out"]["with"]["beta_threshold"] == 0.1
    assert "thresholds are chosen on" in capsys.readouterr().err


@pytest.mark.slow
def test_other_options_are_laid_over_those_of_the_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    own = ["--set", "Evaluation.clusterer={use: dbscan, with: {eps: 0.3}}", "--set", "Evaluation.tune=false"]
    evaluate([run().summary.id, *own, "--no-figures", "--no-log", "-o", "dbscan"])
    read_out = json.loads((folder / "dbscan" / "evaluation.json").read_text())["figures"]["read_out"]
    assert (read_out["clusterer"], read_out["with"]["eps"]) == ("dbscan", 0.3)
    assert read_out["in"] == {"coordinates": "ccoords"}
    with pytest.raises(InputError, match="there is no output 'beto'"):
        evaluate([run().summary.id, "--set", "Evaluation.clusterer.in.beta=beto", "-o", "none"])


@pytest.mark.slow
def test_a_run_is_evaluated_in_python_as_by_the_command(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    found = run()
    (place,) = (folder / "mlruns" / "local").iterdir()
    table = Run(found.summary.id, found.summary.name, place, "FINISHED", found.store).evaluate()
    recorded = json.loads((folder / "first" / "evaluation.json").read_text())["figures"]["samples"]["all"]
    assert table.loc[("network", "all", "purity"), "value"] == recorded["purity"]["value"]
    assert (place / "evaluation" / "objects.parquet").is_file()


def figures(folder: Path) -> dict[str, float]:
    """Return every figure of merit of the network and of baselines."""
    recorded = json.loads((folder / "evaluation.json").read_text())
    found = {"network": recorded["figures"], **recorded["baselines"]}
    return {
        f"{name} {figure}": values["value"]
        for name, method in found.items()
        for figure, values in method["samples"]["all"].items()
        if values["value"] is not None
    }


@pytest.mark.slow
def test_a_copied_store_with_the_data_elsewhere_gives_the_same_numbers(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder / "mlruns", tmp_path / "mlruns")
    shutil.copy(folder / "data" / "events.npz", tmp_path / "copied.npz")
    monkeypatch.chdir(tmp_path)
    (folder / "data").rename(folder / "gone")
    try:
        with pytest.raises(InputError, match=r"events.npz' does not exist(.|\n)*DATA --part PART") as raised:
            evaluate([run().summary.id, "--no-figures", "-o", "none"])
        assert len(raised.value.problems) == 1
        evaluate([run().summary.id, "copied.npz", "--part", "test", "--no-figures", "--no-log", "-o", "again"])
    finally:
        (folder / "gone").rename(folder / "data")
    assert figures(tmp_path / "again") == pytest.approx(figures(folder / "first"), rel=1e-6)


@pytest.mark.slow
def test_other_events_and_a_model_s_file_without_its_run_are_evaluated_alike(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    write_events(tmp_path / "other.npz", 3, seed=2)
    (model,) = folder.glob("mlruns/local/*/model.keras")
    shutil.copy(model, tmp_path / "alone.keras")
    evaluate([run().summary.id, str(tmp_path / "other.npz"), "--no-figures", "--no-log", "-o", str(tmp_path / "run")])
    monkeypatch.chdir(tmp_path)
    evaluate(["alone.keras", "other.npz", "--no-figures"])
    assert figures(tmp_path / "alone.evaluation" / "other") == figures(tmp_path / "run")
    events = pandas.read_parquet(tmp_path / "run" / "events.parquet")
    assert (len(events), events["hits"].sum()) == (3, 120)


@pytest.mark.slow
def test_what_the_events_lack_and_is_left_out_is_said_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    own = evaluation_run._opened
    monkeypatch.setattr(evaluation_run, "_opened", lambda *given: replace(own(*given), left_out=("no samples: why",)))
    evaluate([run().summary.id, "--no-figures", "--no-log"])
    assert capsys.readouterr().err.count("no samples: why") == 1


@pytest.mark.slow
def test_a_number_of_events_that_is_none_and_a_part_that_is_misspelt_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(InputError, match="--worst: expected a number of events, received -3"):
        evaluate([run().summary.id, "--worst", "-3"])
    with pytest.raises(InputError, match="did you mean 'test'"):
        evaluate([run().summary.id, "tset"])


@pytest.mark.slow
def test_each_of_several_seeds_is_read_out_by_thresholds_chosen_on_its_own_validation_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    write_events(tmp_path / "data" / "events.npz", 20, seed=1)
    (tmp_path / "tiny.yaml").write_text(f"config: options.yaml\n{GRAPH}")
    (tmp_path / "options.yaml").write_text(OPTIONS)
    monkeypatch.chdir(tmp_path)
    assert train(["tiny.yaml", "--seeds", "2"]) == 0
    scans = []
    for model in sorted(tmp_path.glob("mlruns/local/*/model.keras")):
        kept = carried_read_out(model)[TUNING]
        for name, more in {"own": [], "anew": ["--tune"]}.items():
            assert evaluate([str(model.parent), *more, "--no-figures", "--no-log", "-o", name]) == 0
            tuning = json.loads((tmp_path / name / "evaluation.json").read_text())["figures"]["tuning"]
            assert tuning["chosen"] == kept["chosen"]
            assert tuning["values"] == pytest.approx(kept["values"])
        scans.append(kept["values"])
    assert len(scans) == 2
    assert scans[0] != scans[1]
