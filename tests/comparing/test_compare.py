"""Runs compared as a user compares them: grouped, ranked, tested; what must not be mixed is set apart."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pandas
import pytest

import registry
from registry.compare import main
from registry.comparing.figures import figures
from registry.comparing.ranking import Row
from registry.comparing.terminal import text
from registry.console.command import run_command
from registry.loading.blocks import load_registry
from tests.comparing.records import _info, record

WIDER = "Architecture.dense=[{n: 16}, {n: 16}]"
SLOWER = "Training.0.learning_rate=1.0e-3"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with three seeds of two graphs, and runs that must not be mixed with them."""
    made = tmp_path_factory.mktemp("compared")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        for seed, narrow, wide in ((1, 0.50, 0.45), (2, 0.52, 0.49), (3, 0.49, 0.44)):
            record([1.0, 0.7, narrow], seed=seed, tags={"study": "width"}, more={"run/peak_memory": 1.0 + seed})
            record([0.9, 0.6, wide], [WIDER], seed=seed, seconds=3.0, tags={"study": "width"})
        record([1.0, 0.1], ["Data.options.train_events=20"])
        record([1.0], status=None, seed=8)
        record([1.0], status="FAILED", seed=9)
    return made


@pytest.fixture(autouse=True)
def _in_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture(scope="module")
def compared(folder: Path) -> registry.Comparison:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        return registry.compare(experiment="compared")


def test_runs_that_differ_by_seed_only_are_one_group_and_the_best_comes_first(compared: registry.Comparison) -> None:
    assert isinstance(compared, pandas.DataFrame)
    assert list(compared.index) == ["A", "B"]
    assert list(compared["seeds"]) == ["1, 2, 3", "1, 2, 3"]
    assert list(compared["label"]) == ["dense.n=16", "dense.n=8"]
    assert compared.loc["A", "validation/loss"] == pytest.approx(0.46)
    assert compared.loc["A", "validation/loss.error"] == pytest.approx(0.0152753, rel=1e-5)
    assert compared.loc["B", "difference"] == pytest.approx(0.13 / 3)
    assert compared.loc["B", "p"] == pytest.approx(0.02286, abs=1e-5)
    assert compared.loc["B", "p.signs"] == 0.25
    assert (compared.loc["A", "seconds"], compared.loc["A", "weights"]) == (9.0, 846)


def test_what_failed_runs_still_or_saw_other_data_is_named_and_in_no_figure(compared: registry.Comparison) -> None:
    apart = compared.by_run.query("apart != ''")
    reasons = sorted(apart["apart"])
    assert [reason.split(":")[0] for reason in reasons] == [
        "it has failed",
        "it is still running, or was killed before it could say how it ended",
        reasons[2].split(":")[0],
    ]
    assert "train_events 12 \u2192 20" in reasons[2]
    assert set(apart["group"]) == {""}
    assert all(name in compared.text for name in apart["name"])


def test_what_differs_is_said_and_one_factor_is_no_warning(compared: registry.Comparison) -> None:
    assert "graph     iterations.*.dense (2 passes) (units: [16] \u2192 [8])" in compared.text
    (warning,) = compared.ranking.warnings
    assert warning.startswith("other data than the rest: ")


def test_more_than_one_factor_is_a_warning() -> None:
    first, second = record([1.0, 0.5]), record([1.0, 0.4], [WIDER, SLOWER])
    found = registry.compare(f"run:{first}", f"run:{second}")
    assert any("2 factors (graph, training)" in text for text in found.ranking.warnings)
    assert any("one seed only in A, B" in text for text in found.ranking.warnings)


def test_a_study_is_found_by_its_tag_and_runs_by_a_table() -> None:
    found = registry.compare(study="width")
    assert list(found["runs"]) == [3, 3]
    table = registry.runs(study="width")
    assert registry.compare(table).loc["A", "validation/loss"] == found.loc["A", "validation/loss"]


def test_a_seed_counts_once() -> None:
    first = record([1.0, 0.5], seed=5, tags={"study": "twice"})
    again = record([1.0, 0.6], seed=5, tags={"study": "twice"})
    found = registry.compare(study="twice")
    assert found.loc["A", "validation/loss"] == 0.6
    assert list(found.by_run.loc[[again, first], "group"]) == ["A", ""]
    assert "it repeats seed 5" in found.by_run.loc[first, "apart"]


def test_the_first_run_that_is_named_says_which_data_count() -> None:
    other = next(iter(registry.compare(experiment="compared").by_run.query("apart.str.contains('data')").index))
    wide = registry.runs(study="width").index[0]
    found = registry.compare(other, wide)
    assert list(found.by_run.query("group == 'A'").index) == [other]


def test_a_loss_is_no_yardstick_where_the_loss_was_changed(tmp_path: Path) -> None:
    first = record([1.0, 0.5], seed=1)
    text = (Path(__file__).parents[1] / "training" / "graphs" / "tiny.yaml").read_text()
    options = (Path(__file__).parents[1] / "training" / "graphs" / "tiny_options.yaml").read_text()
    (tmp_path / "tiny_options.yaml").write_text(options)
    (tmp_path / "tiny.yaml").write_text(
        text.replace("loss: {use: not_noise,", "loss: {use: not_noise, with: {scale: 0.9},")
    )
    second = record([1.0, 0.4], graph=tmp_path / "tiny.yaml")
    found = registry.compare(first, second)
    assert any("is not the same quantity" in warning for warning in found.ranking.warnings)


