"""A training that is killed within its stages goes on to the same weights, bit for bit, whatever it does."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import registry
from registry.training.lengths import CLOCK
from registry.training.saved import Saved, load_checkpoint
from tests.training.helpers import train

pytestmark = pytest.mark.long

# Random numbers, running averages and penalties, and a loss that is quickly traced.
GRAPH = """
name: net
config: stages.yaml
plugins: [killing.py]
blocks:
  event:
    use: showers
    with: {train_events: 8, validation_events: 2, test_events: 1, min_showers: 2, max_showers: 2, max_energy: 5.0}
  pre: {use: preprocess.none, in: event}
  iterations:
    repeat: [{}]
    carry: {x: pre.features}
    blocks:
      dense:
        use: dense_loop
        in: x
        with: {units: [8, 8], dropout: 0.2, kernel_regularizer: l2, kernel_regularizer_rate: 1.0e-3}
      norm: {use: gooey_batchnorm, in: dense}
    next: {x: norm}
  score: {use: keras.Dense, in: iterations.x, with: {units: 1, activation: sigmoid}}
  loss: {use: not_noise, in: {"*": pre, score: score}}
  network: {use: network}
outputs: {score: score, row_splits: pre.row_splits}
"""

KILLING = """
import os, signal
from registry import Callback, hookimpl

class Kill(Callback):
    records = 0

    def on_record(self, run, metrics):
        self.records += 1
        if str(run.epochs_done) == os.environ.get("KILL_IN_EPOCH") and self.records == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_epoch_end(self, run, metrics):
        self.records = 0

@hookimpl
def training_callbacks(run):
    return [Kill()]
"""

# Every strategy: those that depend on each other, then the optimisers, schedules and lengths that are left.
STRATEGIES = """
General: {seed: 3, tracker: folder}
Plotting: {record_frequency: 1, page: false}
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
# The first stage is measured in minutes, and ends after two epochs, since none improves the loss by so much.
OPTIMISERS = """
General: {seed: 3, tracker: folder}
Plotting: {record_frequency: 1, page: false}
Training:
  - batch_size: 800
    minutes: 60
    learning_rate: {schedule: constant, peak: 0.01}
    optimizer: {name: adam, amsgrad: true}
    stop_early: {metric: validation/loss, patience: 1, min_delta: 1.0e+6}
    keep_best: {metric: validation/loss}
    keep_every: 1
  - batch_size: 800
    steps: 8
    learning_rate: {schedule: exponential, peak: 0.01, final: 0.001, warm_up: 0.3}
    optimizer: {name: adamw, weight_decay: 0.01}
    loss_weights: {loss: {schedule: piecewise, values: [1.0, 2.0], boundaries: [0.5]}}
  - batch_size: 800
    epochs: 2
    learning_rate: {schedule: piecewise, values: [0.01, 0.003], boundaries: [0.3]}
    optimizer: {name: nadam}
"""
CASES = {"strategies": (STRATEGIES, ("1", "3")), "optimisers": (OPTIMISERS, ("1", "3", "5"))}
"""Stages, and the epochs, counted from 0, in which the training is killed: one in every stage."""


@pytest.fixture(scope="module", params=CASES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with the graph, its stages, and the plugin that kills; the case that it is."""
    made = tmp_path_factory.mktemp("killed")
    for name, text in (("graph.yaml", GRAPH), ("stages.yaml", CASES[request.param][0]), ("killing.py", KILLING)):
        (made / name).write_text(text)
    return made, request.param


def trained(folder: Path, place: str, *more: str, killed_in: str = "") -> int:
    """Train until the second record of an epoch, or to the end; return the exit status."""
    (folder / place).mkdir(exist_ok=True)
    done = train(folder / place, "../graph.yaml", "--set", "General.tracker=folder", *more, KILL_IN_EPOCH=killed_in)
    assert done.returncode == 0 or killed_in, done.stdout + done.stderr
    return done.returncode


def checkpoints(folder: Path) -> dict[str, Saved]:
    (made,) = folder.glob("mlruns/local/*/checkpoints")
    return {path.stem: load_checkpoint(path) for path in sorted(made.glob("*.npz"))}


@pytest.fixture(scope="module")
def runs(folder: tuple[Path, str]) -> tuple[dict[str, Saved], dict[str, Saved]]:
    """The checkpoints of a training that nothing stopped, and of one that was killed in each of its stages."""
    place, case = folder
    trained(place, "whole")
    resumed: tuple[str, ...] = ()
    for epoch in CASES[case][1]:
        assert trained(place, "killed", *resumed, killed_in=epoch) % 256 == -signal.SIGKILL % 256
        resumed = ("--resume", str(next(place.glob("killed/mlruns/local/*"))))
    trained(place, "killed", *resumed)
    return checkpoints(place / "whole"), checkpoints(place / "killed")


def facts(saved: Saved) -> dict[str, Any]:
    """Return what the strategies of a checkpoint remember, but not how long its stage took."""
    return {**saved.facts, CLOCK: saved.facts.get(CLOCK, {}).get("updates")}


@pytest.mark.parametrize("name", ["last", "best", "epoch-1"])
def test_all_that_a_checkpoint_holds_is_equal(name: str, runs: tuple[dict[str, Saved], dict[str, Saved]]) -> None:
    whole, killed = (kept[name] for kept in runs)
    assert (whole.position, facts(whole)) == (killed.position, facts(killed))
    for part in ("model", "optimizer", "sums"):
        for one, other in zip(getattr(whole, part), getattr(killed, part), strict=True):
            np.testing.assert_array_equal(one, other)
    assert whole.more.keys() == killed.more.keys()
    for key in whole.more:
        for one, other in zip(whole.more[key], killed.more[key], strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_stage_that_is_measured_in_minutes_goes_on_counting(
    folder: tuple[Path, str], runs: tuple[dict[str, Saved], dict[str, Saved]]
) -> None:
    first, second = (runs[1][name].facts[CLOCK]["seconds"] for name in ("epoch-1", "epoch-2"))
    assert (first < second) == (folder[1] == "optimisers")


def test_the_weights_of_the_saved_models_are_equal(folder: tuple[Path, str], runs: object) -> None:
    models = [registry.load_model(str(next((folder[0] / place).rglob("*.keras")))) for place in ("whole", "killed")]
    for one, other in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_array_equal(one, other)
