"""Keeps what a training would lose if it were killed, and takes it back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras

from registry.configuration.training_options import StageOptions
from registry.training.checkpoint import BEST, Checkpoints, NamedVariable, Position, State
from registry.training.recorder import Recorder
from registry.training.saved import Saved
from registry.training.standing import Standing
from registry.training.step import Steps
from registry.training.strategies.clock import Clock
from registry.training.strategies.keeping_best import KeepBest
from registry.training.strategies.strategy import Strategy

CHECKPOINT_SECONDS = 600.0
"""Time after which a checkpoint is saved within a long epoch."""


class Keeper:
    """Saves the checkpoints of a training; `optimizer` is the one in use, `strategies` are all of them."""

    def __init__(
        self, checkpoints: Checkpoints, standing: Standing, variables: Sequence[NamedVariable], best: KeepBest
    ) -> None:
        self.checkpoints, self._standing, self._variables, self._best = checkpoints, standing, variables, best
        self.optimizer: keras.optimizers.Optimizer | None = None
        self.strategies: list[Strategy] = []
        self._at = time.monotonic()

    def save(self, steps: Steps, recorder: Recorder, clock: Clock) -> None:
        """Save the last checkpoint: of the state before a step that was not finite, if there was one."""
        run, standing = self._standing.run, self._standing
        with run.interrupts.held():
            # Steps after one that was not finite have changed nothing.
            batches, updates = recorder.undone()
            run.step -= batches
            clock.updates -= updates
            standing.position = replace(standing.position, batch=standing.position.batch - batches)
            facts: dict[str, Any] = {strategy.name: strategy.facts() for strategy in self.strategies}
            facts["ending"] = (run.ending, run.ended_because)
            if run.ranks.first:
                self.checkpoints.save(self._state(steps), self._position(), standing.tally, facts, run.latest)
        self._at = time.monotonic()

    def is_long_ago(self) -> bool:
        """Say whether it is time to save within an epoch."""
        return time.monotonic() - self._at > CHECKPOINT_SECONDS

    def keep(self, stage: StageOptions) -> None:
        """Keep the checkpoint after an epoch under its own name, if the stage asks for it."""
        epochs = self._standing.run.epochs_done
        if self._standing.run.ranks.first and stage.keep_every and epochs % stage.keep_every == 0:
            self.checkpoints.keep(f"epoch-{epochs}")

    def save_best(self) -> None:
        """Write a checkpoint of the best weights, without the state of the optimiser: new runs start from it."""
        if not self._standing.run.ranks.first:
            return
        pairs = zip(self._variables, self._best.values, strict=True)
        best = [replace(item, variable=value) for item, value in pairs]
        self.checkpoints.save(State(best, (), ()), self._position(), self._standing.tally, name=BEST)

    def restore(self, saved: Saved, steps: Steps) -> None:
        """Take all values of a checkpoint, once its stage has been started."""
        saved.restore(self._state(steps))
        for variable, value in zip(steps.accumulated, saved.more.get("accumulated", ()), strict=True):
            variable.assign(value)
        for strategy in self.strategies:
            strategy.restore(saved.facts[strategy.name])
            strategy.take(saved.more.get(strategy.name, ()))
        if not saved.position.ended:
            self._standing.run.ending, self._standing.run.ended_because = saved.facts["ending"]

    def _state(self, steps: Steps) -> State:
        more = {strategy.name: strategy.variables for strategy in self.strategies}
        slots = self.optimizer.variables if self.optimizer else ()
        return State(self._variables, slots, steps.train_sums.variables, {**more, "accumulated": steps.accumulated})

    def _position(self) -> Position:
        run = self._standing.run
        return replace(self._standing.position, step=run.step, epochs_done=run.epochs_done)