def test_the_metric_and_what_is_better_can_be_stated() -> None:
    one = record([1.0, 0.5], more={"clusters/efficiency": 0.7, "clusters/response": 0.9}, tags={"study": "stated"})
    record([1.0, 0.4], [WIDER], more={"clusters/efficiency": 0.6, "clusters/response": 1.0}, tags={"study": "stated"})
    by_efficiency = registry.compare(study="stated", metric="clusters/efficiency")
    assert by_efficiency.loc["A", "addresses"] == f"run:{one}"
    assert by_efficiency.ranking.direction == "max"
    with pytest.raises(registry.InputError, match="whether less or more of it is better is not known"):
        registry.compare(study="stated", metric="clusters/response")
    assert (
        registry.compare(study="stated", metric="clusters/response", mode="min").loc["A", "addresses"] == f"run:{one}"
    )
    with pytest.raises(registry.InputError, match="did you mean 'clusters/efficiency'"):
        registry.compare(study="stated", metric="clusters/eficiency")


def test_the_command_prints_the_table_and_writes_page_csv_and_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, table, figures = tmp_path / "page.html", tmp_path / "table.csv", tmp_path / "figures"
    arguments = ["--study", "width", "--html", str(page), "--csv", str(table), "--figures", str(figures)]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "A  dense.n=16" in said
    assert "0.460 \u00b1 0.015" in said
    assert pandas.read_csv(table)["seeds"].tolist() == ["1, 2, 3", "1, 2, 3"]
    runs = pandas.read_csv(tmp_path / "table.runs.csv").set_index("id")
    assert sorted(zip(runs["group"], runs["seed"], strict=True)) == [(g, s) for g in "AB" for s in (1, 2, 3)]
    assert runs.loc[runs["group"] == "B", "validation/loss"].mean() == pytest.approx(
        pandas.read_csv(table)["validation/loss"][1]
    )
    assert pandas.read_csv(table)["peak_memory"][1] == 3.0
    assert "3.0 GB" in said
    written = page.read_text()
    assert written.count("<figure>") == written.count("the command that makes it") - 1 == 5
    assert "prefers-color-scheme: dark" in written
    assert not any(word in written for word in ('src="http', 'href="http', "@import", "<script"))
    assert (figures / "pareto.svg").is_file()
    assert (figures / "curve_validation_loss.pdf").is_file()


def test_a_long_label_is_shown_to_its_end_where_the_value_stands(compared: registry.Comparison) -> None:
    def named(row: Row) -> Row:
        return replace(row, group=replace(row.group, label=f"Architecture.{'n' * 40}={row.group.letter}"))

    rows = [named(row) for row in compared.ranking.rows]
    found = replace(compared.ranking, rows=rows)
    assert all(f"={letter}" in "".join(text(found).split()) for letter in "AB")
    (axes,) = figures(found)["values"]().axes
    assert [label.get_text()[-2:] for label in axes.get_yticklabels()] == ["=A", "=B"]


def test_runs_that_cannot_be_found_or_compared_exit_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(lambda: main(["run:nothing"])) == 2
    assert "run:nothing names no run" in capsys.readouterr().err
    assert run_command(lambda: main([])) == 2
    assert "expected runs, an experiment or a study; received nothing" in capsys.readouterr().err
    assert run_command(lambda: main(["--study", "none"])) == 2
    failed = record([1.0], status="FAILED", tags={"study": "failed"})
    assert run_command(lambda: main(["--study", "failed"])) == 2
    assert f"(run:{failed}): it has failed" in capsys.readouterr().err


def test_a_store_that_was_moved_is_read_and_nothing_is_written_to_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder / "mlruns", tmp_path / "mlruns")
    monkeypatch.chdir(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert list(registry.compare(study="width")["runs"]) == [3, 3]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_events_that_the_seed_chooses_have_to_be_the_same_for_equal_seeds() -> None:
    runs = [
        record([1.0, 0.5], sets, seed=seed, tags={"fingerprint.events": events})
        for sets, seed, events in (([], 1, "one"), ([], 2, "two"), ([WIDER], 1, "one"), ([WIDER], 2, "other"))
    ]
    found = registry.compare(*runs)
    assert list(found.by_run.loc[runs[:3], "apart"]) == ["", "", ""]
    assert "events fingerprint other instead of two" in found.by_run.loc[runs[3], "apart"]


def test_what_a_monitor_did_not_find_at_the_end_has_no_value_from_its_start() -> None:
    run = record(
        [1.0, 0.5], first={"clusters/purity": 0.5, "clusters/efficiency": 0.1}, more={"clusters/efficiency": 0}
    )
    found = registry.compare(run)
    assert found.loc["A", "clusters/efficiency"] == 0
    assert "clusters/purity" not in found


def test_another_version_of_a_block_is_a_factor_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    runs = [record([1.0, 0.5], seed=seed) for seed in (1, 2)]
    with monkeypatch.context() as patch:
        patch.setattr(load_registry().blocks["dense_loop"], "version", 2)
        _info.cache_clear()
        runs += [record([1.0, 0.4], seed=seed) for seed in (1, 2)]
    _info.cache_clear()
    said = registry.compare(runs).text
    assert any(change in said for change in ("dense_loop: version 1 \u2192 2", "dense_loop: version 2 \u2192 1"))
