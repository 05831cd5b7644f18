"""Trains the smallest graph with a strategy, whole or stopped and resumed."""

from __future__ import annotations

import shutil
from pathlib import Path

from registry.training.history import HISTORY_FILE
from registry.training.saved import load_checkpoint
from registry.training.trainer import Trainer
from tests.training.helpers import TINY
from tests.training.test_resuming import assert_same, recorded, stopped
from tests.training.test_stages import new_trainer

STAGE = "batch_size: 800, learning_rate: 0.01"


def fitted(folder: Path, *stages: str, graph: Path = TINY, sets: tuple[str, ...] = ()) -> Trainer:
    """Train with these stages, each the inner part of a mapping."""
    made = new_trainer(folder, training(*stages), *sets, graph=graph)
    made.fit()
    return made


def training(*stages: str) -> str:
    """Return the setting that states the stages."""
    return f"Training=[{', '.join(f'{{{stage}}}' for stage in stages)}]"


def assert_resumed_alike(
    folder: Path, stages: tuple[str, ...], step: int, graph: Path = TINY, sets: tuple[str, ...] = ()
) -> tuple[Trainer, Trainer]:
    """Train whole, and stopped at a step and resumed: weights, state and records are equal. Return both trainers."""
    whole = fitted(folder / "whole", *stages, graph=graph, sets=sets)
    saved = stopped(new_trainer(folder / "stopped", training(*stages), *sets, graph=graph), step)
    resumed = new_trainer(folder / "resumed", training(*stages), *sets, graph=graph)
    shutil.copyfile(folder / "stopped" / HISTORY_FILE, folder / "resumed" / HISTORY_FILE)
    resumed.run.history.go_on_from(saved.tally.history)
    resumed.fit(saved)
    first, second = (load_checkpoint(made.checkpoints.path) for made in (whole, resumed))
    assert_same(first, second)
    assert first.facts == second.facts
    assert recorded(whole) == recorded(resumed)
    return whole, resumed
