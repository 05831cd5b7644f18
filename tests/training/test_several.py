"""Several seeds, one after the other: each a run of its own, found together, none stopped by another that fails."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import registry
from registry.comparing.seeds import report
from registry.console.command import run_command
from registry.console.signals import Ended
from registry.contract.errors import Problem, RunError
from registry.contract.run_store import Status
from registry.train import main
from registry.training import several
from registry.training.outcome import Outcome
from registry.training.several import Plan, exit_status_of, group_of, seeds_of, train_several

TINY = str(Path(__file__).parent / "graphs" / "tiny.yaml")

QUICK = ["--set", "General.tracker=folder", "--set", "Training=[{batch_size: 800, learning_rate: 1.0e-2, epochs: 1}]"]

Ending = Status | Exception | KeyboardInterrupt


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[int, Ending]], list[several.Trained]]:
    """Train seeds that end as is said, without a training."""

    def train(endings: dict[int, Ending]) -> list[several.Trained]:
        graphs = {seed: registry.load(TINY, set={"General.seed": seed}) for seed in endings}

        def start(checked: Any, options: Any, *_: Any, **__: Any) -> Outcome:
            ending = endings[options.general.seed]
            if isinstance(ending, BaseException):
                raise ending
            number = signal.SIGTERM if ending == "KILLED" else 0
            return Outcome(ending, f"id{options.general.seed}", "name", Path(), "folder", signal=number)

        monkeypatch.setattr(several, "start", start)
        return train_several(
            Plan(list(endings), lambda seed: (graphs[seed].checked, graphs[seed].options), lambda seed: [])
        )

    return train


Train = Callable[[dict[int, Ending]], list[several.Trained]]


def test_a_seed_that_fails_is_named_and_the_others_are_trained(
    trained: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    done = trained({1: "FINISHED", 2: RunError("step 3 is not finite\nmore"), 3: ValueError("a fault"), 4: "FINISHED"})
    assert [item.finished for item in done] == [True, False, False, True]
    assert exit_status_of(done) == 1
    assert "error: seed 2: step 3 is not finite" in capsys.readouterr().err
    said = report(done, [1, 2, 3, 4])
    assert "seed 2: not trained: step 3 is not finite\n" in said
    assert "left: seeds 2, 3; the same command with --continue trains what is left" in said
    assert "python -m registry.compare run:id1 run:id4" in said


@pytest.mark.parametrize(("ending", "status"), [("KILLED", 143), (KeyboardInterrupt(), 130), (Ended(15), 143)])
def test_an_interrupt_ends_all_of_them(trained: Train, ending: Ending, status: int) -> None:
    done = trained({1: "FINISHED", 2: ending, 3: "FINISHED"})
    assert [item.seed for item in done] == [1, 2]
    assert exit_status_of(done) == status
    assert "left: seeds 2, 3" in report(done, [1, 2, 3])


def test_what_is_wrong_with_the_first_seed_is_wrong_with_all(trained: Train) -> None:
    with pytest.raises(registry.InputError, match="no such data"):
        trained({1: registry.InputError([Problem("no such data")]), 2: "FINISHED"})


def test_seeds_are_counted_from_the_seed_or_listed() -> None:
    options = registry.load(TINY, set={"General.seed": 4}).options
    assert list(seeds_of(options, 3)) == [4, 5, 6]
    assert list(seeds_of(options)) == []
    listed = registry.load(TINY, set={"General.seeds": [7, 2]}).options
    assert list(seeds_of(listed)) == [7, 2]
    assert list(seeds_of(listed, 2)) == [3, 4]
    for count in (0, -1, 2**32):
        with pytest.raises(registry.InputError, match="expected a number of runs"):
            seeds_of(options, count)


@pytest.mark.parametrize(("seeds", "said"), [("[1, 1]", "seeds that differ"), ("[-1]", "seeds"), ("3", "seeds")])
def test_seeds_that_cannot_be_are_refused(seeds: str, said: str) -> None:
    with pytest.raises(registry.InputError, match=said):
        registry.load(TINY, set=f"General.seeds={seeds}")


def test_the_group_is_that_of_all_but_the_seed_and_remarks() -> None:
    group = group_of(registry.load(TINY).checked)
    assert group_of(registry.load(TINY, set={"General.seed": 9, "General.seeds": [1, 2]}).checked) == group
    assert group_of(registry.load(TINY, set={"General.description-string": "again"}).checked) == group
    assert group_of(registry.load(TINY, set={"Training[0].epochs": 7}).checked) != group


def test_options_that_do_not_go_together_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(lambda: main([TINY, "--seeds", "2", "--resume", "run:any"])) == 2
    assert "--resume goes on with one run" in capsys.readouterr().err
    assert run_command(lambda: main([TINY, "--continue"])) == 2
    assert "there are no seeds to go on with" in capsys.readouterr().err


@pytest.mark.long
def test_seeds_are_trained_as_alone_found_together_and_not_trained_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = [TINY, *QUICK, "--set", "General.seeds=[5, 6]"]
    assert main([*arguments, "--set", "General.seeds=[5]"]) == 0
    assert main([*arguments, "--continue"]) == 0
    said = capsys.readouterr().out
    assert "has finished already" in said
    assert "mean" in said
    assert "seed 5" in said
    runs = sorted(Path("mlruns/runs").iterdir(), key=lambda run: run.name)
    tags = [json.loads((run / "tags.json").read_text()) for run in runs]
    assert [tag["seeds.seed"] for tag in tags] == ["5", "6"]
    (group,) = {tag["seeds.group"] for tag in tags}
    assert set(registry.search(study=group).index) == {run.name for run in runs}
    second = json.loads((runs[1] / "parameters.json").read_text())
    assert (second["General.seed"], second["General.seeds"]) == ("6", "[]")
    assert list(registry.compare(*(run.name for run in runs))["seeds"]) == ["5, 6"]
    # The second one of a process has the numbers that it has alone.
    alone = registry.train(registry.load(TINY, set=[*QUICK[1::2], "General.seed=6"]))
    compared = registry.compare(runs[1].name, alone)
    assert list(compared.by_run["validation/loss"].unique()) == [alone.metrics["validation/loss"].iloc[-1]]
