"""A sweep over a stand-in for the farm: what it gives out, what it keeps, and how it goes on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import registry
from registry.contract.errors import Problems
from registry.contract.tracker import RunInfo
from registry.plugins.trackers.folder.tracker import FolderTracker
from registry.sweep import main
from registry.sweeping import marks
from registry.sweeping import page as pages
from registry.sweeping.plan import plan
from registry.sweeping.reading import kept_study
from registry.sweeping.request import request_in
from registry.training.identity import RunCard
from registry.training.run_folder import write_card
from tests.sweeping.stand_in import Run, StandIn, good, swept, table, write_graph

ROOT = Path(__file__).parents[2]

FIGURES = pages._figures

OVER = ("--over", "Training[0].learning_rate=1e-3,1e-2")


@pytest.fixture(autouse=True)
def _graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_graph(tmp_path)
    monkeypatch.chdir(tmp_path)
    # Drawing takes longer than all else; one test looks at the page.
    monkeypatch.setattr("registry.sweeping.page._figures", lambda study, plan: [])


def test_every_value_is_trained_with_every_seed_and_ranked_by_the_mean(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    farm = swept(monkeypatch, good, *OVER, "--seeds", "2", "--study", "s")
    assert farm.status == 0  # type: ignore[attr-defined]
    assert [task.name for task in farm.tasks] == [f"s-{trial:03}-seed-{seed}" for trial in (0, 1) for seed in (1, 2)]
    best, other = table("s")
    assert (best["trial"], other["trial"]) == ("0", "1")
    assert float(best["validation/loss"]) == pytest.approx(0.0025)
    assert float(best["spread"]) == pytest.approx(0.5**0.5 / 1000)
    said = capsys.readouterr().out
    assert "best 0: 0.00250 +- 0.00071; 2 of 2" in said
    assert "+-: standard deviation between seeds" in said


@pytest.mark.slow
def test_the_page_has_the_pictures_of_optuna_and_loads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.sweeping.page._figures", FIGURES)
    swept(monkeypatch, good, *OVER, "--study", "s")
    page = (Path("mlruns/sweeps/s") / "sweep.html").read_text()
    assert [f"<h2>{title}</h2>" in page for title in ("Parallel coordinates", "Importance", "History")] == [True] * 3
    assert page.count("plotly.js v") == 1
    assert not re.search(r"<(script|link|img)[^>]*(src|href)=.http", page)


def test_a_trial_that_fails_is_kept_with_its_reason_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def trained(run: Run) -> tuple[str, int, str] | None:
        if run.sets["Training[0].learning_rate"] == "0.001":
            return (
                ("failed", 1, "the loss is not finite") if run.seed == 1 else ("lost", 137, "the worker has vanished")
            )
        return good(run)

    farm = swept(monkeypatch, trained, *OVER, "--seeds", "2", "--study", "s", "--retries", "4")
    assert farm.status == 0  # type: ignore[attr-defined]
    assert {task.retries for task in farm.tasks} == {4}
    failed = next(row for row in table("s") if row["state"] == "failed")
    assert failed["reason"] == "seed 1: the loss is not finite; seed 2: the worker has vanished"


def test_the_run_of_a_training_that_was_killed_does_not_stay_running(monkeypatch: pytest.MonkeyPatch) -> None:
    def trained(run: Run) -> tuple[str, int, str]:
        tracker = FolderTracker("tiny", print)
        tracker.start(RunInfo("killed", "tiny"))
        run.folder.mkdir(parents=True)
        write_card(run.folder, RunCard(tracker.run_id, "killed", "folder"))
        return "lost", 137, "the worker has vanished"

    swept(monkeypatch, trained, "--over", "Training[0].learning_rate=1e-3", "--study", "s")
    (row,) = table("s")
    runs = {path.name: path for path in Path("mlruns/runs").iterdir()}
    assert json.loads((runs[row["runs"]] / "run.json").read_text())["status"] == "FAILED"
    assert (runs[row["runs"]] / "files/failure.txt").read_text() == "the worker has vanished\n"


def test_a_seed_that_fails_is_said_and_the_mean_is_that_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    swept(
        monkeypatch,
        lambda run: ("failed", 1, "out of memory") if run.seed == 2 else good(run),
        *(*OVER, "--seeds", "3", "--study", "s"),
    )
    best = table("s")[0]
    assert (best["state"], best["reason"]) == ("done", "seed 2: out of memory")
    assert float(best["validation/loss"]) == pytest.approx(0.003)


def test_a_metric_that_no_run_has_recorded_ends_the_sweep_after_one_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    farm = StandIn(good)
    monkeypatch.setattr("registry.farm.opening.open_place", farm.opening())
    words = ["--seeds", "2", "--study", "s", "--metric", "validation/los", "--direction", "min"]
    said = r"no training records 'validation/los'(.|\n)*did you mean 'validation/loss'"
    with pytest.raises(registry.RunError, match=said):
        main(["tiny.yaml", *OVER, *words])
    assert [task.name for task in farm.tasks] == ["s-000-seed-1", "s-000-seed-2"]
    reason = next(row["reason"] for row in table("s") if row["state"] == "failed")
    said = "the run has recorded no metric 'validation/los'; it has epoch/epoch, validation/loss"
    assert reason == f"seed 1: {said}; seed 2: {said}"


@pytest.mark.parametrize("storage", ["", "shared/study.log", "sqlite:///study.db"])
def test_an_interrupted_sweep_goes_on_in_the_same_folders_with_the_same_command(
    storage: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [*OVER, "--study", "s", *(["--storage", storage] if storage else [])]

    def interrupted(run: Run) -> None:
        if run.sets["Training[0].learning_rate"] == "0.01":
            raise KeyboardInterrupt
        good(run)

    with pytest.raises(KeyboardInterrupt):
        swept(monkeypatch, interrupted, *arguments)
    assert "stopped: s-001-seed-1; the same command goes on" in capsys.readouterr().out
    farm = swept(monkeypatch, good, *arguments)
    assert [task.name for task in farm.tasks] == ["s-001-seed-1"]
    assert "--continue" in farm.tasks[0].arguments
    assert [row["state"] for row in table("s")] == ["done", "done"]
    assert swept(monkeypatch, good, *arguments).tasks == []


KILLED = """
import os, signal, sys
sys.path.insert(0, {root!r})
from tests.sweeping.stand_in import StandIn, good
import registry.farm.opening
from registry.sweep import main
def trained(run):
    if "0.01" in run.sets["Training[0].learning_rate"]:
        os.kill(os.getpid(), signal.SIGKILL)
    good(run)
