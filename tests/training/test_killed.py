"""A training that is killed within its stages goes on to the same weights, bit for bit, whatever it does."""

from __future__ import annotations

import signal
from pathlib import Path

import numpy as np
import pytest

from registry.training.saved import Saved, load_checkpoint
from tests.training.helpers import TINY, train
from tests.training.test_resuming import OPTIONS

pytestmark = pytest.mark.slow

KILLING = """
import os, signal
from registry import Callback, hookimpl

class Kill(Callback):
    def on_record(self, run, metrics):
        if run.step == int(os.environ.get("KILL_AT", 0)):
            os.kill(os.getpid(), signal.SIGKILL)

@hookimpl
def training_callbacks(run):
    return [Kill()]
"""

# Every strategy, in two stages: each is killed in its last epoch, the second in a process that has gone on already.
STAGES = """
Architecture: {dense: [{n: 8}]}
Training:
  - batch_size: 800
    epochs: 2
    accumulate: 2
    learning_rate: {schedule: on_plateau, peak: 0.01, patience: 1, warm_up: 0.2}
    optimizer: {name: muon, exclude_from_weight_decay: ['*/bias', '*.norm']}
    clipnorm: 0.5
    average_weights: 0.9
    keep_best: {metric: validation/loss}
    keep_every: 1
    loss_weights: {loss: {schedule: cosine, peak: 2.0, final: 0.5}}
    recompute: [iterations]
    freeze: [iterations.0.norm]
  - batch_size: 800
    steps: 8
    learning_rate: {schedule: one_cycle, peak: 0.003}
    optimizer: {name: lion, weight_decay: 0.01}
    precision: mixed_bfloat16
    unfreeze: [iterations.0.norm]
    set: {"*.gooey_batchnorm": {max_viscosity: 0.5}, iterations: {dropout: 0.3}}
    stop_early: {metric: validation/loss, patience: 9}
    keep_best: {metric: validation/loss}
    average_weights: 0.5
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the smallest graph, with random numbers and penalties, and a plugin that kills."""
    made = tmp_path_factory.mktemp("killed")
    text = TINY.read_text().replace("tiny_options.yaml", OPTIONS)
    layers = 'units: [8, "${entry.n}"], dropout: 0.2, kernel_regularizer: l2'
    (made / "graph.yaml").write_text(text.replace('units: ["${entry.n}"]', layers))
    (made / "stages.yaml").write_text(STAGES)
    (made / "killing.py").write_text(KILLING)
    return made


def trained(folder: Path, place: str, *more: str, at: int = 0) -> int:
    """Train until a step, or to the end; return the exit status."""
    (folder / place).mkdir(exist_ok=True)
    files = ("../graph.yaml", "--config", "../stages.yaml", "--plugin", "../killing.py")
    done = train(folder / place, *files, "--set", "General.tracker=folder", *more, KILL_AT=str(at))
    assert done.returncode == 0 or at, done.stdout + done.stderr
    return done.returncode


def checkpoints(folder: Path) -> dict[str, Saved]:
    (made,) = folder.glob("mlruns/local/*/checkpoints")
    return {path.stem: load_checkpoint(path) for path in sorted(made.glob("*.npz"))}


@pytest.fixture(scope="module")
def runs(folder: Path) -> tuple[dict[str, Saved], dict[str, Saved]]:
    """The checkpoints of a training that nothing stopped, and of one that was killed in each of its stages."""
    trained(folder, "whole")
    for step, more in ((7, ()), (17, ("--resume", "{}"))):
        named = [item.format(*folder.glob("killed/mlruns/local/*")) for item in more]
        assert trained(folder, "killed", *named, at=step) in (-signal.SIGKILL, 128 + signal.SIGKILL)
    (local,) = folder.glob("killed/mlruns/local/*")
    trained(folder, "killed", "--resume", str(local))
    return checkpoints(folder / "whole"), checkpoints(folder / "killed")


@pytest.mark.parametrize("name", ["last", "best", "epoch-1"])
def test_all_that_a_checkpoint_holds_is_equal(name: str, runs: tuple[dict[str, Saved], dict[str, Saved]]) -> None:
    whole, killed = (kept[name] for kept in runs)
    assert (whole.position, whole.facts) == (killed.position, killed.facts)
    for part in ("model", "optimizer", "sums"):
        for one, other in zip(getattr(whole, part), getattr(killed, part), strict=True):
            np.testing.assert_array_equal(one, other)
    assert whole.more.keys() == killed.more.keys()
    for key in whole.more:
        for one, other in zip(whole.more[key], killed.more[key], strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_weights_of_the_saved_models_are_equal(folder: Path, runs: object) -> None:
    import keras

    import registry

    models = [registry.load_model(str(next((folder / place).rglob("*.keras")))) for place in ("whole", "killed")]
    assert isinstance(models[0], keras.Model)
    for one, other in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_array_equal(one, other)
