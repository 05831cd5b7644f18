"""Trains one epoch: its batches, its records, the validation after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import keras
import numpy as np

from registry.configuration.options import Stage
from registry.contract.errors import RunError
from registry.contract.loss import Loss
from registry.training.checkpoint import Position, Tally
from registry.training.lengths import is_spent, progress
from registry.training.looking import Looks
from registry.training.observers import notify
from registry.training.recorder import Recorder
from registry.training.standing import Standing
from registry.training.step import Steps
from registry.training.strategies.accumulating import Amount, shares
from registry.training.strategies.averaging import Averaging
from registry.training.strategies.clock import Clock
from registry.training.strategies.dealing import Dealing
from registry.training.strategies.strategy import Strategy
from registry.training.validating import validate


class Epochs:
    """The epochs of a stage; `saved` is called after each record, to save a checkpoint if it is time.

    An epoch that uses up the steps or the minutes of its stage ends early: it is recorded and validated as it is.
    """

    def __init__(
        self,
        steps: Steps,
        standing: Standing,
        recorder: Recorder,
        looks: Looks,
        averaging: Averaging,
        saved: Callable[[], None],
    ) -> None:
        self._steps, self._standing, self._recorder, self._looks = steps, standing, recorder, looks
        self._averaging, self._saved = averaging, saved
        blocks = (standing.run.checked.nodes[node].block for node in steps.losses)
        self._losses = [type(block) for block in blocks if isinstance(block, Loss)]
        self.clock = Clock(standing.run)
        self._dealing = Dealing(standing.run)
        self.strategies: list[Strategy] = [self.clock, self._dealing]

    def train(self, stage: Stage, optimizer: keras.optimizers.Optimizer) -> Callable[[], None]:
        """Train an epoch, or what is left of it; return what shows how it went, once all is known."""
        standing, run = self._standing, self._standing.run
        position = standing.position
        started, waited, done = time.perf_counter(), run.feed.waited, run.step
        means = self._batches(stage, optimizer)
        if run.step > done:
            run.warn(self._steps.gradients.check_reached(run.progress.where))
        waiting = (run.feed.waited - waited) / (time.perf_counter() - started)
        with self._averaging.applied():
            validation = run.ranks.by_first(lambda: validate(stage, self._steps, standing, self._recorder))
        with run.interrupts.held():
            run.epochs_done += 1
            standing.position = Position(position.stage, position.epoch + 1)
            seconds = time.perf_counter() - started
            metrics = self._log(means, validation, seconds, waiting)
            standing.tally = Tally(records=standing.tally.records, due="epoch", history=run.history.count)
        notify(run, "on_epoch_end", metrics)
        standing.settle()
        share = progress(stage.options, position.epoch + 1, self.clock.facts())
        return partial(run.progress.epoch_ended, means, validation, seconds, share, waiting)

    def _log(
        self, means: dict[str, float], validation: dict[str, float], seconds: float, waiting: float
    ) -> dict[str, float]:
        run = self._standing.run
        metrics = {f"validation/{name}": value for name, value in validation.items()}
        metrics |= {f"epoch/{name}": value for name, value in means.items()}
        metrics |= {"epoch/seconds": seconds, "epoch/waiting_for_data": waiting}
        metrics |= {"epoch/stage": self._standing.position.stage + 1, "epoch/epoch": run.epochs_done}
        run.log_metrics(metrics)
        return metrics

    def _batches(self, stage: Stage, optimizer: keras.optimizers.Optimizer) -> dict[str, float]:
        """Train on every batch, or on those that are left; return the mean of every loss term over the epoch."""
        standing, position = self._standing, self._standing.position
        batches = self._dealing.steps(position.batch)
        if not batches:
            raise RunError("no training event has a hit: there is nothing to learn from")
        # A run that is resumed may have been stopped between a step and its record.
        self._record_if_due(position.batch, len(batches), optimizer)
        number = self._learn(stage, batches, position, optimizer)
        self._record_if_due(number, number, optimizer)
        done = standing.tally.batches
        return {name: value / done for name, value in standing.tally.totals.items()} if done else {}

    def _learn(
        self, stage: Stage, batches: Sequence[np.ndarray], position: Position, optimizer: keras.optimizers.Optimizer
    ) -> int:
        """Train on the batches from a position on; return how many of the epoch are done."""
        run, together, number = self._standing.run, stage.options.accumulate, position.batch
        sizes = run.feed.source.sizes("train")
        parts = [self._dealing.part(events) for events in batches[number:]] if run.ranks.several else []
        own_events = [part.events for part in parts] or batches[number:]
        for batch in run.feed.stream("train", own_events, run.epochs_done):
            begun = number - number % together
            if number and begun == number and is_spent(stage.options, self.clock.spent()):
                break
            share = progress(stage.options, position.epoch + begun / len(batches), self.clock.spent())
            for strategy in self.strategies:
                strategy.before_batch(share)
            events = batches[number]
            part = parts[number - position.batch] if parts else None
            own = part.own if part else Amount.of(events, sizes)
            total = Amount.of(np.concatenate(batches[begun : begun + together]), sizes)
            number += 1
            last = number % together == 0 or number == len(batches)
            self._recorder.note(batch, last, events)
            factors = shares(self._losses, own, total)
            with run.interrupts.held():
                told = part.shares if part else None, run.interrupts.received
                asked = self._steps.train(self._steps.inputs(batch), run.step, factors, last, *told)
                run.step += 1
                self.clock.updates += last
                self._standing.position = replace(position, batch=number)
            done = progress(stage.options, position.epoch + number / len(batches), self.clock.facts())
            run.progress.batch_done(int(sizes[events].sum()), done)
            if asked:
                raise KeyboardInterrupt
            self._record_if_due(number, len(batches), optimizer)
        return number

    def _record_if_due(self, batch: int, batches: int, optimizer: keras.optimizers.Optimizer) -> None:
        if self._recorder.record_if_due(batch, batches, optimizer):
            if self._standing.tally.due:
                self._looks.look("record")
                self._looks.done()
            self._saved()
