"""Strategies of several kinds in one training, which is stopped and resumed."""

from __future__ import annotations

import numpy as np
import pytest

from registry.training.checkpoint import Position
from registry.training.saved import load_checkpoint
from registry.training.trainer import Trainer
from tests.training.strategies.helpers import assert_resumed_alike
from tests.training.test_resuming import recorded

pytestmark = pytest.mark.long

FIRST = """batch_size: 800, epochs: 3, accumulate: 2, learning_rate: {schedule: on_plateau, peak: 0.01, patience: 1},
optimizer: {name: muon, exclude_from_weight_decay: ['*/bias', norm]}, clipnorm: 0.5, average_weights: 0.9,
keep_best: {metric: validation/loss}, keep_every: 2,
loss_weights: {loss: {schedule: cosine, peak: 2.0, final: 0.5}}"""
SECOND = """batch_size: 800, epochs: 9, learning_rate: 1.0e-12, freeze: [iterations],
optimizer: {name: adamw, weight_decay: 0.01},
stop_early: {metric: validation/loss, patience: 2, min_delta: 1.0}, keep_best: {metric: validation/loss}"""


@pytest.fixture(scope="module")
def trainers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trainer, Trainer]:
    """A training with all of these, whole and resumed from its twelfth step."""
    folder = tmp_path_factory.mktemp("together")
    return assert_resumed_alike(folder, (FIRST.replace("norm]", "'*.norm']"), SECOND), 12)


def test_a_run_that_is_stopped_ends_with_equal_weights_and_the_same_best(trainers: tuple[Trainer, Trainer]) -> None:
    folders = [trainer.checkpoints.folder for trainer in trainers]
    best, other = (load_checkpoint(folder / "best.npz") for folder in folders)
    for one, two in zip(best.model, other.model, strict=True):
        np.testing.assert_array_equal(one, two)
    assert best.position == other.position


def test_the_best_weights_are_those_of_the_model_and_of_a_checkpoint(trainers: tuple[Trainer, Trainer]) -> None:
    trainer = trainers[0]
    losses = [metrics["validation/loss"] for _, metrics in recorded(trainer) if "validation/loss" in metrics]
    text = trainer.use_final_weights()
    assert text.startswith(f"best validation/loss = {min(losses):.5g} (epoch {1 + int(np.argmin(losses))}, ")
    best = load_checkpoint(trainer.checkpoints.folder / "best.npz")
    for variable, value in zip(trainer.variables, best.model, strict=True):
        np.testing.assert_array_equal(np.asarray(variable.variable), value)
    assert not best.optimizer


def test_a_stage_ends_when_its_metric_stops_improving(trainers: tuple[Trainer, Trainer]) -> None:
    saved = load_checkpoint(trainers[0].checkpoints.path)
    assert (saved.position.stage, saved.position.ended, saved.position.epochs_done) == (1, True, 6)
    assert "validation/loss has not improved for 2 epochs" in trainers[0].run.ended_because


def test_a_checkpoint_is_kept_every_so_many_epochs(trainers: tuple[Trainer, Trainer]) -> None:
    names = sorted(path.name for path in trainers[0].checkpoints.all())
    assert names == ["best.npz", "epoch-2.npz", "last.npz"]
    assert load_checkpoint(trainers[0].checkpoints.folder / "epoch-2.npz").position == Position(0, 2, 0, 10, 2)


def test_the_last_checkpoint_has_the_trained_weights_and_the_average_beside(trainers: tuple[Trainer, Trainer]) -> None:
    saved = load_checkpoint(trainers[0].checkpoints.folder / "epoch-2.npz")
    assert len(saved.more["average"]) > 1
    assert any(
        np.abs(one - two).max() > 0
        for one, two in zip(saved.more["average"], saved.model, strict=False)
        if one.shape == two.shape
    )