registry.farm.opening.open_place = StandIn(trained).opening()
main(["tiny.yaml", *{arguments!r}])
"""


@pytest.mark.slow
def test_the_trials_of_a_sweep_that_was_killed_are_reaped_and_trained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root, arguments = str(Path(__file__).resolve().parents[2]), [*OVER, "--study", "s"]
    program = KILLED.format(root=root, arguments=arguments)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    farm = swept(monkeypatch, good, *arguments)
    assert "trial 1 was begun by a sweep that is gone: it goes on" in capsys.readouterr().out
    assert [task.name for task in farm.tasks] == ["s-001-seed-1"]
    assert [row["state"] for row in table("s")] == ["done", "done"]


def test_two_sweeps_share_a_study_and_train_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    second: list[StandIn] = []

    def trained(run: Run) -> None:
        if not second:
            # Somebody else begins while this trial is being trained; what belongs to a living sweep is not reaped.
            second.append(StandIn(good))
            monkeypatch.setattr("registry.farm.opening.open_place", second[0].opening())
            monkeypatch.setattr(marks, "is_there", lambda mark: True)
            monkeypatch.setattr("registry.sweeping.study.is_there", lambda mark: True)
            main(["tiny.yaml", *arguments])
        good(run)

    arguments = ["--over", "Training[0].learning_rate=1e-3,1e-2,1e-1", "--study", "s"]
    first = swept(monkeypatch, trained, *arguments)
    names = [[task.name for task in farm.tasks] for farm in (first, second[0])]
    assert names == [["s-000-seed-1"], ["s-001-seed-1", "s-002-seed-1"]]
    assert [row["state"] for row in table("s")] == ["done"] * 3


def test_a_study_of_something_else_is_refused_by_what_differs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    swept(monkeypatch, good, *OVER, "--study", "s")
    with pytest.raises(registry.InputError, match=r"over: there .* here"):
        swept(monkeypatch, good, "--over", "Training[0].learning_rate=0.5", "--study", "s")
    with pytest.raises(registry.InputError, match=r"fingerprint\.training"):
        swept(monkeypatch, good, *OVER, "--study", "s", "--set", "Training.0.epochs=9")


def test_variants_that_look_bad_are_asked_to_stop_and_kept_as_pruned(monkeypatch: pytest.MonkeyPatch) -> None:
    def trained(run: Run) -> None:
        rate = float(run.sets["Training[0].learning_rate"])
        run.record(1.0 + rate, 0.5 + rate)

    rates = ",".join(str(number / 100) for number in range(1, 9))
    swept(monkeypatch, trained, "--over", f"Training[0].learning_rate={rates}", "--prune", "median", "--study", "s")
    rows = {row["trial"]: row for row in table("s")}
    assert [rows[str(number)]["state"] for number in (0, 4, 5, 7)] == ["done", "done", "pruned", "pruned"]
    assert rows["5"]["reason"] == "pruned after epoch 1"
    stopped = Path("mlruns/local/s-005-seed-1/stop").read_text()
    assert stopped == "pruned after epoch 1 by the study s\n"


def test_variants_are_pruned_by_what_a_monitor_sees_in_the_validation_events_and_ranked_by_the_test_events(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def trained(run: Run) -> None:
        bad = float(run.sets["Training[0].learning_rate"])
        run.record(bad, bad, metric="loss/validation/score")
        with (run.folder / "history.jsonl").open("a") as file:
            file.write(json.dumps({"step": 3, "time": 3.0, "metrics": {"loss/score": 1 - bad}}) + "\n")

    rates = ",".join(str(number / 100) for number in range(1, 8))
    monkeypatch.setattr("registry.sweeping.plan.FAMILIES", ("loss",))
    words = ["--over", f"Training[0].learning_rate={rates}", "--metric", "loss/score", "--direction", "min"]
    swept(monkeypatch, trained, *words, "--prune", "median", "--study", "s")
    rows = {row["trial"]: row for row in table("s")}
    assert [rows[str(number)]["state"] for number in range(7)] == ["done"] * 5 + ["pruned"] * 2
    assert float(rows["4"]["loss/score"]) == pytest.approx(0.95)


def test_what_has_come_to_its_end_is_not_pruned(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = ",".join(str(number / 100) for number in range(1, 8))
    words = ["--over", f"Training[0].learning_rate={rates}", "--set", "Training.0.epochs=1", "--prune", "median"]
    swept(monkeypatch, lambda run: run.record(float(run.sets["Training[0].learning_rate"])), *words, "--study", "s")
    assert {row["state"] for row in table("s")} == {"done"}


@pytest.mark.parametrize(("reason", "state"), [("pruned after epoch 1 by the study s", "pruned"), ("enough", "failed")])
def test_a_run_that_was_asked_to_stop_has_no_value(monkeypatch: pytest.MonkeyPatch, reason: str, state: str) -> None:
    def trained(run: Run) -> None:
        run.record(0.5)
        (run.folder / "stop").write_text(reason)

    swept(monkeypatch, trained, "--over", "Training[0].learning_rate=1e-3", "--study", "s")
    (row,) = table("s")
    assert row["state"] == state
    assert reason.removesuffix(" by the study s") in row["reason"]


@pytest.mark.slow
@pytest.mark.parametrize("file", sorted((ROOT / "sweeps").glob("*.yaml")), ids=lambda file: file.stem)
def test_the_sweeps_of_the_package_can_be_trained(file: Path) -> None:
    problems = Problems()
    made = plan(request_in([str(file)], problems))
    assert not list(problems)
    assert made.base.checked.warnings == []
    # What decides is looked at in every epoch, where variants may be pruned by it.
    assert ('Plotting.watch=["clusters"]' in made.request.sets) is bool(made.request.prune)


def test_hyperband_ends_variants_at_its_rungs_and_keeps_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    def trained(run: Run) -> None:
        rate = float(run.sets["Training[0].learning_rate"])
        run.record(*(rate + 1 / epoch for epoch in range(1, 10)))

    rates = ",".join(str(number / 100) for number in range(1, 13))
    words = ["--over", f"Training[0].learning_rate={rates}", "--set", "Training.0.epochs=9"]
    swept(monkeypatch, trained, *words, "--prune", "hyperband", "--study", "s")
    rows = table("s")
    assert {row["state"] for row in rows} == {"done", "pruned"}
    assert rows[0]["Training[0].learning_rate"] == "0.01"
    assert {row["reason"] for row in rows if row["state"] == "pruned"} <= {
        f"pruned after epoch {rung}" for rung in (1, 3, 9)
    }


@pytest.mark.parametrize("sampler", ["random", "tpe", "cmaes"])
def test_samplers_of_optuna_draw_from_ranges(monkeypatch: pytest.MonkeyPatch, sampler: str) -> None:
    pytest.importorskip("cmaes") if sampler == "cmaes" else None
    over = ["--over", "Training[0].learning_rate=1e-4..1e-2:log", "--over", "Data.max_showers=3..5:int"]
    farm = swept(monkeypatch, good, *over, "--trials", "4", "--sampler", sampler, "--study", "s")
    drawn = [float(row["Training[0].learning_rate"]) for row in table("s")]
    assert len(farm.tasks) == 4
    assert all(1e-4 <= rate <= 1e-2 for rate in drawn)
    assert len(set(drawn)) == 4
    assert {row["Data.max_showers"] for row in table("s")} <= {"3", "4", "5"}


@pytest.mark.parametrize("words", [("=3,4,5", "random", "9"), ("=3..5:int", "tpe", "9"), ("=3,4,5", "tpe", "2")])
def test_no_variant_is_drawn_twice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, str, str]
) -> None:
    over, sampler, trials = words
    arguments = ("--over", f"Data.max_showers{over}", "--sampler", sampler, "--trials", trials, "--study", "s")
    farm = swept(monkeypatch, lambda run: run.record(0.5), *arguments)
    drawn = {row["Data.max_showers"] for row in table("s")}
    assert len(farm.tasks) == len(drawn) == min(3, int(trials))


def test_a_sampler_that_finds_nothing_new_ends_the_sweep(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--over", "Data.max_showers=3..5:int:log", "--trials", "9", "--study", "s")
    farm = swept(monkeypatch, lambda run: run.record(0.5), *words)
    assert len(farm.tasks) == len(table("s")) <= 3
    assert f"the sampler finds no further values: {len(farm.tasks)} variants are all" in capsys.readouterr().out


def test_a_journal_that_was_being_written_when_its_machine_was_stopped_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    swept(monkeypatch, good, *OVER, "--study", "s", "--trials", "1", "--sampler", "grid")
    journal = Path("mlruns/sweeps/s/study.journal")
    with journal.open("a") as file:
        file.write('{"op_code":5,"wor')
    journal.with_name("study.journal.lock").touch()
    monkeypatch.setattr("registry.sweeping.storage.GRACE", 1)
    farm = swept(monkeypatch, good, *OVER, "--study", "s")
    assert [task.name for task in farm.tasks] == ["s-001-seed-1"]
    assert swept(monkeypatch, good, *OVER, "--study", "s").tasks == []


@pytest.mark.parametrize("storage", ["", "sqlite:///study.db"])
def test_a_study_is_found_by_the_place_that_keeps_it(monkeypatch: pytest.MonkeyPatch, storage: str) -> None:
    for name in ("s", "t"):
        swept(monkeypatch, good, *OVER, "--study", name, *(["--storage", storage] if storage else []))
    runs = ["run-of-s-000-seed-1", "run-of-s-001-seed-1"]
    if storage:
        assert kept_study("s", storage).runs == runs
        with pytest.raises(registry.InputError, match=r"expected one study, there are 2(.|\n)*of: s, t"):
            kept_study(storage)
        with pytest.raises(registry.InputError, match=r"study.db is no journal(.|\n)*sqlite:///study.db"):
            kept_study("study.db")
    else:
        for place in ("mlruns/sweeps/s", "mlruns/sweeps/s/study.journal"):
            assert (kept_study(place).name, kept_study(place).runs) == ("s", runs)


@pytest.mark.parametrize("place", ["tiny.yaml", "sqlite:///none.db", "nonsense://x"])
def test_a_place_that_keeps_no_study_is_named_and_stays_as_it_is(place: str) -> None:
    before = {path: path.read_bytes() for path in Path().iterdir()}
    with pytest.raises(registry.InputError, match=f"--study {place}: "):
        registry.compare(study=place)
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_words_and_numbers_that_are_none_are_refused_from_python_too() -> None:
    with pytest.raises(registry.InputError) as error:
        registry.sweep("tiny.yaml", {"Data.max_showers": [3, 4]}, sampler="tep", seeds=0)  # type: ignore[arg-type]
    text = str(error.value)
    expected = ["sampler='tep': expected grid or random or tpe or cmaes", "did you mean 'tpe'", "seeds=0: "]
    assert [item for item in expected if item not in text] == []


def test_nodes_are_left_out_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    farm = swept(monkeypatch, lambda run: run.record(0.5), "--ablate", "norm", "--ablate", "dense,norm", "--study", "s")
    without = [next((word for word in task.arguments if "General.without" in word), "") for task in farm.tasks]
    assert without == ["", 'General.without=["norm"]', 'General.without=["dense", "norm"]']


def test_runs_carry_what_finds_them_together(monkeypatch: pytest.MonkeyPatch) -> None:
    farm = swept(monkeypatch, good, *OVER, "--study", "s")
    arguments = " ".join(farm.tasks[1].arguments)
    (parent,) = (path for path in Path("mlruns/runs").iterdir() if json.loads((path / "tags.json").read_text()))
    assert json.loads((parent / "tags.json").read_text())["sweep"] == "s"
    assert 'General.study="s"' in arguments
    assert f"--tag sweep.run={parent.name} --tag sweep.tracker=folder --tag sweep.trial=1" in arguments


def test_a_file_describes_a_sweep_and_what_is_typed_counts_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("sweep.yaml").write_text(
        "graph: tiny.yaml\nset: {Data.max_showers: 4}\nseeds: 2\nstudy: filed\nretries: 3\n"
        "over:\n  Training[0].learning_rate: [1.0e-3, 1.0e-2]\n  Network.units: [[4], [8, 8]]\n"
    )
    farm = StandIn(good)
    monkeypatch.setattr("registry.farm.opening.open_place", farm.opening())
    assert main(["sweep.yaml", "--seeds", "1", "--over", "Network.units=[2]"]) == 0
    assert len(farm.tasks) == 2
    assert farm.tasks[0].retries == 3
    assert main(["sweep.yaml", "--retries", "1", "--study", "typed"]) == 0
    assert farm.tasks[-1].retries == 1
    assert "Network.units=[2]" in farm.tasks[0].arguments
    assert "Data.max_showers=4" in farm.tasks[0].arguments
    assert Path("mlruns/sweeps/filed/trials.csv").is_file()


def test_from_python_a_sweep_is_a_table_best_first(monkeypatch: pytest.MonkeyPatch) -> None:
    farm = StandIn(good)
    monkeypatch.setattr("registry.farm.opening.open_place", farm.opening())
    graph = registry.load("tiny.yaml", set={"Data.max_showers": 4})
    found = registry.sweep(graph, {"Training[0].learning_rate": [1e-2, 1e-3]}, study="s")
    assert found.best == {"Training[0].learning_rate": 1e-3}
    assert list(found.trials["validation/loss"]) == pytest.approx([0.002, 0.011])
    assert list(found.trials.index) == [1, 0]
    assert found.trials.loc[0, "runs"] == ["run-of-s-000-seed-1"]


def refused(*arguments: str) -> str:
    with pytest.raises(registry.InputError) as error:
        main(["tiny.yaml", *arguments])
    return str(error.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--over", "Network.unit=[4]"], ["--over Network.unit=[4]: ", "is read by nothing", "did you mean 'units'?"]),
        (["--over", "Training[0].learning_rate=-1.0,1e-3"], ["learning_rate=-1.0", "expected greater than 0"]),
        (["--over", "Data.max_showers=3..9"], ["--over Data.max_showers=3..9", "integer"]),
        (["--ablate", "nrom"], ["--ablate nrom: ", "did you mean 'norm'?"]),
        (["--ablate", "score,norm"], ["--ablate score,norm: ", "cannot be left out: loss: input 'score'"]),
        (["--ablate", "event"], ["the loader cannot be left out"]),
        ([*OVER, "--metric", "valdation/loss"], ["--metric valdation/loss: ", "did you mean 'validation'?"]),
        ([*OVER, "--metric", "validation/response"], ["--direction min, or --direction max"]),
        (["--over", "Training[0].learning_rate=1e-4..1e-2:log", "--sampler", "grid"], ["which cannot be counted"]),
        ([*OVER, "--sampler", "cmaes"], ["cmaes takes ranges only"]),
        ([*OVER, "--study", "a/b"], ["expected the name of a study, received 'a/b'"]),
        (["--over", "General.seed=1,2"], ["seeds are no variants of a graph", "--seeds 3"]),
        ([], ["nothing is varied"]),
        ([*OVER, "--trials", "0"], ["--trials 0: expected a whole number, 1 or more, received 0"]),
        ([*OVER, "--seeds", "0", "--jobs", "-1"], ["--seeds 0: expected", "--jobs -1: expected"]),
        ([*OVER, "--over", "Training.0.learning_rate=0.1"], ["--over Training.0", "varied twice: --over Training[0]"]),
        ([*OVER, "--over", "Training[*].learning_rate=0.1"], ["Training[*].learning_rate is varied twice"]),
        (["--ablate", "norm", "--ablate", "norm"], ["--ablate norm: this is left out twice"]),
        (["--ablate", "norm,"], ["--ablate norm,: expected the name of a node"]),
        (["--over", "Data.max_showers=3..100000:int", "--sampler", "grid"], ["a grid of 99,998 variants: 1"]),
        (["--ablate", "loss"], ["a graph to be trained needs a loss", 'in the variant General.without=["loss"]']),
        ([*OVER, "--storage", "sqlite:study.db"], ["--storage sqlite:study.db: ", "sqlite:///study.db"]),
        ([*OVER, "--on", "locl"], ["--on locl: expected local"]),
        ([*OVER, "--storage", "tiny.yaml"], ["--storage tiny.yaml: ", "is no journal of a study"]),
        ([*OVER, "--storage", "nonsense://x"], ["--storage nonsense://x: ", "names no database"]),
    ],
)
def test_what_cannot_be_swept_is_refused_before_anything_starts(arguments: list[str], said: list[str]) -> None:
    text = refused(*arguments)
    assert [item for item in said if item not in text] == []
    assert not Path("mlruns/sweeps").exists()


def test_a_fault_in_a_file_is_said_where_it_stands_there(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "graph: tiny.yaml\nover:\n  Network.units: [[4], abc]\n  Data.max_shower: [3]\n"
    Path("sweep.yaml").write_text(text)
    with pytest.raises(registry.InputError) as error:
        main(["sweep.yaml"])
    places = {str(problem.origin) for problem in error.value.problems}
    assert places == {"sweep.yaml:3:18", "sweep.yaml:4:20"}
    Path("sweep.yaml").write_text("graph: tinny.yaml\nover: {Network.units: [[4]]}\n")
    with pytest.raises(registry.InputError, match=r"sweep.yaml:1:8: (.|\n)*did you mean 'tiny.yaml'"):
        main(["sweep.yaml"])


def test_what_is_not_installed_is_named_with_the_line_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.sweeping.storage.importlib.util.find_spec", lambda name: None)
    assert "pip install 'registry[farm]'" in refused(*OVER)
