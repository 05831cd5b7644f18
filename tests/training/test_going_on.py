"""A run goes on in itself, and another one starts from its weights: as a user does it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import registry
from registry.contract.errors import InputError
from registry.contract.run_store import RunStore
from registry.interface.run import Run
from registry.loading.blocks import load_registry
from registry.training.saved import load_checkpoint
from tests.training.helpers import TINY

pytestmark = pytest.mark.slow

FOLDER = "General.tracker=folder"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def finished(place: Path) -> Run:
    """A run that has finished; the tests go on with it one after the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        return registry.train(registry.load(TINY, set=[FOLDER]))


@pytest.fixture(autouse=True)
def _inside(place: Path, finished: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)


def store() -> RunStore:
    return load_registry().trackings["folder"].store()


def files(place: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}


def values(run: Run) -> dict[str, list[tuple[int, float]]]:
    """Return the history of every metric, without how long it took."""
    skipped = ("epoch/seconds", "epoch/waiting_for_data", "run/peak_memory")
    found = store().metrics(run.id)
    return {name: [(p.step, p.value) for p in points] for name, points in found.items() if name not in skipped}


def test_a_finished_run_is_left_as_it_is(place: Path, finished: Run, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(place)
    for named in (f"run:{finished.id}", finished.name, str(finished.folder)):
        outcome = registry.train(registry.load(TINY), resume=named)
        assert (outcome.id, outcome.status) == (finished.id, "FINISHED")
        assert "nothing is left to do" in capsys.readouterr().out
    assert files(place) == before


def test_what_differs_is_refused_and_changes_nothing(place: Path, finished: Run) -> None:
    before = files(place)
    with pytest.raises(InputError, match=r"General\.seed was 3 in the run, and is 5 now") as caught:
        registry.train(registry.load(TINY, set=["General.seed=5", "Training.1.epochs=9"]), resume=finished.id)
    assert f"--start-from run:{finished.id}" in str(caught.value)
    assert files(place) == before


def test_a_run_gets_longer_in_itself_as_if_it_had_not_been_stopped(place: Path, finished: Run) -> None:
    longer = registry.load(TINY, set=[FOLDER, "Training.1.epochs=2"])
    resumed = registry.train(longer, resume=finished.folder)
    whole = registry.train(longer)
    assert (resumed.id, resumed.name, resumed.folder) == (finished.id, finished.name, finished.folder)
    assert values(resumed) == values(whole)
    assert store().parameters(resumed.id)["Training.1.epochs"] == "2"
    tags = store().tags(resumed.id)
    assert "from step" in tags["resumed.1"]
    assert tags["fingerprint.training"] == store().tags(whole.id)["fingerprint.training"]
    one, other = (load_checkpoint(run.folder / "checkpoints" / "last.npz") for run in (resumed, whole))
    for first, second in zip([*one.model, *one.optimizer], [*other.model, *other.optimizer], strict=True):
        np.testing.assert_array_equal(first, second)
    assert [run.id for run in store().runs("tiny")] == [whole.id, finished.id]


def test_a_new_run_starts_from_the_weights_of_another_one(finished: Run, capsys: pytest.CaptureFixture[str]) -> None:
    other = ["General.seed=8", "Training=[{batch_size: 900, learning_rate: 1.0e-9, epochs: 1}]"]
    started = registry.train(registry.load(TINY, set=[FOLDER, *other]), start_from=f"run:{finished.id}:last")
    assert "weights of 5 nodes from run:" in capsys.readouterr().out
    assert f"Since {finished.name}, whose weights this run began with" in (started.folder / "page.html").read_text()
    tags = store().tags(started.id)
    assert (tags["parent.run"], tags["parent.name"]) == (finished.id, finished.name)
    assert started.id != finished.id
    plain = registry.load(TINY, set=[FOLDER, *other]).fingerprints.training
    assert tags["fingerprint.training"] != plain
    parent, child = (load_checkpoint(run.folder / "checkpoints" / "last.npz") for run in (finished, started))
    for (_, name, weight), first, second in zip(parent.variables, parent.model, child.model, strict=True):
        if weight and "dense" in name:
            np.testing.assert_allclose(first, second, atol=1e-6)


def test_weights_that_do_not_fit_are_named(finished: Run) -> None:
    wider = registry.load(TINY, set=[FOLDER, "Architecture.dense=[{n: 8}, {n: 7}, {n: 8}]"])
    with pytest.raises(InputError) as caught:
        registry.train(wider, start_from=finished.name)
    said = str(caught.value)
    assert "iterations.1.dense: the weights in" in said
    assert "do not fit: expected shapes [(8, 7), (7,)], received [(8, 8), (8,)]" in said
    assert f"iterations.2.dense: {finished.name} has no weights of this node" in said


def test_a_run_is_resumed_or_started_from_not_both(finished: Run) -> None:
    with pytest.raises(InputError, match="expected one of them, received both"):
        registry.train(registry.load(TINY), resume=finished.id, start_from=finished.id)


@pytest.mark.parametrize("named", ["", " "])
def test_a_name_that_is_empty_begins_no_run_of_its_own(named: str, place: Path, finished: Run) -> None:
    before = files(place)
    for option in ("resume", "start_from"):
        with pytest.raises(InputError, match=f"expected a run, received '{named}'"):
            registry.train(registry.load(TINY), **{option: named})  # type: ignore[arg-type]
    assert files(place) == before


def test_options_that_would_put_a_resumed_run_elsewhere_are_said_to_have_no_effect(
    finished: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    # As the tests before have left the run.
    longer = ["Training.1.epochs=2"]
    registry.train(registry.load(TINY, set=[*longer, "General.experiment=other"]), resume=finished.id)
    assert "General.experiment: 'other' is not used: the run that is resumed stays in 'tiny'" in capsys.readouterr().err
    registry.train(registry.load(TINY, set=[*longer, "General.tracker=mlflow"]), resume=finished.id)
    assert "General.tracker: 'mlflow' is not used" in capsys.readouterr().err
    registry.train(registry.load(TINY, set=[*longer, FOLDER]), resume=finished.id)
    assert "is not used" not in capsys.readouterr().err


def test_a_folder_of_something_else_is_no_run(place: Path, finished: Run) -> None:
    with pytest.raises(InputError, match=r"^\. is not the folder of a run: it has no checkpoint"):
        registry.train(registry.load(TINY), resume=".")


def test_a_run_that_its_store_has_not_is_refused(place: Path, finished: Run) -> None:
    head = place / "mlruns" / "runs" / finished.id / "run.json"
    kept = json.loads(head.read_text())
    head.unlink()
    with pytest.raises(InputError, match=f"its run {finished.id} is not in mlruns/runs"):
        registry.train(registry.load(TINY, set="Training.1.epochs=2"), resume=finished.folder)
    head.write_text(json.dumps(kept))
