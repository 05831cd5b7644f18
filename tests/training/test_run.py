"""A training from end to end, as its user starts it."""

from __future__ import annotations

import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from registry.compiling.saved_model import load_model
from registry.training.saved import load_checkpoint
from tests.training.helpers import CONDENSING, TINY, command, environment, query, train

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A finished run: its folder, and what it printed."""
    folder = tmp_path_factory.mktemp("run")
    result = train(folder, CONDENSING)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder, result.stdout


def test_progress_shows_stage_epoch_batch_rate_and_terms(finished: tuple[Path, str]) -> None:
    _, shown = finished
    for part in ("stage_1 (1/2) epoch 1/2", "hits/s", "loss", "attractive", "repulsive", "validation"):
        assert part in shown


def test_the_run_is_marked_finished_with_what_was_written_as_parameters(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    assert query(folder, "select status from runs") == [("FINISHED",)]
    parameters = dict(query(folder, "select key, value from params"))
    assert parameters["Training.0.learning_rate"] == "0.01"
    assert parameters["Architecture.dense.1.n"] == "8"
    assert parameters["heads.n_ccoords"] == "2"
    assert parameters["General.seed"] == "3"


def test_training_and_validation_terms_are_logged(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    names = {name for (name,) in query(folder, "select distinct key from metrics")}
    assert {"train/loss", "validation/loss", "train/loss.attractive", "validation/loss.attractive"} <= names
    ((count,),) = query(folder, "select count(*) from metrics where key = 'validation/loss'")
    assert count == 3


def test_the_graph_its_drawing_and_the_model_are_logged(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    files = {path.name: path for path in (folder / "mlruns" / "artifacts").rglob("*") if path.is_file()}
    assert {"condensing.yaml", "tiny_options.yaml", "expanded.yaml", "drawing.mmd", "model.keras", "last.npz"} <= set(
        files
    )
    model = load_model(files["model.keras"])
    assert set(model.output) == {"beta", "ccoords", "row_splits"}


def test_the_commit_of_the_graph_is_logged(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    tags = dict(query(folder, "select key, value from tags"))
    assert len(str(tags["git.commit"])) == 40
    assert tags["git.state"] in ("clean", "dirty")


def assert_equal_weights(first: Path, second: Path) -> None:
    for one, other in zip(load_checkpoint(first).model, load_checkpoint(second).model, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.long
def test_two_runs_with_one_seed_are_equal_bit_by_bit_also_if_one_was_stopped(
    finished: tuple[Path, str], tmp_path: Path
) -> None:
    folder, _ = finished
    (whole,) = list((folder / "mlruns" / "local").rglob("last.npz"))
    one_epoch = "Training=[{batch_size: 800, learning_rate: 0.01, epochs: 1}]"
    assert train(tmp_path, CONDENSING, "--set", one_epoch).returncode == 0
    (part,) = list((tmp_path / "mlruns" / "local").rglob("last.npz"))
    result = train(tmp_path, CONDENSING, "--resume", part)
    assert result.returncode == 0, result.stderr
    assert "epoch 2/2" in result.stdout
    assert "epoch 1/2" not in result.stdout
    (resumed,) = list((tmp_path / "mlruns" / "local").rglob("last.npz"))
    assert_equal_weights(whole, resumed)
    assert query(tmp_path, "select status from runs") == [("FINISHED",)]
    assert points(tmp_path) == points(folder)


def points(folder: Path) -> list[tuple[object, ...]]:
    """Return what was recorded in a folder, without how long it took."""
    return query(
        folder,
        "select key, step, value from metrics "
        "where key not in ('epoch/seconds', 'epoch/waiting_for_data', 'run/peak_memory') "
        "order by key, step, value",
    )


@pytest.mark.long
def test_an_interrupted_run_saves_a_checkpoint_and_is_marked_killed(tmp_path: Path) -> None:
    arguments = [TINY, "--set", "Training.0.epochs=100000"]
    # Where the tests run in the background, Ctrl-C is ignored by all that they start.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(
        command(arguments),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heard,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "epoch" in line:
            break
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    shown, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "interrupted after" in shown
    assert query(tmp_path, "select status from runs") == [("KILLED",)]
    assert list(tmp_path.rglob("last.npz"))


BAD_LAYER = '''
"""A block whose output is not finite."""

import keras

from registry.contract.block import Block, Port
from registry.contract.hooks import hookimpl
from registry.contract.layer import BlockLayer


class Poison(Block):
    """Divides by zero."""

    name = "poison"
    kind = "layer"
    inputs = (Port("x", "hits features"),)
    outputs = (Port("x", "hits features"),)

    def build(self, name):
        return PoisonLayer(name=name)


@keras.saving.register_keras_serializable("poison")
class PoisonLayer(BlockLayer):
    def call(self, x):
        return x / (x - x)


@hookimpl
def register_blocks():
    return [Poison]
'''


def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_node_and_the_batch(tmp_path: Path) -> None:
    (tmp_path / "poison.py").write_text(BAD_LAYER)
    text = (
        TINY.read_text()
        .replace("in: iterations.x", "in: bad")
        .replace(
            "  heads:",
            "  bad: {use: poison, in: iterations.x}\n  after: {use: dense_loop, in: bad, with: {units: [4]}}\n  heads:",
        )
    )
    (tmp_path / "graph.yaml").write_text(text.replace("tiny_options.yaml", str(TINY.parent / "tiny_options.yaml")))
    result = train(tmp_path, "graph.yaml", "--plugin", "poison.py")
    assert result.returncode == 1
    assert "first node whose output is not finite: bad (block 'poison', output 'x')" in result.stderr
    assert "hits in" in result.stderr
    assert "showers" in result.stderr or "event" in result.stderr
    assert query(tmp_path, "select status from runs") == [("FAILED",)]


def test_an_unreachable_tracking_server_is_an_error_before_training(tmp_path: Path) -> None:
    result = train(tmp_path, TINY, MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert result.returncode == 1
    assert "the tracking server http://127.0.0.1:9" in result.stderr
    assert "epoch" not in result.stdout
